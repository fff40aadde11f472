using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Neg: <c>y = −x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Neg : ElementwiseOperator, IOperator<Neg>
{
    private Neg() : base(new NumberLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Neg Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel, IIntegerUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Neg(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T x) where T : struct, IBinaryInteger<T> => T.Zero - x;
    }
}
