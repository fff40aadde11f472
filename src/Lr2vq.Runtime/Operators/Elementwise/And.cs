using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX And: logical and.</summary>
/// <remarks>(a, b) → (y), bool, broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class And : BroadcastOperator, IOperator<And>
{
    private And() : base(new LogicLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static And Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IElementKernel<byte, byte, byte>
    {
        public byte Apply(byte a, byte b) => (byte)(a & b);
    }
}
