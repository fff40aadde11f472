using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Sums over a contiguous row and what normalisations do with them. Two passes; stretches of 1024 elements are joined in double.</summary>
internal static unsafe class Moments
{
    private const int Stretch = 1024;

    /// <summary>Mean of (x − shift), and mean of its square.</summary>
    public static (double Mean, double MeanSquare) Of(float* x, long count, float shift)
    {
        Isa isa = Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && count >= 32) return Of<Lanes512, Vector512<float>>(x, count, shift);
        if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && count >= 16) return Of<Lanes256, Vector256<float>>(x, count, shift);
        if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && count >= 8) return Of<Lanes128, Vector128<float>>(x, count, shift);
        return Of<Lanes1, float>(x, count, shift);
    }

    /// <summary>Mean and variance (by n) of a row.</summary>
    public static (double Mean, double Variance) MeanAndVariance(float* x, long count)
    {
        // The second pass is about the rounded mean of the first: no cancellation, and the rest of the mean is known.
        double mean = Of(x, count, 0f).Mean;
        float shift = (float)mean;
        (double rest, double square) = Of(x, count, shift);
        return (shift + rest, Math.Max(0, square - rest * rest));
    }

    /// <summary>y = (x − mean)·scale + bias. The difference first: a large scale must not meet a large x.</summary>
    public static void Affine(float* x, float* y, long count, double mean, double scale, float bias) =>
        Lanes.Map(x, y, count, new AffineKernel((float)mean, (float)scale, bias));

    /// <summary>y = ((x − mean)·factor)·scale + bias, where scale and bias are rows; bias may be null.</summary>
    public static void Normalise(float* x, float* y, float* scale, float* bias, long count, float mean, float factor)
    {
        Isa isa = Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && count >= 16)
            Normalise<Lanes512, Vector512<float>>(x, y, scale, bias, count, mean, factor);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && count >= 8)
            Normalise<Lanes256, Vector256<float>>(x, y, scale, bias, count, mean, factor);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && count >= 4)
            Normalise<Lanes128, Vector128<float>>(x, y, scale, bias, count, mean, factor);
        else Normalise<Lanes1, float>(x, y, scale, bias, count, mean, factor);
    }

    [MethodImpl(Compile.Loop)]
    private static (double Mean, double MeanSquare) Of<L, V>(float* x, long count, float shift) where L : struct, ILanes<V> where V : struct
    {
        double sum = 0, square = 0;
        V s = L.Splat(shift);
        long i = 0;
        while (i + 2 * L.Count <= count)
        {
            V a = L.Zero, b = L.Zero, aa = L.Zero, bb = L.Zero;
            long end = Math.Min(count, i + Stretch);
            for (; i + 2 * L.Count <= end; i += 2 * L.Count)
            {
                V p = L.Sub(L.Load(x + i), s), q = L.Sub(L.Load(x + i + L.Count), s);
                a = L.Add(a, p);
                b = L.Add(b, q);
                aa = L.Fma(p, p, aa);
                bb = L.Fma(q, q, bb);
            }
            sum += L.Sum(L.Add(a, b));
            square += L.Sum(L.Add(aa, bb));
        }
        for (; i < count; i++)
        {
            double d = x[i] - shift;
            sum += d;
            square += d * d;
        }
        return (sum / count, square / count);
    }

    [MethodImpl(Compile.Loop)]
    private static void Normalise<L, V>(float* x, float* y, float* scale, float* bias, long count, float mean, float factor)
        where L : struct, ILanes<V> where V : struct
    {
        V m = L.Splat(mean), f = L.Splat(factor);
        long i = 0;
        for (; i + L.Count <= count; i += L.Count)
        {
            V normal = L.Mul(L.Sub(L.Load(x + i), m), f), gain = scale != null ? L.Load(scale + i) : L.Splat(1f);
            L.Store(bias != null ? L.Fma(normal, gain, L.Load(bias + i)) : L.Mul(normal, gain), y + i);
        }
        for (; i < count; i++)
        {
            float normal = (x[i] - mean) * factor * (scale != null ? scale[i] : 1f);
            y[i] = bias != null ? normal + bias[i] : normal;
        }
    }

    private readonly struct AffineKernel(float mean, float scale, float bias) : IUnaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct =>
            L.Fma(L.Sub(x, L.Splat(mean)), L.Splat(scale), L.Splat(bias));
    }
}
