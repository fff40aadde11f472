using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Not: logical negation, element by element.</summary>
/// <remarks>(x) → (y), bool, plain; y may be the memory of x. No attributes.</remarks>
public sealed class Not : ElementwiseOperator, IOperator<Not>
{
    private Not() : base(new FlagLoop<byte, Kernel>()) { }

    /// <inheritdoc/>
    public static Not Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IFlagKernel<byte>
    {
        public bool Apply(byte x) => x == 0;
    }
}
