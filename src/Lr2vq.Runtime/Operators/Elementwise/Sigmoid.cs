using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Sigmoid: <c>y = 1 / (1 + e⁻ˣ)</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Sigmoid : ElementwiseOperator, IOperator<Sigmoid>
{
    private Sigmoid() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Sigmoid Read(StepAttributes attributes) => new();

    internal readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Sigmoid<L, V>(x);
    }
}
