using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Swish: <c>y = x / (1 + e^(−alpha·x))</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attribute alpha (float, 1). Alpha 1 is SiLU.</remarks>
public sealed class Swish : ElementwiseOperator, IOperator<Swish>
{
    private Swish(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static Swish Read(StepAttributes attributes) => new(new Kernel(attributes.Float("alpha", 1f)));

    internal readonly struct Kernel(float alpha) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(x, LaneMath.Sigmoid<L, V>(L.Mul(x, L.Splat(alpha))));
    }
}
