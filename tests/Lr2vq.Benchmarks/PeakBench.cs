using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Benchmarks;

/// <summary>What the machine can do: fused multiply-adds of each width, in independent chains.</summary>
internal static unsafe class PeakBench
{
    private const int Turns = 100_000;
    private static float s_sink;

    public static int Run(BenchmarkOptions options)
    {
        foreach ((string name, Func<float> chain, int lanes) in new (string, Func<float>, int)[]
        {
            ("512 bits", Chain<Lanes512, Vector512<float>>, 16), ("256 bits", Chain<Lanes256, Vector256<float>>, 8),
            ("128 bits", Chain<Lanes128, Vector128<float>>, 4), ("scalar", Chain<Lanes1, float>, 1),
        })
        {
            if (lanes > (int)Lanes.Widest) continue;
            double ms = Interleaved.Milliseconds(options.Rounds, wall: false, () => s_sink = chain())[0];
            Console.WriteLine($"{name,-10}{Turns * 12.0 * lanes * 2 / ms / 1e6,8:F1} GFLOP/s");
        }
        return 0;
    }

    /// <summary>GFLOP/s of the widest vectors.</summary>
    public static double Widest(int rounds)
    {
        Func<float> chain = Lanes.Widest switch
        {
            Isa.Vector512 => Chain<Lanes512, Vector512<float>>,
            Isa.Vector256 => Chain<Lanes256, Vector256<float>>,
            Isa.Vector128 => Chain<Lanes128, Vector128<float>>,
            _ => Chain<Lanes1, float>,
        };
        return Turns * 12.0 * (int)Lanes.Widest * 2 / Interleaved.Milliseconds(rounds, wall: false, () => s_sink = chain())[0] / 1e6;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Chain<L, V>() where L : struct, ILanes<V> where V : struct
    {
        V x = L.Splat(0.999f), y = L.Splat(0.001f);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int turn = 0; turn < Turns; turn++)
        {
            a = L.Fma(a, x, y);
            b = L.Fma(b, x, y);
            c = L.Fma(c, x, y);
            d = L.Fma(d, x, y);
            e = L.Fma(e, x, y);
            f = L.Fma(f, x, y);
            g = L.Fma(g, x, y);
            h = L.Fma(h, x, y);
            i = L.Fma(i, x, y);
            j = L.Fma(j, x, y);
            k = L.Fma(k, x, y);
            l = L.Fma(l, x, y);
        }
        return L.Sum(L.Add(L.Add(L.Add(a, b), L.Add(c, d)), L.Add(L.Add(e, f), L.Add(L.Add(g, h), L.Add(L.Add(i, j), L.Add(k, l))))));
    }
}
