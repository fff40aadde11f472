using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX GatherElements: for every index the element of that axis, at the other coordinates of the index.</summary>
/// <remarks>(data, indices) → (y), data of any type but text, indices i32 or i64 (negative ones count from the end), plain. Attribute axis.</remarks>
public sealed unsafe class GatherElements : Operator, IOperator<GatherElements>
{
    private readonly int _axis;

    private GatherElements(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static GatherElements Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1);
        rules.Plain();
        ElementPositions.Check(rules, _axis);
        rules.Output(0).IsLike(rules.Input(0).Type).HasShape(rules.Input(1).Shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        new(State: new ElementPositions(shapes.Inputs[0].Shape, shapes.Inputs[1].Shape, _axis));

    internal override void Run(in StepArguments arguments)
    {
        ElementPositions positions = (ElementPositions)arguments.State!;
        IndexReader indices = new(arguments.Inputs[1]);
        ref readonly TensorView y = ref arguments.Outputs[0];
        byte* from = arguments.Inputs[0].Data, to = y.Data;
        long length = y.Length, size = ElementTypes.ByteLength(y.Type);
        for (long i = 0; i < length; i++)
        {
            long at = positions.Of(i, indices.Checked(i, positions.AxisLength));
            switch (size)
            {
                case 1: to[i] = from[at]; break;
                case 2: ((ushort*)to)[i] = ((ushort*)from)[at]; break;
                case 4: ((uint*)to)[i] = ((uint*)from)[at]; break;
                default: ((ulong*)to)[i] = ((ulong*)from)[at]; break;
            }
        }
    }
}
