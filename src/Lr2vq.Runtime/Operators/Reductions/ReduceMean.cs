using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceMean: <c>y = Σ x / n</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain. Attribute axes.</remarks>
public sealed class ReduceMean : ReductionOperator, IOperator<ReduceMean>
{
    private ReduceMean(StepAttributes attributes) : base(attributes, new NumberReduction<Summation<Kernel>, Kernel>()) { }

    /// <inheritdoc/>
    public static ReduceMean Read(StepAttributes attributes) => new(attributes);

    private readonly struct Kernel : ISummand, IIntegerReductionKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, x);

        // ONNX leaves the mean of nothing open; ONNX Runtime gives 0.
        public double Finish(double sum, long count) => count == 0 ? 0 : sum / count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => L.Div(sum, L.Splat(count));

        public T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.Zero;

        public T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum + x;

        public T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => count == 0 ? sum : sum / T.CreateTruncating(count);
    }
}
