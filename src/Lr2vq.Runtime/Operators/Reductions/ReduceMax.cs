using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceMax: <c>y = max x</c> over some axes; NaN if any is.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain. Attribute axes.</remarks>
public sealed class ReduceMax : ReductionOperator, IOperator<ReduceMax>
{
    private ReduceMax(StepAttributes attributes) : base(attributes, new NumberReduction<Kernel, Kernel>()) { }

    /// <inheritdoc/>
    public static ReduceMax Read(StepAttributes attributes) => new(attributes);

    internal readonly struct Kernel : IReductionKernel, IIntegerReductionKernel
    {
        public float Identity => float.NegativeInfinity;

        public int Stretch => Reduction.Stretch;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Select(L.Equal(sum, sum), L.Max(sum, x), sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => Accumulate<L, V>(a, b);

        // The largest lane may hide a NaN; the sum of the lanes that are NaN, else 0, does not.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Largest(sum) + L.Sum(L.Select(L.Equal(sum, sum), L.Zero, sum));

        public double Join(double a, double b) => Math.Max(a, b);

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;

        public T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.MinValue;

        public T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.Max(sum, x);

        public T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum;
    }
}
