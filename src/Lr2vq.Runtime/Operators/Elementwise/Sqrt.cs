using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Sqrt: <c>y = √x</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Sqrt : ElementwiseOperator, IOperator<Sqrt>
{
    private Sqrt() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Sqrt Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Sqrt(x);
    }
}
