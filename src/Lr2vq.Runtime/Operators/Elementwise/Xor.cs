using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Xor: logical exclusive or.</summary>
/// <remarks>(a, b) → (y), bool, broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class Xor : BroadcastOperator, IOperator<Xor>
{
    private Xor() : base(new LogicLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Xor Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IElementKernel<byte, byte, byte>
    {
        public byte Apply(byte a, byte b) => (byte)(a ^ b);
    }
}
