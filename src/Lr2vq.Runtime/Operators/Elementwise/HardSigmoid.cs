using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX HardSigmoid: <c>y = max(0, min(1, alpha·x + beta))</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attributes alpha (float, 0.2), beta (float, 0.5).</remarks>
public sealed class HardSigmoid : ElementwiseOperator, IOperator<HardSigmoid>
{
    private HardSigmoid(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static HardSigmoid Read(StepAttributes attributes) => new(new Kernel(attributes.Float("alpha", 0.2f), attributes.Float("beta", 0.5f)));

    internal readonly struct Kernel(float alpha, float beta) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Max(L.Zero, L.Min(L.Splat(1f), L.Fma(x, L.Splat(alpha), L.Splat(beta))));
    }
}
