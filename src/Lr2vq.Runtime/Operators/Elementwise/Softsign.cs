using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Softsign: <c>y = x / (1 + |x|)</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Softsign : ElementwiseOperator, IOperator<Softsign>
{
    private Softsign() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Softsign Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Div(x, L.Add(L.Abs(x), L.Splat(1f)));
    }
}
