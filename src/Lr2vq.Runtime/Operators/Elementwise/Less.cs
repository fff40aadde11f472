using System.Numerics;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Less: <c>y = a &lt; b</c>.</summary>
/// <remarks>(a, b) → (y), f32, i32, i64 or u64 to bool, broadcast, plain. No attributes.</remarks>
public sealed class Less : BroadcastOperator, IOperator<Less>
{
    private Less() : base(new ComparisonLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Less Read(StepAttributes attributes) => new();

    internal readonly struct Kernel : IComparison
    {
        public bool Apply<T>(T a, T b) where T : struct, INumber<T> => a < b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Mask<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct => L.Less(a, b);
    }
}
