using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Relu: <c>y = max(0, x)</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, i32, i64 or u64, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Relu : ElementwiseOperator, IOperator<Relu>
{
    private Relu() : base(new NumberLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Relu Read(StepAttributes attributes) => new();

    internal readonly struct Kernel : IUnaryKernel, IIntegerUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Max(L.Zero, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T x) where T : struct, IBinaryInteger<T> => T.Max(T.Zero, x);
    }
}
