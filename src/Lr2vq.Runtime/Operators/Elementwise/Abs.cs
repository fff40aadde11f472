using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Abs: <c>y = |x|</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Abs : ElementwiseOperator, IOperator<Abs>
{
    private Abs() : base(new NumberLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Abs Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel, IIntegerUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Abs(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T x) where T : struct, IBinaryInteger<T> => T.IsNegative(x) ? T.Zero - x : x;
    }
}
