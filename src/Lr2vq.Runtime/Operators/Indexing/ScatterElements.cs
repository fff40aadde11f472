using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ScatterElements: data with single elements replaced, or joined with updates.</summary>
/// <remarks>(data, indices, updates) → (y), any type but text (f32, f64 or integers with a reduction), indices i32 or i64 (negative ones count from the end), plain;
/// y may be the memory of data. Attributes axis, reduction (none, add, mul, max, min; none).</remarks>
public sealed unsafe class ScatterElements : Operator, IOperator<ScatterElements>
{
    private readonly int _axis;
    private readonly ScatterReduction _reduction;

    private ScatterElements(int axis, ScatterReduction reduction) => (_axis, _reduction) = (axis, reduction);

    /// <inheritdoc/>
    public static ScatterElements Read(StepAttributes attributes) => new(attributes.Int("axis", 0), ScatterUpdate.Read(attributes));

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        rules.Plain();
        ElementPositions.Check(rules, _axis);
        RuleTensor data = rules.Input(0);
        ScatterUpdate.Check(_reduction, data);
        rules.Input(2).IsLike(data.Type).HasShape(rules.Input(1).Shape);
        rules.Output(0).IsLike(data.Type).HasShape(data.Shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(State: new ElementPositions(shapes.Inputs[0].Shape, shapes.Inputs[1].Shape, _axis));

    internal override void Run(in StepArguments arguments)
    {
        ElementPositions positions = (ElementPositions)arguments.State!;
        IndexReader indices = new(arguments.Inputs[1]);
        ref readonly TensorView y = ref arguments.Outputs[0];
        long size = ElementTypes.ByteLength(y.Type), bytes = y.Length * size, count = arguments.Inputs[1].Length;
        if (arguments.Inputs[0].Data != y.Data) Buffer.MemoryCopy(arguments.Inputs[0].Data, y.Data, bytes, bytes);
        for (long i = 0; i < count; i++)
            ScatterUpdate.Apply(_reduction, y.Type, y.Data + positions.Of(i, indices.Checked(i, positions.AxisLength)) * size,
                arguments.Inputs[2].Data + i * size, 1);
    }
}
