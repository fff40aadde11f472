using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX DepthToSpace: channels become pixels.</summary>
/// <remarks>(x) → (y), any type but text, plain. Attributes blocksize, mode (DCR: depth, column, row, or CRD; DCR).</remarks>
public sealed unsafe class DepthToSpace : Operator, IOperator<DepthToSpace>
{
    private readonly int _block;
    private readonly bool _columnsFirst;

    private DepthToSpace(int block, bool columnsFirst) => (_block, _columnsFirst) = (block, columnsFirst);

    /// <inheritdoc/>
    public static DepthToSpace Read(StepAttributes attributes) =>
        new(attributes.Int("blocksize", 1), attributes.Text("mode", "DCR") == "CRD");

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized().HasRank(4), y = rules.Output(0).IsLike(x.Type).HasRank(4);
        StepRules.Within(_block, 1, short.MaxValue, "the size of a block");
        Extent channels = y[1] * _block * _block;
        StepRules.Equal(x[1], channels, "the channels of the input and those that the output takes");
        y.HasShape(x[0], y[1], x[2] * _block, x[3] * _block);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        int[] x = shapes.Inputs[0].Shape, y = shapes.Outputs[0].Shape;
        long b = _block, channels = y[1], height = x[2], width = x[3], plane = height * width;
        // y is [n, c, h, i, w, j]; x is [n, i, j, c, h, w] or [n, c, i, j, h, w].
        long perChannel = _columnsFirst ? b * b * plane : plane;
        long perRow = _columnsFirst ? b * plane : b * channels * plane, perColumn = _columnsFirst ? plane : channels * plane;
        long[] sizes = [x[0], channels, height, b, width, b];
        long[] source = [x[1] * plane, perChannel, width, perRow, 1, perColumn];
        return new(State: new StridedCopy(sizes, source, StridedCopy.Dense(sizes), 0, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
