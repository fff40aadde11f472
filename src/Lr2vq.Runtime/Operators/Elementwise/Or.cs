using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Or: logical or.</summary>
/// <remarks>(a, b) → (y), bool, broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class Or : Operator, IOperator<Or>
{
    private Or()
    {
    }

    /// <inheritdoc/>
    public static Or Read(StepAttributes attributes) => new();

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal override void Run(in StepArguments arguments) => Broadcast.Elements<byte, byte, Kernel>(arguments, default);

    internal readonly struct Kernel : IElementKernel<byte, byte>
    {
        public byte Apply(byte a, byte b) => (byte)(a | b);
    }
}
