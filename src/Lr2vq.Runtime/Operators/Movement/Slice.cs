using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Slice: every step-th element of some axes.</summary>
/// <remarks>(x) → (y), any type but text, plain; f32 also blocked when the axes are 2 and 3. Attributes axes, starts (expressions, resolved:
/// 0 ≤ start), steps (may be negative; 1). The lengths are those of y.
/// Or (x, starts, ends, axes?, steps?) → (y), i32 or i64, plain, without attributes: bounds as ONNX has them, which must lead to the shape of y.</remarks>
public sealed unsafe class Slice : Operator, IOperator<Slice>
{
    private readonly int[] _axes, _steps;
    private readonly Dimension[] _starts;

    private Slice(int[] axes, Dimension[] starts, int[] steps) => (_axes, _starts, _steps) = (axes, starts, steps);

    /// <inheritdoc/>
    public static Slice Read(StepAttributes attributes) =>
        new(attributes.Ints("axes"), attributes.Dimensions("starts"), attributes.Ints("steps"));

    internal override (int First, int Last) CheckedInputs => (1, 4);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 5);
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasLayout(x.Layout).HasRank(x.Rank);
        if (rules.InputCount > 1)
        {
            CheckData(rules, x, y);
            return;
        }
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

    private void CheckData(in StepRules rules, RuleTensor x, RuleTensor y)
    {
        rules.Plain();
        StepRules.Require(_axes.Length == 0 && _starts.Length == 0 && _steps.Length == 0, "its bounds are both attributes and data");
        Extent count = DataRules.Axes(rules, 1, x.Rank);
        DataRules.Numbers(rules, 2, count);
        if (rules.Has(3)) DataRules.Numbers(rules, 3, count);
        if (rules.Has(4)) DataRules.Numbers(rules, 4, count);
        for (int d = 0; d < x.Rank; d++) StepRules.Within(y[d], 0, x[d], "a length of the output");
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        if (shapes.Inputs.Length > 1) return new(State: new DataState(4 * (int)shapes.Inputs[1].Length));
        long[] y = StoredShape.Of(shapes.Outputs[0]), source = StridedCopy.Dense(StoredShape.Of(shapes.Inputs[0]));
        long offset = 0;
        for (int i = 0; i < _axes.Length; i++)
        {
            offset += shapes.Evaluate(_starts[i]) * source[_axes[i]];
            if (_steps.Length > 0) source[_axes[i]] *= _steps[i];
        }
        return new(State: new StridedCopy(y, source, StridedCopy.Dense(y), offset, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments)
    {
        StridedCopy copy = arguments.State is DataState data ? Resolve(arguments, data) : (StridedCopy)arguments.State!;
        copy.Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
    }

    private static StridedCopy Resolve(in StepArguments arguments, DataState data)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        int count = (int)inputs[1].Length, rank = inputs[0].Rank;
        Span<long> bounds = stackalloc long[4 * count];
        for (int operand = 0; operand < 4; operand++)
        {
            bool given = operand + 1 < inputs.Length && inputs[operand + 1].Type != ElementType.Undefined;
            IndexReader numbers = new(inputs[given ? operand + 1 : 1]);
            for (int i = 0; i < count; i++) bounds[operand * count + i] = given ? numbers.Raw(i) : operand == 2 ? i : 1;
        }
        if (data.IsFor(bounds)) return (StridedCopy)data.Made!;
        int[] shape = inputs[0].Shape, wanted = arguments.Outputs[0].Shape;
        long[] y = StoredShape.Of(arguments.Outputs[0]), source = StridedCopy.Dense(StoredShape.Of(inputs[0]));
        long offset = 0;
        uint taken = 0;
        for (int i = 0; i < count; i++)
        {
            int axis = inputs.Length > 3 && inputs[3].Type != ElementType.Undefined ? DataRules.Axis(new(inputs[3]), i, rank, ref taken) : i;
            taken |= 1u << axis;
            (long start, long length, long step) = Bounds(bounds[i], bounds[count + i], bounds[3 * count + i], shape[axis]);
            if (length != wanted[axis]) throw DataRules.Differs(axis, length, wanted[axis]);
            offset += start * source[axis];
            source[axis] *= step;
        }
        for (int axis = 0; axis < rank; axis++)
            if ((taken >> axis & 1) == 0 && shape[axis] != wanted[axis]) throw DataRules.Differs(axis, shape[axis], wanted[axis]);
        var copy = new StridedCopy(y, source, StridedCopy.Dense(y), offset, 0, ElementTypes.ByteLength(inputs[0].Type));
        data.Keep(bounds, copy);
        return copy;
    }

    /// <summary>First element, number of elements and step of an axis, from what ONNX lets bounds be.</summary>
    private static (long Start, long Count, long Step) Bounds(long start, long end, long step, long length)
    {
        if (step == 0) throw new IndexOutsideException("a step is 0");
        if (length == 0) return (0, 0, 1);
        // A step beyond the axis reaches one element, however long it is.
        step = Math.Clamp(step, -(length + 1), length + 1);
        if (start < 0) start += length;
        if (end < 0) end += length;
        if (step > 0)
        {
            (start, end) = (Math.Clamp(start, 0, length), Math.Clamp(end, 0, length));
            return end > start ? (start, (end - start - 1) / step + 1, step) : (0, 0, 1);
        }
        (start, end) = (Math.Clamp(start, 0, length - 1), Math.Clamp(end, -1, length - 1));
        return start > end ? (start, (start - end - 1) / -step + 1, step) : (0, 0, 1);
    }
}
