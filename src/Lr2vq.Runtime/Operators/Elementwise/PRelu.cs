using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX PRelu: <c>y = x &lt; 0 ? slope·x : x</c>.</summary>
/// <remarks>(x, slope) → (y), f32; slope is broadcast; layouts as for <see cref="Add"/>; y may be the memory of x. No attributes.</remarks>
public sealed class PRelu : BroadcastOperator, IOperator<PRelu>
{
    private PRelu() : base(new BinaryLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static PRelu Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V a, V b) where L : struct, ILanes<V> where V : struct =>
            L.Select(L.Less(a, L.Zero), L.Mul(a, b), a);
    }
}
