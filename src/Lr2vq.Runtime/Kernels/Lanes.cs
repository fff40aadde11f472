using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>The only place that asks which vectors the machine has, and the drivers of elementwise kernels.</summary>
internal static unsafe class Lanes
{
    [ThreadStatic] private static Isa t_forced;

    /// <summary>The widest vectors that hardware has.</summary>
    public static Isa Widest =>
        Vector512.IsHardwareAccelerated ? Isa.Vector512
        : Vector256.IsHardwareAccelerated ? Isa.Vector256
        : Vector128.IsHardwareAccelerated ? Isa.Vector128
        : Isa.Scalar;

    /// <summary>The family in use on this thread: <see cref="Widest"/>, unless a test forces a narrower one.</summary>
    public static Isa Isa
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Isa forced = t_forced;
            return forced == 0 ? Widest : forced;
        }
    }

    /// <summary>For tests: models loaded and kernels run on this thread use <paramref name="isa"/> until the result is disposed.</summary>
    public static Forced Force(Isa isa)
    {
        Isa before = t_forced;
        t_forced = isa > Widest ? Widest : isa;
        return new Forced(before);
    }

    /// <summary>y[i] = kernel(x[i]). y is x, or does not overlap it.</summary>
    public static void Map<TKernel>(float* x, float* y, long count, TKernel kernel) where TKernel : struct, IUnaryKernel
    {
        Isa isa = Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && count >= 16)
            Map<Lanes512, Vector512<float>, TKernel>(x, y, count, kernel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && count >= 8)
            Map<Lanes256, Vector256<float>, TKernel>(x, y, count, kernel);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && count >= 4)
            Map<Lanes128, Vector128<float>, TKernel>(x, y, count, kernel);
        else
            Map<Lanes1, float, TKernel>(x, y, count, kernel);
    }

    /// <summary>y[i] = kernel(a[i], b[i]). y is a or b, or does not overlap them.</summary>
    public static void Map2<TKernel>(float* a, float* b, float* y, long count, TKernel kernel) where TKernel : struct, IBinaryKernel
    {
        Isa isa = Isa;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && count >= 16)
            Map2<Lanes512, Vector512<float>, TKernel>(a, b, y, count, kernel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && count >= 8)
            Map2<Lanes256, Vector256<float>, TKernel>(a, b, y, count, kernel);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && count >= 4)
            Map2<Lanes128, Vector128<float>, TKernel>(a, b, y, count, kernel);
        else
            Map2<Lanes1, float, TKernel>(a, b, y, count, kernel);
    }

    /// <summary>y[i] = kernel(a[i], b) for one number b.</summary>
    public static void MapRight<TKernel>(float* a, float b, float* y, long count, TKernel kernel) where TKernel : struct, IBinaryKernel =>
        Map(a, y, count, new RightBound<TKernel>(kernel, b));

    /// <summary>y[i] = kernel(a, b[i]) for one number a.</summary>
    public static void MapLeft<TKernel>(float a, float* b, float* y, long count, TKernel kernel) where TKernel : struct, IBinaryKernel =>
        Map(b, y, count, new LeftBound<TKernel>(kernel, a));

    /// <summary>Any width; tests call this with every L.</summary>
    [MethodImpl(Compile.Loop)]
    public static void Map<L, V, TKernel>(float* x, float* y, long count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IUnaryKernel
    {
        if (count < L.Count)
        {
            for (long i = 0; i < count; i++) y[i] = kernel.Apply<Lanes1, float>(x[i]);
            return;
        }
        // The last vector may overlap its neighbour; then it is computed first because x and y may be the same memory.
        bool whole = count % L.Count == 0;
        V last = whole ? default : kernel.Apply<L, V>(L.Load(x + count - L.Count));
        for (long i = 0; i + L.Count <= count; i += L.Count) L.Store(kernel.Apply<L, V>(L.Load(x + i)), y + i);
        if (!whole) L.Store(last, y + count - L.Count);
    }

    /// <summary>Any width; tests call this with every L.</summary>
    [MethodImpl(Compile.Loop)]
    public static void Map2<L, V, TKernel>(float* a, float* b, float* y, long count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        if (count < L.Count)
        {
            for (long i = 0; i < count; i++) y[i] = kernel.Apply<Lanes1, float>(a[i], b[i]);
            return;
        }
        bool whole = count % L.Count == 0;
        V last = whole ? default : kernel.Apply<L, V>(L.Load(a + count - L.Count), L.Load(b + count - L.Count));
        for (long i = 0; i + L.Count <= count; i += L.Count)
            L.Store(kernel.Apply<L, V>(L.Load(a + i), L.Load(b + i)), y + i);
        if (!whole) L.Store(last, y + count - L.Count);
    }

    /// <summary>Ends what <see cref="Force"/> began.</summary>
    public readonly ref struct Forced(Isa before)
    {
        public void Dispose() => t_forced = before;
    }

    private readonly struct RightBound<TKernel>(TKernel kernel, float b) : IUnaryKernel where TKernel : struct, IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => kernel.Apply<L, V>(x, L.Splat(b));
    }

    private readonly struct LeftBound<TKernel>(TKernel kernel, float a) : IUnaryKernel where TKernel : struct, IBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<L, V>(V x) where L : struct, ILanes<V> where V : struct => kernel.Apply<L, V>(L.Splat(a), x);
    }
}
