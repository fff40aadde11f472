using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Min of two tensors: <c>y = min(a, b)</c>; NaN if either is.</summary>
/// <remarks>(a, b) → (y), f32, i32, i64 or u64 (all the same), broadcast; f32 plain or blocked (both of one shape, or one [·, C, 1, 1] blocked or a plain
/// scalar); y may be the memory of a. No attributes.</remarks>
public sealed class Min : BroadcastOperator, IOperator<Min>
{
    private Min() : base(new BinaryNumberLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Min Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IBinaryKernel, IIntegerBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Select(L.Equal(a, a), L.Min(a, b), a);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => T.Min(a, b);
    }
}
