using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Pools whole images into one pixel.</summary>
internal static unsafe class GlobalPooling
{
    /// <param name="team">Null, or the threads that share the images.</param>
    /// <param name="lanes">Floats of a pixel: 1 (plain) or 16 (blocked); y gets that many floats for each image.</param>
    public static void Run<TPool>(ThreadTeam? team, float* x, float* y, long images, long pixels, int lanes, TPool pool) where TPool : struct, IPool
    {
        Isa isa = Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Run<Lanes512, Vector512<float>, TPool>(team, x, y, images, pixels, lanes, pool);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) Run<Lanes256, Vector256<float>, TPool>(team, x, y, images, pixels, lanes, pool);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) Run<Lanes128, Vector128<float>, TPool>(team, x, y, images, pixels, lanes, pool);
        else Run<Lanes1, float, TPool>(team, x, y, images, pixels, lanes, pool);
    }

    private static void Run<L, V, TPool>(ThreadTeam? team, float* x, float* y, long images, long pixels, int lanes, TPool pool)
        where L : struct, ILanes<V> where V : struct where TPool : struct, IPool =>
        Ranges.Run(team, images, Ranges.LeastMoved(pixels * lanes), new Images<L, V, TPool>(x, y, pixels, lanes, pool));

    private readonly struct Images<L, V, TPool>(float* x, float* y, long pixels, int lanes, TPool pool) : IRange
        where L : struct, ILanes<V> where V : struct where TPool : struct, IPool
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            float* image = x + first * pixels * lanes, to = y + first * lanes;
            for (long number = first; number < last; number++, image += pixels * lanes)
            {
                if (lanes == 1)
                {
                    *to++ = One<L, V, TPool>(image, pixels, pool);
                    continue;
                }
                for (int lane = 0; lane < 16; lane += L.Count, to += L.Count)
                {
                    // Four sums hide the latency of the additions.
                    V a = pool.Initial<L, V>(), b = a, c = a, d = a;
                    float* at = image + lane;
                    long left = pixels;
                    for (; left >= 4; left -= 4, at += 64)
                    {
                        a = pool.Take<L, V>(a, L.Load(at));
                        b = pool.Take<L, V>(b, L.Load(at + 16));
                        c = pool.Take<L, V>(c, L.Load(at + 32));
                        d = pool.Take<L, V>(d, L.Load(at + 48));
                    }
                    for (; left > 0; left--, at += 16) a = pool.Take<L, V>(a, L.Load(at));
                    L.Store(pool.Merge<L, V>(pool.Merge<L, V>(a, b), pool.Merge<L, V>(c, d)), to);
                }
            }
        }
    }

    [MethodImpl(Compile.Loop)]
    private static float One<L, V, TPool>(float* x, long pixels, TPool pool) where L : struct, ILanes<V> where V : struct where TPool : struct, IPool
    {
        V a = pool.Initial<L, V>(), b = a, c = a, d = a;
        long i = 0;
        for (; i + 4 * L.Count <= pixels; i += 4 * L.Count)
        {
            a = pool.Take<L, V>(a, L.Load(x + i));
            b = pool.Take<L, V>(b, L.Load(x + i + L.Count));
            c = pool.Take<L, V>(c, L.Load(x + i + 2 * L.Count));
            d = pool.Take<L, V>(d, L.Load(x + i + 3 * L.Count));
        }
        float sum = pool.Total<L, V>(pool.Merge<L, V>(pool.Merge<L, V>(a, b), pool.Merge<L, V>(c, d)));
        for (; i < pixels; i++) sum = pool.Take<Lanes1, float>(sum, x[i]);
        return sum;
    }
}
