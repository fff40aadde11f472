using System.Numerics;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX BitwiseNot: <c>y = ~x</c>, bit by bit.</summary>
/// <remarks>(x) → (y), any integers, plain; y may be the memory of x. No attributes.</remarks>
public sealed class BitwiseNot : ElementwiseOperator, IOperator<BitwiseNot>
{
    private BitwiseNot() : base(new BitsLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static BitwiseNot Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IIntegerUnaryKernel
    {
        public T Integer<T>(T x) where T : struct, IBinaryInteger<T> => ~x;
    }
}
