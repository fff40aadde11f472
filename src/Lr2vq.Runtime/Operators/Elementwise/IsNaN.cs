using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX IsNaN, element by element.</summary>
/// <remarks>(x f32) → (y bool), plain. No attributes.</remarks>
public sealed class IsNaN : ElementwiseOperator, IOperator<IsNaN>
{
    private IsNaN() : base(new FlagLoop<float, Kernel>()) { }

    /// <inheritdoc/>
    public static IsNaN Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IFlagKernel<float>
    {
        public bool Apply(float x) => float.IsNaN(x);
    }
}
