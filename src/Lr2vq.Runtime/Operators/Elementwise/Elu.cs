using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Elu: <c>y = x &lt; 0 ? alpha·(eˣ − 1) : x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attribute alpha (float, 1).</remarks>
public sealed class Elu : ElementwiseOperator, IOperator<Elu>
{
    private Elu(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static Elu Read(StepAttributes attributes) => new(new Kernel(attributes.Float("alpha", 1f)));

    private readonly struct Kernel(float alpha) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Select(L.Less(x, L.Zero), L.Mul(L.Splat(alpha), LaneMath.Expm1<L, V>(x)), x);
    }
}
