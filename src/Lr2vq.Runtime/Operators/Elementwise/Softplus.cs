using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Softplus: <c>y = ln(1 + eˣ)</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Softplus : ElementwiseOperator, IOperator<Softplus>
{
    private Softplus() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Softplus Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Softplus<L, V>(x);
    }
}
