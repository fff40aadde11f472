using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX SpaceToDepth: pixels become channels.</summary>
/// <remarks>(x) → (y), any type but text, plain. Attribute blocksize.</remarks>
public sealed unsafe class SpaceToDepth : Operator, IOperator<SpaceToDepth>
{
    private readonly int _block;

    private SpaceToDepth(int block) => _block = block;

    /// <inheritdoc/>
    public static SpaceToDepth Read(StepAttributes attributes) => new(attributes.Int("blocksize", 1));

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized().HasRank(4), y = rules.Output(0).IsLike(x.Type).HasRank(4);
        StepRules.Within(_block, 1, short.MaxValue, "the size of a block");
        StepRules.Equal(x[2], y[2] * _block, "the height of the input and that of whole blocks");
        StepRules.Equal(x[3], y[3] * _block, "the width of the input and that of whole blocks");
        y.HasShape(x[0], x[1] * _block * _block, y[2], y[3]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] x = shapes.Inputs[0].Shape, y = shapes.Outputs[0].Shape;
        long b = _block, height = y[2], width = y[3], plane = (long)x[2] * x[3];
        // y is [n, i, j, c, h, w]; x is [n, c, h, i, w, j].
        long[] sizes = [x[0], b, b, x[1], height, width];
        long[] source = [x[1] * plane, x[3], 1, plane, b * x[3], b];
        return new(State: new StridedCopy(sizes, source, StridedCopy.Dense(sizes), 0, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
