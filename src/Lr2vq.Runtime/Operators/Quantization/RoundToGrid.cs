using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>QuantizeLinear and DequantizeLinear in one: <c>y = scale · max(low, min(high, round(x ÷ scale)))</c>, halves to even.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attributes scale, low, high (floats): low and high are the limits of the integers less their
/// zero point.</remarks>
public sealed class RoundToGrid : ElementwiseOperator, IOperator<RoundToGrid>
{
    private RoundToGrid(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static RoundToGrid Read(StepAttributes attributes) =>
        new(new Kernel(attributes.Float("scale", 1f), attributes.Float("low", -128f), attributes.Float("high", 127f)));

    internal readonly struct Kernel(float scale, float low, float high) : IUnaryKernel
    {
        /// <summary>1.5·2²³: a sum with it is rounded to a whole number.</summary>
        private const float Magic = 12582912f;

        // NaN becomes the lowest, as it does in QuantizeLinear.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct
        {
            V within = L.Min(L.Max(L.Div(x, L.Splat(scale)), L.Splat(low)), L.Splat(high));
            return L.Mul(L.Sub(L.Add(within, L.Splat(Magic)), L.Splat(Magic)), L.Splat(scale));
        }
    }
}
