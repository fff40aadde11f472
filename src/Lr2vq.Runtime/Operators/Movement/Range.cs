using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Range: start, start + delta, start + 2·delta, …</summary>
/// <remarks>() → (y), i32 or i64, plain. Attributes start, delta (expressions; 0, 1); the count is the length of y.</remarks>
public sealed unsafe class Range : Operator, IOperator<Range>
{
    private readonly Dimension[] _start, _delta;

    private Range(Dimension[] start, Dimension[] delta) => (_start, _delta) = (start, delta);

    /// <inheritdoc/>
    public static Range Read(StepAttributes attributes) => new(attributes.Dimensions("start"), attributes.Dimensions("delta"));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(0, 1);
        rules.Output(0).Is(ElementType.Int32, ElementType.Int64).IsPlain();
        StepRules.Require(_start.Length <= 1 && _delta.Length <= 1, "it has several bounds");
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: new Bounds(
        _start.Length > 0 ? shapes.Evaluate(_start[0]) : 0, _delta.Length > 0 ? shapes.Evaluate(_delta[0]) : 1));

    internal override void Run(in StepArguments arguments)
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        (long start, long delta) = (Bounds)arguments.State!;
        long length = y.Length;
        if (y.Type == ElementType.Int64)
            for (long i = 0; i < length; i++) y.I64[i] = start + i * delta;
        else if (y.Type == ElementType.Int32)
            for (long i = 0; i < length; i++) ((int*)y.Data)[i] = unchecked((int)(start + i * delta));
        else throw UnexpectedType.Of(y.Type);
    }

    private sealed record Bounds(long Start, long Delta);
}
