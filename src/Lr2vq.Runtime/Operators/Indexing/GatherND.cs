using System;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GatherND: slices picked by tuples of indices.</summary>
/// <remarks>(data, indices [.., tuple]) → (y), data of any type but text, indices i32 or i64 (negative ones count from the end), plain. Attribute
/// batch_dims (leading axes that both share; 0).</remarks>
public sealed unsafe class GatherND : Operator, IOperator<GatherND>
{
    private readonly int _batch;

    private GatherND(int batch) => _batch = batch;

    /// <inheritdoc/>
    public static GatherND Read(StepAttributes attributes) => new(attributes.Int("batch_dims", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        rules.Output(0).IsLike(rules.Input(0).Type).HasShape(TuplePositions.Check(rules, _batch));
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(State: new TuplePositions(shapes.Inputs[0].Shape, shapes.Inputs[1].Shape, _batch));

    internal override void Run(in StepArguments arguments)
    {
        TuplePositions positions = (TuplePositions)arguments.State!;
        IndexReader indices = new(arguments.Inputs[1]);
        long bytes = positions.SliceLength * ElementTypes.ByteLength(arguments.Outputs[0].Type);
        byte* from = arguments.Inputs[0].Data, to = arguments.Outputs[0].Data;
        for (long i = 0; i < positions.Count; i++, to += bytes)
            Buffer.MemoryCopy(from + positions.Of(indices, i) * bytes, to, bytes, bytes);
    }
}
