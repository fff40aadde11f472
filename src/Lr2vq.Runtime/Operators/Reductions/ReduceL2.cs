using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceL2: <c>y = √Σ x²</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, plain. Attribute axes.</remarks>
public sealed class ReduceL2 : ReductionOperator, IOperator<ReduceL2>
{
    private ReduceL2(StepAttributes attributes) : base(attributes, new FloatReduction<Summation<Kernel>>()) { }

    /// <inheritdoc/>
    public static ReduceL2 Read(StepAttributes attributes) => new(attributes);

    private readonly struct Kernel : ISummand
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Fma(x, x, sum);

        public double Finish(double sum, long count) => Math.Sqrt(sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => L.Sqrt(sum);
    }
}
