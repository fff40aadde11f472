using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX IsNaN, element by element.</summary>
/// <remarks>(x f32) → (y bool), plain. No attributes.</remarks>
public sealed unsafe class IsNaN : Operator, IOperator<IsNaN>
{
    private IsNaN()
    {
    }

    /// <inheritdoc/>
    public static IsNaN Read(StepAttributes attributes) => new();

    internal override void Run(in StepArguments arguments)
    {
        float* x = arguments.Inputs[0].F32;
        byte* y = arguments.Outputs[0].Data;
        long length = arguments.Outputs[0].Length;
        for (long i = 0; i < length; i++) y[i] = float.IsNaN(x[i]) ? (byte)1 : (byte)0;
    }
}
