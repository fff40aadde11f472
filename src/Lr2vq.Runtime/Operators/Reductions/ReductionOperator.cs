using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>An operator that makes one element of those along some axes: attribute axes (sorted; none: element by element). Whether the axes stay with
/// length 1 is in the shape of the result. Or input 1, i32 or i64, names the axes (at least one), which must lead to that shape.</summary>
/// <remarks>Generic is the loop, as for <see cref="ElementwiseOperator"/>.</remarks>
public abstract class ReductionOperator : Operator
{
    private readonly int[] _axes;
    private readonly ReductionLoop _loop;

    private protected ReductionOperator(StepAttributes attributes, ReductionLoop loop)
    {
        _axes = attributes.Ints("axes");
        _loop = loop;
    }

    internal sealed override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 2);
        rules.Plain();
        RuleTensor x = rules.Input(0);
        if (!_loop.Takes(x.Type)) throw x.Wrong("has the type " + ElementTypes.Word(x.Type));
        RuleTensor y = rules.Output(0).IsLike(x.Type);
        if (!rules.Has(1))
        {
            rules.Reduces(_axes);
            return;
        }
        StepRules.Require(_axes.Length == 0, "its axes are both an attribute and data");
        Extent count = DataRules.Axes(rules, 1, x.Rank);
        StepRules.Within(count, 1, x.Rank, "the number of axes");
        StepRules.Require(y.Rank == x.Rank || y.Rank == x.Rank - count.Value, FormattableString.Invariant($"it makes {y.Rank} dimensions of {x.Rank}"));
    }

    internal sealed override StepPreparation Prepare(in StepShapes shapes) =>
        new(_loop.ScratchBytes(shapes), shapes.Inputs.Length > 1 && shapes.Inputs[1].Type != ElementType.Undefined ? new DataState((int)shapes.Inputs[1].Length) : ReductionPlan.Of(shapes.Inputs[0].Shape, _axes));

    internal sealed override void Run(in StepArguments arguments) =>
        _loop.Run(arguments, arguments.State is DataState data ? Resolve(arguments, data) : (ReductionPlan)arguments.State!);

    private static ReductionPlan Resolve(in StepArguments arguments, DataState data)
    {
        int[] x = arguments.Inputs[0].Shape, y = arguments.Outputs[0].Shape;
        IndexReader given = new(arguments.Inputs[1]);
        Span<long> axes = stackalloc long[(int)arguments.Inputs[1].Length];
        uint taken = 0;
        for (int i = 0; i < axes.Length; i++) axes[i] = DataRules.Axis(given, i, x.Length, ref taken);
        if (data.IsFor(axes)) return (ReductionPlan)data.Made!;
        bool keeps = y.Length == x.Length;
        for (int d = 0, at = 0; d < x.Length; d++)
        {
            bool reduced = (taken >> d & 1) != 0;
            if (reduced && !keeps) continue;
            int length = reduced ? 1 : x[d];
            if (length != y[at]) throw DataRules.Differs(at, length, y[at]);
            at++;
        }
        int[] sorted = new int[axes.Length];
        for (int i = 0; i < axes.Length; i++) sorted[i] = (int)axes[i];
        Array.Sort(sorted);
        ReductionPlan plan = ReductionPlan.Of(x, sorted);
        data.Keep(axes, plan);
        return plan;
    }
}
