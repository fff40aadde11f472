using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Numbers that follow from the input shapes: what is left of ONNX Shape when a step needs the values.</summary>
/// <remarks>() → (y i64), plain. Attribute values (expressions, row-major).</remarks>
public sealed unsafe class DimensionValues : Operator, IOperator<DimensionValues>
{
    private readonly Dimension[] _values;

    private DimensionValues(Dimension[] values) => _values = values;

    /// <inheritdoc/>
    public static DimensionValues Read(StepAttributes attributes) => new(attributes.Dimensions("values"));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(0, 1);
        rules.Output(0).IsLike(ElementType.Int64).IsPlain().HasCount(_values.Length);
        foreach (Dimension value in _values) rules.Evaluate(value);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        Func<Dimension, long> evaluate = shapes.Evaluate;
        return new(State: Array.ConvertAll(_values, value => evaluate(value)));
    }

    internal override void Run(in StepArguments arguments)
    {
        long[] values = (long[])arguments.State!;
        for (int i = 0; i < values.Length; i++) arguments.Outputs[0].I64[i] = values[i];
    }
}
