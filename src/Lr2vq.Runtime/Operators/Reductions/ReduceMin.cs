using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceMin: <c>y = min x</c> over some axes; NaN if any is.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain. Attribute axes.</remarks>
public sealed class ReduceMin : ReductionOperator, IOperator<ReduceMin>
{
    private ReduceMin(StepAttributes attributes) : base(attributes, new NumberReduction<Kernel, Kernel>()) { }

    /// <inheritdoc/>
    public static ReduceMin Read(StepAttributes attributes) => new(attributes);

    private readonly struct Kernel : IReductionKernel, IIntegerReductionKernel
    {
        public float Identity => float.PositiveInfinity;

        public int Stretch => Reduction.Stretch;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Select(L.Equal(sum, sum), L.Min(sum, x), sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => Accumulate<L, V>(a, b);

        // The smallest lane may hide a NaN; the sum of the lanes that are NaN, else 0, does not.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Smallest(sum) + L.Sum(L.Select(L.Equal(sum, sum), L.Zero, sum));

        public double Join(double a, double b) => Math.Min(a, b);

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;

        public T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.MaxValue;

        public T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.Min(sum, x);

        public T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum;
    }
}
