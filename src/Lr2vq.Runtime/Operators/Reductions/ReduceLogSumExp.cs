using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ReduceLogSumExp: <c>y = ln Σ eˣ</c> over some axes.</summary>
/// <remarks>(x) → (y), f32, plain. Attribute axes. The largest
/// element is taken out first, so that nothing overflows.</remarks>
public sealed class ReduceLogSumExp : ReductionOperator, IOperator<ReduceLogSumExp>
{
    private ReduceLogSumExp(StepAttributes attributes) : base(attributes, new Loop()) { }

    /// <inheritdoc/>
    public static ReduceLogSumExp Read(StepAttributes attributes) => new(attributes);

    private sealed unsafe class Loop : ReductionLoop
    {
        // The largest elements stand before a copy of x, from which they are subtracted.
        public override long ScratchBytes(in StepShapes shapes) => (shapes.Inputs[0].Length + shapes.Outputs[0].Length) * sizeof(float);

        public override void Run(in StepArguments arguments, ReductionPlan plan)
        {
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
            Reduction.Run(arguments.Team, plan, shifted, y, outputs, default(Summation<Exponential>));
            Lanes.Map2(y, largest, y, outputs, default(LogarithmKernel));
        }
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

    private readonly struct Exponential : ISummand
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Add<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, LaneMath.Exp<L, V>(x));

        public double Finish(double sum, long count) => sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Finish<L, V>(V sum, float count) where L : struct, ILanes<V> where V : struct => sum;
    }
}
