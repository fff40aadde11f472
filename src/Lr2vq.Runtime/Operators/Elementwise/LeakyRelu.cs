using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX LeakyRelu: <c>y = x &lt; 0 ? alpha·x : x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attribute alpha (float, 0.01).</remarks>
public sealed class LeakyRelu : ElementwiseOperator, IOperator<LeakyRelu>
{
    private LeakyRelu(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static LeakyRelu Read(StepAttributes attributes) => new(new Kernel(attributes.Float("alpha", 0.01f)));

    internal readonly struct Kernel(float alpha) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Select(L.Less(x, L.Zero), L.Mul(x, L.Splat(alpha)), x);
    }
}
