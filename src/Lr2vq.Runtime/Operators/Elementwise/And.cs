using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX And: logical and.</summary>
/// <remarks>(a, b) → (y), bool, broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class And : Operator, IOperator<And>
{
    private And()
    {
    }

    /// <inheritdoc/>
    public static And Read(StepAttributes attributes) => new();

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal override void Run(in StepArguments arguments) => Broadcast.Elements<byte, byte, Kernel>(arguments, default);

    internal readonly struct Kernel : IElementKernel<byte, byte>
    {
        public byte Apply(byte a, byte b) => (byte)(a & b);
    }
}
