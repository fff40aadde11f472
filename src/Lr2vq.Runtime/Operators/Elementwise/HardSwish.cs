using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX HardSwish: <c>y = x·max(0, min(1, x/6 + 1/2))</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class HardSwish : ElementwiseOperator, IOperator<HardSwish>
{
    private HardSwish() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static HardSwish Read(StepAttributes attributes) => new();

    internal readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Mul(x, L.Max(L.Zero, L.Min(L.Splat(1f), L.Fma(x, L.Splat(1f / 6f), L.Splat(0.5f)))));
    }
}
