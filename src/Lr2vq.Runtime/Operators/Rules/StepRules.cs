using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The words in which an operator states what it relies on (<see cref="Operator.Check"/>): counts, types, layouts, ranks, lengths that
/// agree, and the exact shape of its outputs. A rule that is broken throws <see cref="StepRuleException"/>.</summary>
/// <remarks>Checked once for each set of input shapes, before anything is computed or prepared, for every step. Kernels then trust what they
/// are given: they check no length.</remarks>
internal readonly ref struct StepRules
{
    /// <summary>Longest axis, kernel, step or border that kernels compute with in 32 bits: sums of a few of them fit.</summary>
    public const int MostReach = 1 << 28;

    /// <summary>Most entries of a table.</summary>
    private const int MostTable = 1 << 26;

    private readonly ReadOnlySpan<TensorView> _inputs, _outputs;
    private readonly ReadOnlySpan<ValueOrigin> _origins;
    private readonly Func<Dimension, long> _evaluate;
    private readonly ref long _tableBytes;

    /// <param name="shapes">The tensors.</param>
    /// <param name="origins">What the Plan says of inputs, then outputs; empty if all shapes are numbers and nothing is a weight.</param>
    /// <param name="tableBytes">Where <see cref="Table"/> counts.</param>
    public StepRules(in StepShapes shapes, ReadOnlySpan<ValueOrigin> origins, ref long tableBytes)
    {
        _tableBytes = ref tableBytes;
        _inputs = shapes.Inputs;
        _outputs = shapes.Outputs;
        _evaluate = shapes.Evaluate;
        _origins = origins;
    }

    public int InputCount => _inputs.Length;
    public int OutputCount => _outputs.Length;

    /// <summary>True if an input is there.</summary>
    public bool Has(int input) => input < _inputs.Length && _inputs[input].Type != ElementType.Undefined;

    /// <summary>An input that is there.</summary>
    public RuleTensor Input(int index) => Has(index)
        ? new RuleTensor(_inputs[index], _origins.Length > 0 ? _origins[index] : default, isOutput: false, index)
        : throw new StepRuleException(FormattableString.Invariant($"input {index} is missing"));

    public RuleTensor Output(int index) => index < _outputs.Length
        ? new RuleTensor(_outputs[index], _origins.Length > 0 ? _origins[_inputs.Length + index] : default, isOutput: true, index)
        : throw new StepRuleException(FormattableString.Invariant($"output {index} is missing"));

    /// <summary>How many inputs and outputs there are. The first <paramref name="inputs"/> inputs are present; those up to
    /// <paramref name="mostInputs"/> may be absent.</summary>
    public void Counts(int inputs, int outputs, int? mostInputs = null, int? mostOutputs = null)
    {
        if (InputCount < inputs || InputCount > (mostInputs ?? inputs)) throw new StepRuleException(FormattableString.Invariant($"it has {InputCount} inputs"));
        if (OutputCount < outputs || OutputCount > (mostOutputs ?? outputs)) throw new StepRuleException(FormattableString.Invariant($"it has {OutputCount} outputs"));
        for (int i = 0; i < inputs; i++) Input(i);
    }

    /// <summary>Every input and output is plain.</summary>
    public void Plain()
    {
        for (int i = 0; i < InputCount; i++)
            if (Has(i)) Input(i).IsPlain();
        for (int o = 0; o < OutputCount; o++) Output(o).IsPlain();
    }

    /// <summary>An element-by-element function: one input, one output of the same type, layout and shape.</summary>
    public void Unary(params ReadOnlySpan<ElementType> types)
    {
        Counts(1, 1);
        RuleTensor x = Input(0);
        Output(0).IsLike(x.Is(types).Type).HasLayout(x.Layout).HasShape(x.Shape);
    }

    /// <summary>A function of two operands of one type, which its result has too, and which broadcast.</summary>
    public void Binary(params ReadOnlySpan<ElementType> types)
    {
        Counts(2, 1);
        ElementType type = Output(0).Is(types).Type;
        Input(0).IsLike(type);
        Input(1).IsLike(type);
        Broadcast();
    }

    /// <summary>Output 0 has the shape of input 0 without some axes; if it has as many dimensions, these have the length 1.</summary>
    public void Reduces(params ReadOnlySpan<int> axes)
    {
        RuleTensor x = Input(0), y = Output(0);
        Extent[] shape = x.Shape;
        foreach (int axis in axes)
        {
            Axis(axis, shape.Length);
            shape[axis] = 1;
        }
        if (y.Rank == shape.Length)
        {
            y.HasShape(shape);
            return;
        }
        var kept = new Extent[Math.Max(0, shape.Length - axes.Length)];
        int count = 0;
        for (int d = 0; d < shape.Length; d++)
            if (axes.IndexOf(d) < 0)
            {
                Require(count < kept.Length, "an axis is named twice");
                kept[count++] = shape[d];
            }
        y.HasShape(kept);
    }

    /// <summary>Output 0 has the shape that all inputs have together under NumPy's broadcasting. Where it is blocked, an input is blocked with
    /// as many channels, or a single plain number.</summary>
    public void Broadcast()
    {
        RuleTensor y = Output(0);
        Extent[] shape = [];
        for (int i = 0; i < InputCount; i++) shape = Broadcast(shape, Input(i).Shape);
        y.HasShape(shape);
        for (int i = 0; i < InputCount; i++)
        {
            RuleTensor x = Input(i);
            if (x.IsBlocked && (!y.IsBlocked || x[1].Value != y[1].Value)) throw x.Wrong("is blocked");
            if (y.IsBlocked && !x.IsBlocked && x.Count.Value != 1) throw x.Wrong("is plain");
        }
    }

    /// <summary>The shape that two have together under NumPy's broadcasting.</summary>
    public static Extent[] Broadcast(ReadOnlySpan<Extent> a, ReadOnlySpan<Extent> b)
    {
        var shape = new Extent[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            Extent left = i <= a.Length ? a[^i] : 1, right = i <= b.Length ? b[^i] : 1;
            if (left.Value != right.Value && left.Value != 1 && right.Value != 1)
                throw new StepRuleException("the shapes " + Extent.Text(a) + " and " + Extent.Text(b) + " do not fit each other", left.Cause, right.Cause);
            // A length that was 1 for other shapes may be the one that does not fit: keep its cause.
            Extent longer = left.Value == 1 ? right : left;
            shape[^i] = longer with { Cause = longer.Cause ?? left.Cause ?? right.Cause };
        }
        return shape;
    }

    /// <summary>Two lengths agree.</summary>
    /// <param name="what">What they are, e.g. <c>the columns of input 0 and the rows of input 1</c>.</param>
    public static void Equal(Extent a, Extent b, string what)
    {
        if (a.Value != b.Value) throw new StepRuleException(FormattableString.Invariant($"{what} differ: {a} and {b}"), a.Cause, b.Cause);
    }

    /// <summary>least ≤ length ≤ most.</summary>
    public static void Within(Extent length, Extent least, Extent most, string what)
    {
        if (length.Value < least.Value || length.Value > most.Value)
            throw new StepRuleException(FormattableString.Invariant($"{what} is {length}, not within [{least}, {most}]"),
                length.Cause, length.Value < least.Value ? least.Cause : most.Cause);
    }

    /// <summary>An axis of a tensor of this rank.</summary>
    public static void Axis(int axis, int rank)
    {
        if ((uint)axis >= (uint)rank) throw new StepRuleException(FormattableString.Invariant($"axis {axis} is outside a tensor of {rank} dimensions"));
    }

    /// <summary>What the file alone decides.</summary>
    public static void Require(bool holds, string what)
    {
        if (!holds) throw new StepRuleException(what);
    }

    /// <summary><see cref="Operator.Prepare"/> will make a table of so many entries; they count as memory of the session.</summary>
    public void Table(Extent entries, int entryBytes)
    {
        Within(entries, 0, MostTable, "the length of a table");
        _tableBytes += entries.Value * entryBytes;
    }

    /// <summary>The value of an attribute that may depend on the input shapes.</summary>
    public Extent Evaluate(Dimension attribute)
    {
        Dimension? cause = attribute.IsConstant ? null : attribute;
        try
        {
            return new Extent(_evaluate(attribute), cause);
        }
        catch (ArgumentException e)
        {
            throw new StepRuleException(e.Message, cause);
        }
    }

    /// <summary>The value of floats that may depend on the input shapes.</summary>
    public float[] Evaluate(Real[] attribute)
    {
        try
        {
            return Real.Evaluate(attribute, _evaluate);
        }
        catch (ArgumentException e)
        {
            throw new StepRuleException(e.Message);
        }
    }
}
