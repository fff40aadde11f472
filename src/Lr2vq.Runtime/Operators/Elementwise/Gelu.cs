using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Gelu: <c>y = x·Φ(x)</c>, element by element, where Φ is the normal distribution.</summary>
/// <remarks>(x) → (y), f32, plain or blocked; y may be the memory of x. Attribute approximate (none or tanh; none).</remarks>
public sealed class Gelu : ElementwiseOperator, IOperator<Gelu>
{
    private Gelu(ElementLoop loop) : base(loop) { }

    /// <inheritdoc/>
    public static Gelu Read(StepAttributes attributes) => new(attributes.Text("approximate", "none") switch
    {
        "none" => new FloatLoop<Kernel>(),
        "tanh" => new FloatLoop<TanhKernel>(),
        string other => throw new FormatException($"Approximation '{other}' is not known."),
    });

    private readonly struct Kernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct
        {
            V half = L.Splat(0.5f);
            return L.Mul(x, L.Fma(half, LaneMath.Erf<L, V>(L.Mul(x, L.Splat(0.707106781f))), half));
        }
    }

    private readonly struct TanhKernel : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct
        {
            // √(2/π)·(x + 0.044715·x³)
            V inner = L.Mul(x, L.Fma(L.Mul(x, x), L.Splat(0.035677408f), L.Splat(0.797884561f))), half = L.Splat(0.5f);
            return L.Mul(x, L.Fma(half, LaneMath.Tanh<L, V>(inner), half));
        }
    }
}
