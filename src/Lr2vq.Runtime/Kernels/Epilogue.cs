using System;
using System.Runtime.CompilerServices;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Activations that may follow a convolution or a product in the same step.</summary>
internal enum Activation
{
    None,
    /// <summary>max(min(x, B), A); Relu is [0, ∞).</summary>
    Clip,
    /// <summary>x · max(0, min(1, x/6 + 1/2)) + A.</summary>
    HardSwish,
    /// <summary>max(0, min(1, A·x + B)).</summary>
    HardSigmoid,
    Sigmoid,
    /// <summary>x · sigmoid(x).</summary>
    Silu,
    /// <summary>x, or A·x below 0.</summary>
    LeakyRelu,
}

/// <summary>What happens to a sum before it is stored: the attributes <c>act</c> and <c>actp</c> of a step.</summary>
internal readonly record struct Epilogue(Activation Activation, float A = 0f, float B = 0f)
{
    public static Epilogue Read(StepAttributes attributes)
    {
        string name = attributes.Text("act", "none");
        float[] p = attributes.Floats("actp");
        float Parameter(int i, float absent) => i < p.Length ? p[i] : absent;
        return name switch
        {
            "none" => default,
            "relu" => new(Activation.Clip, 0f, float.PositiveInfinity),
            "clip" => new(Activation.Clip, Parameter(0, float.NegativeInfinity), Parameter(1, float.PositiveInfinity)),
            "hardswish" => new(Activation.HardSwish),
            "hardswishadd" => new(Activation.HardSwish, Parameter(0, 0f)),
            "hardsigmoid" => new(Activation.HardSigmoid, Parameter(0, 0.2f), Parameter(1, 0.5f)),
            "sigmoid" => new(Activation.Sigmoid),
            "silu" => new(Activation.Silu),
            "leakyrelu" => new(Activation.LeakyRelu, Parameter(0, 0.01f)),
            _ => throw new FormatException($"Unknown activation '{name}'"),
        };
    }

    /// <summary>True if a tile does it before its store; otherwise <see cref="Apply"/> follows.</summary>
    public bool InTile => Activation is Activation.None or Activation.Clip or Activation.HardSwish;

    /// <summary>True if 0 stays 0, so that the pad lanes of a blocked tensor need no clearing.</summary>
    public bool KeepsZero => Activation switch
    {
        Activation.Clip => A <= 0f && B >= 0f,
        Activation.HardSwish => A == 0f,
        Activation.HardSigmoid => B <= 0f,
        Activation.Sigmoid => false,
        _ => true,
    };

    public void Configure(ref Tile tile)
    {
        tile.Activation = Activation switch
        {
            Activation.Clip => TileActivation.Clamp,
            Activation.HardSwish => TileActivation.HardSwish,
            _ => TileActivation.None,
        };
        (tile.Low, tile.High) = (A, B);
    }

    /// <summary>Applies the activation to an array, in place.</summary>
    public unsafe void Apply(float* y, long count)
    {
        switch (Activation)
        {
            case Activation.Clip: Lanes.Map(y, y, count, new ClipKernel(A, B)); break;
            case Activation.HardSwish: Lanes.Map(y, y, count, new HardSwishKernel(A)); break;
            case Activation.HardSigmoid: Lanes.Map(y, y, count, new HardSigmoidKernel(A, B)); break;
            case Activation.Sigmoid: Lanes.Map(y, y, count, default(SigmoidKernel)); break;
            case Activation.Silu: Lanes.Map(y, y, count, default(SiluKernel)); break;
            case Activation.LeakyRelu: Lanes.Map(y, y, count, new LeakyReluKernel(A)); break;
        }
    }

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly struct ClipKernel(float low, float high) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Min(L.Splat(high), L.Max(L.Splat(low), x));
    }

    private readonly struct HardSwishKernel(float offset) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Fma(x, L.Min(L.Splat(1f), L.Max(L.Zero, L.Fma(x, L.Splat(1f / 6f), L.Splat(0.5f)))), L.Splat(offset));
    }

    private readonly struct HardSigmoidKernel(float alpha, float beta) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Min(L.Splat(1f), L.Max(L.Zero, L.Fma(x, L.Splat(alpha), L.Splat(beta))));
    }

    private readonly struct SigmoidKernel : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => LaneMath.Sigmoid<L, V>(x);
    }

    private readonly struct SiluKernel : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => L.Mul(x, LaneMath.Sigmoid<L, V>(x));
    }

    private readonly struct LeakyReluKernel(float alpha) : IUnaryKernel
    {
        [MethodImpl(Inline)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Select(L.Less(x, L.Zero), L.Mul(x, L.Splat(alpha)), x);
    }
}
