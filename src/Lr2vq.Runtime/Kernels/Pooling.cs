using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>What a pool does with the elements of a window.</summary>
internal interface IPool
{
    V Initial<L, V>() where L : struct, ILanes<V> where V : struct;
    /// <summary>Takes an element.</summary>
    V Take<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct;
    /// <summary>Takes what was gathered of a column.</summary>
    V Merge<L, V>(V sum, V column) where L : struct, ILanes<V> where V : struct;
    /// <summary>Merges the lanes.</summary>
    float Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct;
}

/// <summary>Pooling of one channel, or of a block of 16: the rows of a window are gathered into one row first, then its columns.</summary>
internal static unsafe class Pooling
{
    /// <summary>Pools <paramref name="images"/> images (channels of a plain tensor, blocks of a blocked one).</summary>
    /// <param name="team">Null, or the threads that share the output rows.</param>
    /// <param name="lanes">Floats of a pixel: 1 or 16.</param>
    /// <param name="g">Only heights, widths, kernel, strides, dilations, Top and Left matter.</param>
    /// <param name="row"><see cref="RowBytes"/> of scratch for each thread.</param>
    public static void Run<TPool>(ThreadTeam? team, float* x, float* y, long images, int lanes, in ConvGeometry g, byte* row, TPool pool)
        where TPool : struct, IPool
    {
        Isa isa = Lanes.Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512) Run<Lanes512, Vector512<float>, TPool>(team, x, y, images, lanes, g, row, pool);
        else if (Vector256.IsHardwareAccelerated && isa == Isa.Vector256) Run<Lanes256, Vector256<float>, TPool>(team, x, y, images, lanes, g, row, pool);
        else if (Vector128.IsHardwareAccelerated && isa == Isa.Vector128) Run<Lanes128, Vector128<float>, TPool>(team, x, y, images, lanes, g, row, pool);
        else Run<Lanes1, float, TPool>(team, x, y, images, lanes, g, row, pool);
    }

    /// <summary>Scratch of one thread: an input row, in cache lines of its own.</summary>
    public static long RowBytes(in ConvGeometry g, int lanes) => (4L * g.InputWidth * lanes + 63) / 64 * 64;

    private static void Run<L, V, TPool>(ThreadTeam? team, float* x, float* y, long images, int lanes, in ConvGeometry g, byte* row, TPool pool)
        where L : struct, ILanes<V> where V : struct where TPool : struct, IPool =>
        Ranges.Run(team, images * g.OutputHeight, Ranges.Least((long)g.KernelHeight * g.InputWidth * lanes), new Rows<L, V, TPool>(x, y, lanes, g, row, pool));

    /// <summary>Output rows of all images.</summary>
    private readonly struct Rows<L, V, TPool>(float* x, float* y, int lanes, ConvGeometry g, byte* scratch, TPool pool) : IRange
        where L : struct, ILanes<V> where V : struct where TPool : struct, IPool
    {
        public void Do(long first, long last, int slot)
        {
            long rowFloats = (long)g.InputWidth * lanes;
            float* row = (float*)(scratch + slot * RowBytes(g, lanes)), to = y + first * g.OutputWidth * lanes;
            for (long number = first; number < last; number++, to += (long)g.OutputWidth * lanes)
            {
                int top = (int)(number % g.OutputHeight) * g.StrideY - g.Top;
                float* image = x + number / g.OutputHeight * g.InputHeight * rowFloats;
                (int begin, int end) = Inside(top, g.DilationY, g.KernelHeight, g.InputHeight);
                GatherRows<L, V, TPool>(image + (top + (long)begin * g.DilationY) * rowFloats, rowFloats, g.DilationY, end - begin, row, pool);
                if (lanes == 16) GatherColumns<L, V, TPool>(row, to, g, 16, pool);
                else GatherColumns<Lanes1, float, TPool>(row, to, g, 1, pool);
            }
        }
    }

    /// <summary>The taps whose positions start + tap·dilation lie in [0, length).</summary>
    public static (int First, int Last) Inside(int start, int dilation, int taps, int length)
    {
        int first = start >= 0 ? 0 : Math.Min(taps, (-start + dilation - 1) / dilation);
        return (first, Math.Clamp((length - start + dilation - 1) / dilation, first, taps));
    }

    [MethodImpl(Compile.Loop)]
    private static void GatherRows<L, V, TPool>(float* x, long rowFloats, int dilation, int rows, float* to, TPool pool)
        where L : struct, ILanes<V> where V : struct where TPool : struct, IPool
    {
        long i = 0, step = rowFloats * dilation;
        for (; i + L.Count <= rowFloats; i += L.Count)
        {
            V sum = pool.Initial<L, V>();
            float* at = x + i;
            for (int r = rows; r > 0; r--, at += step) sum = pool.Take<L, V>(sum, L.Load(at));
            L.Store(sum, to + i);
        }
        for (; i < rowFloats; i++)
        {
            float sum = pool.Initial<Lanes1, float>();
            float* at = x + i;
            for (int r = rows; r > 0; r--, at += step) sum = pool.Take<Lanes1, float>(sum, *at);
            to[i] = sum;
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void GatherColumns<L, V, TPool>(float* row, float* y, in ConvGeometry g, int lanes, TPool pool)
        where L : struct, ILanes<V> where V : struct where TPool : struct, IPool
    {
        int taps = g.KernelWidth, dilation = g.DilationX, width = g.InputWidth, count = g.OutputWidth, stride = g.StrideX, left = -g.Left;
        for (int ox = 0; ox < count; ox++, left += stride)
        {
            int first = 0, last = taps;
            if (left < 0 || left + (taps - 1) * dilation >= width) (first, last) = Inside(left, dilation, taps, width);
            for (int lane = 0; lane < lanes; lane += L.Count, y += L.Count)
            {
                V sum = pool.Initial<L, V>();
                float* at = row + (left + (long)first * dilation) * lanes + lane;
                for (int k = last - first; k > 0; k--, at += (long)dilation * lanes) sum = pool.Merge<L, V>(sum, L.Load(at));
                L.Store(sum, y);
            }
        }
    }
}

/// <summary>Largest element; NaN if any is.</summary>
internal readonly struct MaxOfWindow : IPool
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Initial<L, V>() where L : struct, ILanes<V> where V : struct => L.Splat(float.NegativeInfinity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Take<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Select(L.Equal(sum, sum), L.Max(sum, x), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Merge<L, V>(V sum, V column) where L : struct, ILanes<V> where V : struct => Take<L, V>(sum, column);

    // The largest lane may hide a NaN; the sum of the lanes that are NaN, else 0, does not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Largest(sum) + L.Sum(L.Select(L.Equal(sum, sum), L.Zero, sum));
}

/// <summary>Sum of the elements.</summary>
internal readonly struct SumOfWindow : IPool
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Initial<L, V>() where L : struct, ILanes<V> where V : struct => L.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Take<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct => L.Add(sum, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Merge<L, V>(V sum, V column) where L : struct, ILanes<V> where V : struct => L.Add(sum, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Total<L, V>(V sum) where L : struct, ILanes<V> where V : struct => L.Sum(sum);
}
