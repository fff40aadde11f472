using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Tile: repeats x along every axis.</summary>
/// <remarks>(x) → (y), any type but text, plain. No attributes: an axis of y is a multiple of that of x.</remarks>
public sealed unsafe class Tile : Operator, IOperator<Tile>
{
    private Tile()
    {
    }

    /// <inheritdoc/>
    public static Tile Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasRank(x.Rank);
        for (int d = 0; d < x.Rank; d++)
            StepRules.Equal(y[d], x[d].Value == 0 ? x[d] : x[d] * Extent.FloorDivide(y[d], x[d]), "a length of the output and a multiple of the input's");
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] x = StoredShape.Of(shapes.Inputs[0]), y = StoredShape.Of(shapes.Outputs[0]);
        long[] from = StridedCopy.Dense(x), to = StridedCopy.Dense(y);
        // Every axis is two: the repetition and the axis itself.
        long[] sizes = new long[2 * x.Length], source = new long[2 * x.Length], destination = new long[2 * x.Length];
        for (int d = 0; d < x.Length; d++)
        {
            (sizes[2 * d], source[2 * d], destination[2 * d]) = (x[d] == 0 ? 0 : y[d] / x[d], 0, x[d] * to[d]);
            (sizes[2 * d + 1], source[2 * d + 1], destination[2 * d + 1]) = (x[d], from[d], to[d]);
        }
        return new(State: new StridedCopy(sizes, source, destination, 0, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
