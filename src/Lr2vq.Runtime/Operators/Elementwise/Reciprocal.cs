using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Reciprocal: <c>y = 1 / x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Reciprocal : ElementwiseOperator, IOperator<Reciprocal>
{
    private Reciprocal() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Reciprocal Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Div(L.Splat(1f), x);
    }
}
