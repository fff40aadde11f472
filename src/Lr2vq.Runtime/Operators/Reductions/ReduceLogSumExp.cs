using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceLogSumExp: <c>y = ln Σ eˣ</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, plain. Attribute axes (sorted; none: element by element); whether they stay with length 1 is in the shape of y. The largest
/// element is taken out first, so that nothing overflows.</remarks>
public sealed unsafe class ReduceLogSumExp : Operator, IOperator<ReduceLogSumExp>
{
    private readonly int[] _axes;

    private ReduceLogSumExp(int[] axes) => _axes = axes;

    /// <inheritdoc/>
    public static ReduceLogSumExp Read(StepAttributes attributes) => new(attributes.Ints("axes"));

    // The largest elements stand before a copy of x, from which they are subtracted.
    internal override StepPreparation Prepare(in StepShapes shapes) => new(
        (shapes.Inputs[0].Length + shapes.Outputs[0].Length) * sizeof(float),
        ReductionPlan.Of(shapes.Inputs[0].Shape, _axes));

    internal override void Run(in StepArguments arguments)
    {
        ReductionPlan plan = (ReductionPlan)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        long outputs = arguments.Outputs[0].Length;
        float* largest = (float*)arguments.Scratch, shifted = largest + outputs;
        Reduction.Run(arguments.Team, plan, x, largest, outputs, default(ReduceMax.Kernel));
        for (long i = 0; i < outputs; i++)
            if (!float.IsFinite(largest[i])) largest[i] = 0f;
        long kept = ReductionPlan.Product(plan.KeptSizes), rows = ReductionPlan.Product(plan.ReducedSizes);
        for (long k = 0; k < kept; k++)
        {
            long start = ReductionPlan.Offset(plan.KeptSizes, plan.KeptStrides, k);
            for (long r = 0; r < rows; r++)
            {
                long at = start + ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r);
                if (plan.InnerReduced) Lanes.MapRight(x + at, largest[k], shifted + at, plan.Inner, default(DifferenceKernel));
                else Lanes.Map2(x + at, largest + k * plan.Inner, shifted + at, plan.Inner, default(DifferenceKernel));
            }
        }
        Reduction.Run(arguments.Team, plan, shifted, y, outputs, default(SumOfExponentials));
        Lanes.Map2(y, largest, y, outputs, default(LogarithmKernel));
    }

    private readonly struct DifferenceKernel : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Sub(a, b);
    }

    private readonly struct LogarithmKernel : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Add(LaneMath.Log<L, V>(a), b);
    }

    private readonly struct SumOfExponentials : IReductionKernel
    {
        public float Identity => 0f;

        public int Stretch => Reduction.Stretch;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, LaneMath.Exp<L, V>(x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Merge<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Add(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public double Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Sum(sum);

        public double Join(double a, double b) => a + b;

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;
    }
}
