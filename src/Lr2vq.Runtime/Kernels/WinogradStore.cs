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
            a = L.AddFrom(a, residual);
            b = L.AddFrom(b, residual + 16);
            c = L.AddFrom(c, residual + 32);
            d = L.AddFrom(d, residual + 48);
        }
        if (t->Activation == TileActivation.Clamp)
        {
            V low = L.Splat(t->Low), high = L.Splat(t->High);
            a = L.Clamp(low, high, a);
            b = L.Clamp(low, high, b);
            c = L.Clamp(low, high, c);
            d = L.Clamp(low, high, d);
        }
        L.Store(a, y);
        L.Store(b, y + 16);
        L.Store(c, y + 32);
        L.Store(d, y + 48);
        if (t->Activation == TileActivation.HardSwish) TileHardSwish.Apply<L, V>(y, 1, 4, 0, 16, t->Low);
    }

    /// <summary>Two neighbouring pixels.</summary>
    [MethodImpl(Inline)]
    public static void Two<L, V>(V a, V b, WinogradOutput* t, float* y, float* residual) where L : struct, ILanes<V> where V : struct
    {
        if (residual != null)
        {
            a = L.AddFrom(a, residual);
            b = L.AddFrom(b, residual + 16);
        }
        if (t->Activation == TileActivation.Clamp)
        {
            V low = L.Splat(t->Low), high = L.Splat(t->High);
            a = L.Clamp(low, high, a);
            b = L.Clamp(low, high, b);
        }
        L.Store(a, y);
        L.Store(b, y + 16);
        if (t->Activation == TileActivation.HardSwish) TileHardSwish.Apply<L, V>(y, 1, 2, 0, 16, t->Low);
    }
}
