using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Not: logical negation, element by element.</summary>
/// <remarks>(x) → (y), bool, plain; y may be the memory of x. No attributes.</remarks>
public sealed unsafe class Not : Operator, IOperator<Not>
{
    private Not()
    {
    }

    /// <inheritdoc/>
    public static Not Read(StepAttributes attributes) => new();

    internal override int InPlaceInput => 0;

    internal override void Run(in StepArguments arguments)
    {
        byte* x = arguments.Inputs[0].Data, y = arguments.Outputs[0].Data;
        long length = arguments.Outputs[0].Length;
        for (long i = 0; i < length; i++) y[i] = x[i] == 0 ? (byte)1 : (byte)0;
    }
}
