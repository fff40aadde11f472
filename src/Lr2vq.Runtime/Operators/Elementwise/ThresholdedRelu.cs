using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ThresholdedRelu: <c>y = x &gt; alpha ? x : 0</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attribute alpha (float, 1).</remarks>
public sealed class ThresholdedRelu : ElementwiseOperator, IOperator<ThresholdedRelu>
{
    private ThresholdedRelu(Kernel kernel) : base(new FloatLoop<Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static ThresholdedRelu Read(StepAttributes attributes) => new(new Kernel(attributes.Float("alpha", 1f)));

    private readonly struct Kernel(float alpha) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Select(L.Less(L.Splat(alpha), x), x, L.Zero);
    }
}
