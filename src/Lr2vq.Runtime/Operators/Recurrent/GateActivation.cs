using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The activation of a gate, with what ONNX calls clip before it.</summary>
internal readonly record struct GateActivation(string Name, float Alpha, float Beta, float Clip)
{
    /// <summary>The attributes acts, alphas, betas and clip of a step.</summary>
    public static GateActivation[] Read(StepAttributes attributes, params string[] absent)
    {
        string text = attributes.Text("acts", "");
        string[] names = text.Length == 0 ? absent : text.Split(',');
        float[] alphas = attributes.Floats("alphas"), betas = attributes.Floats("betas");
        float clip = attributes.Float("clip", 0f);
        var activations = new GateActivation[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            if (!IsKnown(names[i])) throw new FormatException($"Unknown activation '{names[i]}'");
            activations[i] = new(names[i], i < alphas.Length ? alphas[i] : 0f, i < betas.Length ? betas[i] : 0f, clip);
        }
        return activations;
    }

    /// <summary>True for the activations that there are.</summary>
    public static bool IsKnown(string name) => name is "Sigmoid" or "Tanh" or "Relu" or "HardSigmoid" or "LeakyRelu" or "Affine" or "ScaledTanh" or "Softsign";

    /// <summary>True for these, without parameters and without clipping.</summary>
    public static bool AreUsual(GateActivation[] activations, params ReadOnlySpan<string> names)
    {
        for (int i = 0; i < names.Length; i++)
            if (activations[i].Name != names[i] || activations[i].Clip > 0f) return false;
        return true;
    }

    /// <summary>Applies the activation to an array, in place.</summary>
    /// <param name="bounded">False where ONNX does not clip.</param>
    public unsafe void Apply(float* y, long count, bool bounded = true)
    {
        if (bounded && Clip > 0f) Lanes.Map(y, y, count, new ClipKernel(Clip));
        switch (Name)
        {
            case "Sigmoid": Lanes.Map(y, y, count, default(SigmoidKernel)); break;
            case "Tanh": Lanes.Map(y, y, count, default(TanhKernel)); break;
            case "Relu": Lanes.Map(y, y, count, new LeakyKernel(0f)); break;
            case "HardSigmoid": Lanes.Map(y, y, count, new HardSigmoidKernel(Alpha, Beta)); break;
            case "LeakyRelu": Lanes.Map(y, y, count, new LeakyKernel(Alpha)); break;
            case "Affine": Lanes.Map(y, y, count, new AffineKernel(Alpha, Beta)); break;
            case "ScaledTanh": Lanes.Map(y, y, count, new ScaledTanhKernel(Alpha, Beta)); break;
            case "Softsign": Lanes.Map(y, y, count, default(SoftsignKernel)); break;
        }
    }

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly struct ClipKernel(float bound) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Min(L.Splat(bound), L.Max(L.Splat(-bound), x));
    }

    private readonly struct SigmoidKernel : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Sigmoid<L, V>(x);
    }

    private readonly struct TanhKernel : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Tanh<L, V>(x);
    }

    private readonly struct LeakyKernel(float slope) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Select(L.Less(x, L.Zero), L.Mul(x, L.Splat(slope)), x);
    }

    private readonly struct HardSigmoidKernel(float alpha, float beta) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Min(L.Splat(1f), L.Max(L.Zero, L.Fma(x, L.Splat(alpha), L.Splat(beta))));
    }

    private readonly struct AffineKernel(float alpha, float beta) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Fma(x, L.Splat(alpha), L.Splat(beta));
    }

    private readonly struct ScaledTanhKernel(float alpha, float beta) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(L.Splat(alpha), LaneMath.Tanh<L, V>(L.Mul(L.Splat(beta), x)));
    }

    private readonly struct SoftsignKernel : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Div(x, L.Add(L.Splat(1f), L.Abs(x)));
    }
}
