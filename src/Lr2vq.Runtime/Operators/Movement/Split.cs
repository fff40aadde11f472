using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Split: cuts x along an axis.</summary>
/// <remarks>(x) → (y…), any type but text, plain; f32 also blocked: along axes 0, 2, 3, and along axis 1 when the channels of all outputs but the last are
/// divisible by 16. Attribute axis; the lengths are those of the outputs.</remarks>
public sealed unsafe class Split : Operator, IOperator<Split>
{
    private readonly int _axis;

    private Split(int axis) => _axis = axis;

    /// <inheritdoc/>
    public static Split Read(StepAttributes attributes) => new(attributes.Int("axis", 0));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostOutputs: int.MaxValue);
        RuleTensor x = rules.Input(0).IsSized();
        StepRules.Axis(_axis, x.Rank);
        Extent[] shape = x.Shape;
        Extent sum = 0;
        for (int o = 0; o < rules.OutputCount; o++)
        {
            RuleTensor y = rules.Output(o).IsLike(x.Type).HasLayout(x.Layout).HasRank(x.Rank);
            // Blocks stay whole.
            StepRules.Require(!x.IsBlocked || _axis != 1 || sum.Value % 16 == 0, "it cuts a block of channels");
            sum += shape[_axis] = y[_axis];
            y.HasShape(shape);
        }
        StepRules.Equal(sum, x[_axis], "the lengths of the parts together and of the input");
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] source = StridedCopy.Dense(StoredShape.Of(shapes.Inputs[0]));
        StridedCopy[] copies = new StridedCopy[shapes.Outputs.Length];
        long start = 0;
        for (int i = 0; i < copies.Length; i++)
        {
            long[] y = StoredShape.Of(shapes.Outputs[i]);
            copies[i] = new StridedCopy(y, source, StridedCopy.Dense(y), start * source[_axis], 0,
                ElementTypes.ByteLength(shapes.Inputs[0].Type));
            start += y[_axis];
        }
        return new(State: copies);
    }

    internal override void Run(in StepArguments arguments)
    {
        StridedCopy[] copies = (StridedCopy[])arguments.State!;
        for (int i = 0; i < copies.Length; i++)
            if (arguments.Outputs[i].Data != null) copies[i].Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[i].Data);
    }
}
