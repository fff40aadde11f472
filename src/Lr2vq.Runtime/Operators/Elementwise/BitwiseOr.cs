using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BitwiseOr: <c>y = a | b</c>, bit by bit.</summary>
/// <remarks>(a, b) → (y), i32, i64 or u64 (all the same), broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class BitwiseOr : BroadcastOperator, IOperator<BitwiseOr>
{
    private BitwiseOr() : base(new BinaryIntegerLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static BitwiseOr Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => a | b;
    }
}
