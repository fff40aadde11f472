using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BitwiseAnd: <c>y = a &amp; b</c>, bit by bit.</summary>
/// <remarks>(a, b) → (y), i32, i64 or u64 (all the same), broadcast, plain; y may be the memory of a. No attributes.</remarks>
public sealed class BitwiseAnd : BroadcastOperator, IOperator<BitwiseAnd>
{
    private BitwiseAnd() : base(new BinaryIntegerLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static BitwiseAnd Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IIntegerBinaryKernel
    {
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => a & b;
    }
}
