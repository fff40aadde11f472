using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceLogSum: <c>y = ln Σ x</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, plain. Attribute axes.</remarks>
public sealed class ReduceLogSum : ReductionOperator, IOperator<ReduceLogSum>
{
    private ReduceLogSum(StepAttributes attributes) : base(attributes, new FloatReduction<Summation<Kernel>>()) { }

    /// <inheritdoc/>
    public static ReduceLogSum Read(StepAttributes attributes) => new(attributes);

    private readonly struct Kernel : ISummand
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, x);

        public double Finish(double sum, long count) => Math.Log(sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => LaneMath.Log<L, V>(sum);
    }
}
