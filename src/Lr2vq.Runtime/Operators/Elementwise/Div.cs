using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Div: <c>y = a / b</c>; integers are cut towards zero.</summary>
/// <remarks>(a, b) → (y), f32, i32, i64 or u64 (all the same), broadcast; f32 plain or blocked (both of one shape, or one [·, C, 1, 1] blocked or a plain
/// scalar); y may be the memory of a. No attributes. An integer divided by 0 gives 0.</remarks>
public sealed class Div : BroadcastOperator, IOperator<Div>
{
    private Div() : base(new BinaryNumberLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Div Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IBinaryKernel, IIntegerBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Div(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Integer<T>(T a, T b) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
        {
            // The processor would trap on 0, and on the smallest number by −1; ONNX leaves both undefined.
            if (T.IsZero(b)) return T.Zero;
            return T.IsNegative(b) && b == T.Zero - T.One ? T.Zero - a : a / b;
        }
    }
}
