using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Slice: every step-th element of some axes.</summary>
/// <remarks>(x) → (y), any type but text, plain; f32 also blocked when the axes are 2 and 3. Attributes axes, starts (expressions, resolved:
/// 0 ≤ start), steps (may be negative; 1). The lengths are those of y.</remarks>
public sealed unsafe class Slice : Operator, IOperator<Slice>
{
    private readonly int[] _axes, _steps;
    private readonly Dimension[] _starts;

    private Slice(int[] axes, Dimension[] starts, int[] steps) => (_axes, _starts, _steps) = (axes, starts, steps);

    /// <inheritdoc/>
    public static Slice Read(StepAttributes attributes) =>
        new(attributes.Ints("axes"), attributes.Dimensions("starts"), attributes.Ints("steps"));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasLayout(x.Layout).HasRank(x.Rank);
        StepRules.Require(_starts.Length == _axes.Length && (_steps.Length == 0 || _steps.Length == _axes.Length), "axes, starts and steps are not equally many");
        Extent[] shape = x.Shape;
        for (int i = 0; i < _axes.Length; i++)
        {
            int axis = _axes[i], step = _steps.Length > 0 ? _steps[i] : 1;
            StepRules.Axis(axis, x.Rank);
            StepRules.Require(Array.IndexOf(_axes, axis) == i, FormattableString.Invariant($"axis {axis} is there twice"));
            StepRules.Require(step != 0, "a step is 0");
            StepRules.Require(!x.IsBlocked || axis >= 2, "it cuts a blocked axis");
            shape[axis] = y[axis];
            if (y[axis].Value == 0) continue;
            Extent start = rules.Evaluate(_starts[i]);
            StepRules.Within(start, 0, x[axis] - 1, "the first index");
            StepRules.Within(start + (y[axis] - 1) * step, 0, x[axis] - 1, "the last index");
        }
        y.HasShape(shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] y = StoredShape.Of(shapes.Outputs[0]), source = StridedCopy.Dense(StoredShape.Of(shapes.Inputs[0]));
        long offset = 0;
        for (int i = 0; i < _axes.Length; i++)
        {
            offset += shapes.Evaluate(_starts[i]) * source[_axes[i]];
            if (_steps.Length > 0) source[_axes[i]] *= _steps[i];
        }
        return new(State: new StridedCopy(y, source, StridedCopy.Dense(y), offset, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
