using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX IsInf, element by element.</summary>
/// <remarks>(x f32) → (y bool), plain. Attributes detect_negative, detect_positive (0 or 1; 1).</remarks>
public sealed class IsInf : ElementwiseOperator, IOperator<IsInf>
{
    private IsInf(Kernel kernel) : base(new FlagLoop<float, Kernel>(kernel)) { }

    /// <inheritdoc/>
    public static IsInf Read(StepAttributes attributes) =>
        new(new Kernel(attributes.Int("detect_negative", 1) != 0, attributes.Int("detect_positive", 1) != 0));

    private readonly struct Kernel(bool negative, bool positive) : IFlagKernel<float>
    {
        public bool Apply(float x) => (positive && float.IsPositiveInfinity(x)) || (negative && float.IsNegativeInfinity(x));
    }
}
