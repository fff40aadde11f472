using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceSum: <c>y = Σ x</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, i32 or i64, plain. Attribute axes (sorted; none: element by element); whether they stay with length 1 is in the shape of y.</remarks>
public sealed class ReduceSum : Operator, IOperator<ReduceSum>
{
    private readonly int[] _axes;

    private ReduceSum(int[] axes) => _axes = axes;

    /// <inheritdoc/>
    public static ReduceSum Read(StepAttributes attributes) => new(attributes.Ints("axes"));

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: ReductionPlan.Of(shapes.Inputs[0].Shape, _axes));

    internal override void Run(in StepArguments arguments) => Reduction.RunNumber(arguments, default(Kernel));

    internal readonly struct Kernel : IReductionKernel, IIntegerReductionKernel
    {
        public float Identity => 0f;

        public int Stretch => Reduction.Stretch;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Add(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Sum(sum);

        public double Join(double a, double b) => a + b;

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;

        public T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.Zero;

        public T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum + x;

        public T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => sum;
    }
}
