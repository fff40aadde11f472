using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>What follows an output transform: residual, activation, the only store.</summary>
internal static unsafe class WinogradStore
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Four neighbouring pixels.</summary>
    [MethodImpl(Inline)]
    public static void Four<L, V>(V a, V b, V c, V d, WinogradOutput* t, float* y, float* residual) where L : struct, ILanes<V> where V : struct
    {
        if (residual != null)
        {
            a = L.Add(a, L.Load(residual));
            b = L.Add(b, L.Load(residual + 16));
            c = L.Add(c, L.Load(residual + 32));
            d = L.Add(d, L.Load(residual + 48));
        }
        if (t->Activation == TileActivation.Clamp)
        {
            V low = L.Splat(t->Low), high = L.Splat(t->High);
            a = L.Min(high, L.Max(low, a));
            b = L.Min(high, L.Max(low, b));
            c = L.Min(high, L.Max(low, c));
            d = L.Min(high, L.Max(low, d));
        }
        else if (t->Activation == TileActivation.HardSwish)
        {
            a = HardSwish<L, V>(a);
            b = HardSwish<L, V>(b);
            c = HardSwish<L, V>(c);
            d = HardSwish<L, V>(d);
        }
        L.Store(a, y);
        L.Store(b, y + 16);
        L.Store(c, y + 32);
        L.Store(d, y + 48);
    }

    /// <summary>Two neighbouring pixels.</summary>
    [MethodImpl(Inline)]
    public static void Two<L, V>(V a, V b, WinogradOutput* t, float* y, float* residual) where L : struct, ILanes<V> where V : struct
    {
        if (residual != null)
        {
            a = L.Add(a, L.Load(residual));
            b = L.Add(b, L.Load(residual + 16));
        }
        if (t->Activation == TileActivation.Clamp)
        {
            V low = L.Splat(t->Low), high = L.Splat(t->High);
            a = L.Min(high, L.Max(low, a));
            b = L.Min(high, L.Max(low, b));
        }
        else if (t->Activation == TileActivation.HardSwish)
        {
            a = HardSwish<L, V>(a);
            b = HardSwish<L, V>(b);
        }
        L.Store(a, y);
        L.Store(b, y + 16);
    }

    [MethodImpl(Inline)]
    private static V HardSwish<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
        L.Mul(x, L.Min(L.Splat(1f), L.Max(L.Zero, L.Fma(x, L.Splat(1f / 6f), L.Splat(0.5f)))));
}
