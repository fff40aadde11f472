using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Mish: <c>y = x·tanh(ln(1 + eˣ))</c>, element by element.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. No attributes.</remarks>
public sealed class Mish : ElementwiseOperator, IOperator<Mish>
{
    private Mish() : base(new FloatLoop<Kernel>()) { }

    /// <inheritdoc/>
    public static Mish Read(StepAttributes attributes) => new();

    private readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct
        {
            // tanh(ln(1 + e)) = e·(e + 2) / (e·(e + 2) + 2); from 20 on it is 1, and e² stays finite.
            V e = LaneMath.Exp<L, V>(L.Min(L.Splat(20f), x));
            V n = L.Mul(e, L.Add(e, L.Splat(2f)));
            return L.Mul(x, L.Div(n, L.Add(n, L.Splat(2f))));
        }
    }
}
