using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Range: start, start + delta, start + 2·delta, …</summary>
/// <remarks>() → (y), i32 or i64, plain. Attributes start, delta (expressions; 0, 1); the count is the length of y.
/// Or (start, limit, delta) → (y), f32, i32 or i64, one number each, without attributes: they must lead to the length of y.</remarks>
public sealed unsafe class Range : Operator, IOperator<Range>
{
    private readonly Dimension[] _start, _delta;

    private Range(Dimension[] start, Dimension[] delta) => (_start, _delta) = (start, delta);

    /// <inheritdoc/>
    public static Range Read(StepAttributes attributes) => new(attributes.Dimensions("start"), attributes.Dimensions("delta"));

    internal override (int First, int Last) CheckedInputs => (0, 2);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(0, 1, mostInputs: 3);
        if (rules.InputCount > 0)
        {
            rules.Counts(3, 1);
            StepRules.Require(_start.Length == 0 && _delta.Length == 0, "its bounds are both attributes and data");
            ElementType type = rules.Output(0).Is(ElementType.Float32, ElementType.Int32, ElementType.Int64).IsPlain().HasRank(1).Type;
            for (int i = 0; i < 3; i++) rules.Input(i).IsLike(type).IsPlain().HasCount(1);
            return;
        }
        rules.Output(0).Is(ElementType.Int32, ElementType.Int64).IsPlain();
        StepRules.Require(_start.Length <= 1 && _delta.Length <= 1, "it has several bounds");
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => shapes.Inputs.Length > 0 ? default : new(State: new Bounds(
        _start.Length > 0 ? shapes.Evaluate(_start[0]) : 0, _delta.Length > 0 ? shapes.Evaluate(_delta[0]) : 1));

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        if (y.Type == ElementType.Float32)
        {
            Floats(arguments, y);
            return;
        }
        long length = y.Length;
        (long start, long delta) = arguments.State is Bounds known ? (known.Start, known.Delta) : Given(arguments, length);
        if (y.Type == ElementType.Int64)
            for (long i = 0; i < length; i++) y.I64[i] = start + i * delta;
        else if (y.Type == ElementType.Int32)
            for (long i = 0; i < length; i++) ((int*)y.Data)[i] = unchecked((int)(start + i * delta));
        else throw UnexpectedType.Of(y.Type);
    }

    private static void Floats(in StepArguments arguments, in TensorView y)
    {
        float start = *arguments.Inputs[0].F32, delta = *arguments.Inputs[2].F32;
        double count = Math.Max(0, Math.Ceiling((double)(*arguments.Inputs[1].F32 - start) / delta));
        long length = y.Length;
        if (count != length) throw new IndexOutsideException(FormattableString.Invariant($"its bounds lead to {count} numbers, where the model declares {length}"));
        for (long i = 0; i < length; i++) y.F32[i] = start + i * delta;
    }

    /// <exception cref="IndexOutsideException">They lead to another length.</exception>
    private static (long Start, long Delta) Given(in StepArguments arguments, long length)
    {
        long start = new IndexReader(arguments.Inputs[0]).Raw(0), delta = new IndexReader(arguments.Inputs[2]).Raw(0);
        if (delta == 0) throw new IndexOutsideException("its step is 0");
        Int128 way = (Int128)new IndexReader(arguments.Inputs[1]).Raw(0) - start, count = way / delta + (way % delta == 0 ? 0 : 1);
        if (way == 0 || Int128.IsNegative(way) != delta < 0) count = 0;
        if (count != length) throw new IndexOutsideException(FormattableString.Invariant($"its bounds lead to {count} numbers, where the model declares {length}"));
        return (start, delta);
    }

    private sealed record Bounds(long Start, long Delta);
}
