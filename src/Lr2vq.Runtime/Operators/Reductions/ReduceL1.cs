using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceL1: <c>y = Σ |x|</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain. Attribute axes.</remarks>
public sealed class ReduceL1 : ReductionOperator, IOperator<ReduceL1>
{
    private ReduceL1(StepAttributes attributes) : base(attributes, new NumberReduction<Summation<Kernel>, Kernel>()) { }

    /// <inheritdoc/>
    public static ReduceL1 Read(StepAttributes attributes) => new(attributes);

    private readonly struct Kernel : ISummand, IIntegerReductionKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, L.Abs(x));

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;

        public T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.Zero;

        public T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum + (T.IsNegative(x) ? T.Zero - x : x);

        public T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum;
    }
}
