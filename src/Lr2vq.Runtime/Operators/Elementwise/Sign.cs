using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Sign: <c>y = −1, 0 or 1</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Sign : ElementwiseOperator, IOperator<Sign>
{
    private Sign() : base(new NumberLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Sign Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel, IIntegerUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct
        {
            V one = L.Splat(1f);
            return L.Select(L.Less(L.Zero, x), one, L.Select(L.Less(x, L.Zero), L.Neg(one), x));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T x) where T : struct, IBinaryInteger<T> => T.CreateTruncating(T.Sign(x));
    }
}
