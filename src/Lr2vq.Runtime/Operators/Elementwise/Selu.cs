using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Selu: <c>y = gamma·(x &gt; 0 ? x : alpha·(eˣ − 1))</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attributes alpha (float, 1.67326319), gamma (float, 1.05070102).</remarks>
public sealed class Selu : ElementwiseOperator, IOperator<Selu>
{
    private Selu(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static Selu Read(StepAttributes attributes) => new(new Kernel(attributes.Float("alpha", 1.67326319f), attributes.Float("gamma", 1.05070102f)));

    private readonly struct Kernel(float alpha, float gamma) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Mul(L.Splat(gamma), L.Select(L.Less(L.Zero, x), x, L.Mul(L.Splat(alpha), LaneMath.Expm1<L, V>(x))));
    }
}
