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
        foreach (Isa isa in new[] { Isa.Vector512, Isa.Vector256, Isa.Vector128, Isa.Scalar })
            if (isa <= Lanes.Widest)
                Console.WriteLine($"{isa,-10}{GigaFlops(isa, Interleaved.Milliseconds(options.Rounds, wall: false, Program(isa))[0]),8:F1} GFLOP/s");
        return 0;
    }

    /// <summary>Multiply-adds of one width in independent chains, to be timed beside others.</summary>
    public static Action Program(Isa isa)
    {
        Func<float> chain = isa switch
        {
            Isa.Vector512 => Chain<Lanes512, Vector512<float>>,
            Isa.Vector256 => Chain<Lanes256, Vector256<float>>,
            Isa.Vector128 => Chain<Lanes128, Vector128<float>>,
            _ => Chain<Lanes1, float>,
        };
        return () => s_sink = chain();
    }

    /// <summary>What a program that took so long has shown.</summary>
    public static double GigaFlops(Isa isa, double milliseconds) => Turns * 12.0 * (int)isa * 2 / milliseconds / 1e6;

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
