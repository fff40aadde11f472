using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

internal static partial class LaneMath
{
    /// <summary>erf x, error ≤ 2 ulp.</summary>
    /// <remarks>x + x·P(x²) below 0.93, 1 − exp(−t − t·Q(t)) above; both polynomials are minimax fits. From 4 on the result is 1.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<L, V>(V x) where L : struct, ILanes<V> where V : struct
    {
        V sign = L.And(x, L.Splat(-0f)), size = L.Abs(x), square = L.Mul(x, x);
        V p = L.Splat(-0.000595374149f);
        p = L.Fma(p, square, L.Splat(0.00498594064f));
        p = L.Fma(p, square, L.Splat(-0.02676172f));
        p = L.Fma(p, square, L.Splat(0.112816826f));
        p = L.Fma(p, square, L.Splat(-0.376124799f));
        p = L.Fma(p, square, L.Splat(0.128379151f));
        V small = L.Fma(p, x, x);

        V t = L.Min(L.Splat(4f), size);
        V q = L.Splat(1.15223065e-05f);
        q = L.Fma(q, t, L.Splat(-0.000325652887f));
        q = L.Fma(q, t, L.Splat(0.00365376472f));
        q = L.Fma(q, t, L.Splat(-0.023785349f));
        q = L.Fma(q, t, L.Splat(0.106263146f));
        q = L.Fma(q, t, L.Splat(0.635135889f));
        q = L.Fma(q, t, L.Splat(0.128652155f));
        V large = L.Sub(L.Splat(1f), ExpWithin<L, V>(L.Neg(L.Fma(q, t, t))));
        return L.Select(L.Less(size, L.Splat(0.93f)), small, L.Or(large, sign));
    }
}
