using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Slice: every step-th element of some axes.</summary>
/// <remarks>(x) → (y), any type but text, plain; f32 also blocked when the axes are 2 and 3. Attributes axes, starts (expressions, resolved:
/// 0 ≤ start), steps (may be negative; 1). The lengths are those of y.</remarks>
public sealed unsafe class Slice : Operator, IOperator<Slice>
{
    private readonly int[] _axes, _steps;
    private readonly Dimension[] _starts;

    private Slice(int[] axes, Dimension[] starts, int[] steps) => (_axes, _starts, _steps) = (axes, starts, steps);

    /// <inheritdoc/>
    public static Slice Read(StepAttributes attributes) =>
        new(attributes.Ints("axes"), attributes.Dimensions("starts"), attributes.Ints("steps"));

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        long[] y = StoredShape.Of(shapes.Outputs[0]), source = StridedCopy.Dense(StoredShape.Of(shapes.Inputs[0]));
        long offset = 0;
        for (int i = 0; i < _axes.Length; i++)
        {
            offset += shapes.Evaluate(_starts[i]) * source[_axes[i]];
            if (_steps.Length > 0) source[_axes[i]] *= _steps[i];
        }
        return new(State: new StridedCopy(y, source, StridedCopy.Dense(y), offset, 0, ElementTypes.ByteLength(shapes.Outputs[0].Type)));
    }

    internal override void Run(in StepArguments arguments) =>
        ((StridedCopy)arguments.State!).Run(arguments.Team, arguments.Inputs[0].Data, arguments.Outputs[0].Data);
}
