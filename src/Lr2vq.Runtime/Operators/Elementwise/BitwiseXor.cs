using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BitwiseXor: <c>y = a ^ b</c>, bit by bit.</summary>
/// <remarks>(a, b) → (y), i32 or i64 (all the same), broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class BitwiseXor : Operator, IOperator<BitwiseXor>
{
    private BitwiseXor()
    {
    }

    /// <inheritdoc/>
    public static BitwiseXor Read(StepAttributes attributes) => new();

    internal override int InPlaceInput => 0;

    internal override StepPreparation Prepare(in StepShapes shapes) => new(State: BroadcastPlan.Of(shapes));

    internal override void Run(in StepArguments arguments) => Broadcast.MapInteger(arguments, default(Kernel));

    internal readonly struct Kernel : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => a ^ b;
    }
}
