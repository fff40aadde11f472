using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ScatterND: data with slices replaced, or joined with updates.</summary>
/// <remarks>(data, indices [.., tuple], updates) → (y), any type but text (f32, f64 or integers with a reduction), indices i32 or i64 (negative ones count from the end),
/// plain; y may be the memory of data. Attribute reduction (none, add, mul, max, min; none).</remarks>
public sealed unsafe class ScatterND : Operator, IOperator<ScatterND>
{
    private readonly ScatterReduction _reduction;

    private ScatterND(ScatterReduction reduction) => _reduction = reduction;

    /// <inheritdoc/>
    public static ScatterND Read(StepAttributes attributes) => new(ScatterUpdate.Read(attributes));

    internal override int InPlaceInput => 0;

    internal override void Check(in StepRules rules)
    {
        rules.Counts(3, 1);
        rules.Plain();
        RuleTensor data = rules.Input(0);
        ScatterUpdate.Check(_reduction, data);
        rules.Input(2).IsLike(data.Type).HasShape(TuplePositions.Check(rules, 0));
        rules.Output(0).IsLike(data.Type).HasShape(data.Shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(State: new TuplePositions(shapes.Inputs[0].Shape, shapes.Inputs[1].Shape, 0));

    internal override void Run(in StepArguments arguments)
    {
        TuplePositions positions = (TuplePositions)arguments.State!;
        IndexReader indices = new(arguments.Inputs[1]);
        ref readonly TensorView y = ref arguments.Outputs[0];
        long size = ElementTypes.ByteLength(y.Type), bytes = y.Length * size, slice = positions.SliceLength * size;
        if (arguments.Inputs[0].Data != y.Data) Buffer.MemoryCopy(arguments.Inputs[0].Data, y.Data, bytes, bytes);
        for (long i = 0; i < positions.Count; i++)
            ScatterUpdate.Apply(_reduction, y.Type, y.Data + positions.Of(indices, i) * slice, arguments.Inputs[2].Data + i * slice,
                positions.SliceLength);
    }
}
