using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Kernels;

namespace Lr2vq.Benchmarks;

/// <summary>Whether a thread has its core for itself at this moment. Virtual processors share one with those of others now and then, for
/// hundredths of a second up to many seconds; multiply-adds in registers hardly show it, but with a load for each they take up to twice as long.</summary>
internal static unsafe class OwnCore
{
    private const int Floats = 2048, Turns = 2000, Trials = 3, FirstTrials = 20, Pause = 10;
    /// <summary>How much slower than ever before the loop may be.</summary>
    private const double Slower = 1.04;
    private static readonly PatientMeasurement s_patient = new(Is, Pause, patience: 2, allPatience: 120);
    private static double s_best;
    private static int s_measured, s_own;
    private static float s_sink;

    /// <summary>Part of the measurements that had a core of their own from beginning to end.</summary>
    public static double Share => s_measured == 0 ? 0 : (double)s_own / s_measured;

    /// <summary>Measures something while this thread has its core for itself; as it is, once patience has ended.</summary>
    /// <returns>True if it was so from beginning to end.</returns>
    public static bool Measure(Action program) => s_patient.Measure(program);

    /// <summary>True if this thread computes as fast as it ever did.</summary>
    public static bool Is() => Is(Time());

    /// <summary>True if the loop has never been much faster than that.</summary>
    public static bool Is(double milliseconds)
    {
        if (s_best == 0)
        {
            s_best = milliseconds;
            for (int i = 0; i < FirstTrials; i++)
            {
                s_best = Math.Min(s_best, Time());
                Thread.Sleep(Pause);
            }
        }
        s_best = Math.Min(s_best, milliseconds);
        return milliseconds <= s_best * Slower;
    }

    /// <summary>A measurement is done.</summary>
    public static void Count(bool own)
    {
        s_measured++;
        if (own) s_own++;
    }

    /// <summary>Milliseconds of the loop on this thread, the best of some.</summary>
    public static double Time()
    {
        float* values = stackalloc float[Floats + 16];
        values = (float*)(((nint)values + 63) & ~(nint)63);
        new Span<float>(values, Floats).Clear();
        double best = double.PositiveInfinity;
        for (int i = 0; i < Trials; i++)
        {
            long start = Stopwatch.GetTimestamp();
            s_sink = Lanes.Widest switch
            {
                >= Isa.Vector256 => Loop<Lanes256, Vector256<float>>(values),
                Isa.Vector128 => Loop<Lanes128, Vector128<float>>(values),
                _ => Loop<Lanes1, float>(values),
            };
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Loop<L, V>(float* values) where L : struct, ILanes<V> where V : struct
    {
        V x = L.Splat(0.5f);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        int step = 8 * L.Count;
        for (int turn = Turns * L.Count / 8; turn > 0; turn--)
            for (int i = 0; i < Floats; i += step)
            {
                float* from = values + i;
                a = L.Fma(L.Load(from), x, a);
                b = L.Fma(L.Load(from + L.Count), x, b);
                c = L.Fma(L.Load(from + 2 * L.Count), x, c);
                d = L.Fma(L.Load(from + 3 * L.Count), x, d);
                e = L.Fma(L.Load(from + 4 * L.Count), x, e);
                f = L.Fma(L.Load(from + 5 * L.Count), x, f);
                g = L.Fma(L.Load(from + 6 * L.Count), x, g);
                h = L.Fma(L.Load(from + 7 * L.Count), x, h);
            }
        return L.Sum(L.Add(L.Add(L.Add(a, b), L.Add(c, d)), L.Add(L.Add(e, f), L.Add(g, h))));
    }
}
