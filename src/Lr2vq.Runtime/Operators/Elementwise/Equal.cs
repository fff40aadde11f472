using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Equal: <c>y = a = b</c>.</summary>
/// <remarks>(a, b) → (y), f32, i32, i64, u64 or bool to bool, broadcast, plain. No attributes.</remarks>
public sealed class Equal : BroadcastOperator, IOperator<Equal>
{
    private Equal() : base(new ComparisonLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Equal Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IComparison
    {
        public bool Apply<T>(T a, T b) where T : struct, INumber<T> => a == b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Mask<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Equal(a, b);
    }
}
