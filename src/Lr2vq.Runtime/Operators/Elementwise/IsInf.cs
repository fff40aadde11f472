using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX IsInf, element by element.</summary>
/// <remarks>(x f32) → (y bool), plain. Attributes detect_negative, detect_positive (0 or 1; 1).</remarks>
public sealed unsafe class IsInf : Operator, IOperator<IsInf>
{
    private readonly bool _negative, _positive;

    private IsInf(bool negative, bool positive) => (_negative, _positive) = (negative, positive);

    /// <inheritdoc/>
    public static IsInf Read(StepAttributes attributes) =>
        new(attributes.Int("detect_negative", 1) != 0, attributes.Int("detect_positive", 1) != 0);

    internal override void Run(in StepArguments arguments)
    {
        float* x = arguments.Inputs[0].F32;
        byte* y = arguments.Outputs[0].Data;
        long length = arguments.Outputs[0].Length;
        for (long i = 0; i < length; i++)
            y[i] = (_positive && float.IsPositiveInfinity(x[i])) || (_negative && float.IsNegativeInfinity(x[i])) ? (byte)1 : (byte)0;
    }
}
