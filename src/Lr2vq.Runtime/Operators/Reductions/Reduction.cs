using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Runs reductions. Floats are accumulated in vectors over stretches of elements, the stretches in double, so that long sums stay exact to a few units in
/// the last place.</summary>
internal static unsafe class Reduction
{
    /// <summary>A stretch of most kernels, and how many rows are accumulated before they are joined.</summary>
    public const int Stretch = 1024, Rows = 64;
    /// <summary>Columns that threads share are multiples of this.</summary>
    private const int Group = 16;
    /// <summary>Columns whose sums stay in the first-level cache while rows pass by.</summary>
    private const int Wide = 1024;

    public static void Run<TKernel>(ThreadTeam? team, ReductionPlan plan, float* x, float* y, long length, TKernel kernel) where TKernel : struct, IReductionKernel
    {
        if (length == 0) return;
        if (plan.Count == 0)
        {
            // There is nothing to read: the sum of no numbers is 0, their largest −∞.
            new Span<float>(y, checked((int)length)).Fill((float)kernel.Finish(kernel.Identity, 0));
            return;
        }
        Isa isa = Lanes.Isa;
        long inner = plan.Inner;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && inner >= 16)
            Run<Lanes512, Vector512<float>, TKernel>(team, plan, x, y, kernel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && inner >= 8)
            Run<Lanes256, Vector256<float>, TKernel>(team, plan, x, y, kernel);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && inner >= 4)
            Run<Lanes128, Vector128<float>, TKernel>(team, plan, x, y, kernel);
        else
            Run<Lanes1, float, TKernel>(team, plan, x, y, kernel);
    }

    private static void Run<L, V, TKernel>(ThreadTeam? team, ReductionPlan plan, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        long kept = ReductionPlan.Product(plan.KeptSizes);
        if (plan.InnerReduced) Ranges.Run(team, kept, Ranges.LeastMoved(plan.Count), new Single<L, V, TKernel>(plan, x, y, kernel));
        else Ranges.Run(team, kept * Groups(plan), Ranges.LeastMoved(plan.Count * Group), new Side<L, V, TKernel>(plan, x, y, kernel));
    }

    /// <summary>Groups of columns.</summary>
    private static long Groups(ReductionPlan plan) => (plan.Inner + Group - 1) / Group;

    /// <summary>The innermost axis is reduced: results one by one.</summary>
    private readonly struct Single<L, V, TKernel>(ReductionPlan plan, float* x, float* y, TKernel kernel) : IRange
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            long rows = ReductionPlan.Product(plan.ReducedSizes), inner = plan.Inner;
            bool even = plan.KeptSizes.Length == 1;
            for (long k = first; k < last; k++)
            {
                float* from = x + (even ? k * plan.KeptStrides[0] : ReductionPlan.Offset(plan.KeptSizes, plan.KeptStrides, k));
                double total = kernel.Identity;
                for (long r = 0; r < rows; r++)
                {
                    float* row = from + (rows == 1 ? 0 : ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r));
                    for (long start = 0; start < inner; start += kernel.Stretch)
                        total = kernel.Join(total, Contiguous<L, V, TKernel>(row + start, (int)Math.Min(kernel.Stretch, inner - start), kernel));
                }
                y[k] = (float)kernel.Finish(total, plan.Count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Contiguous<L, V, TKernel>(float* x, int count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        V a = L.Splat(kernel.Identity);
        int i = 0;
        if (count >= 4 * L.Count)
        {
            V b = a, c = a, d = a;
            for (; i + 4 * L.Count <= count; i += 4 * L.Count)
            {
                a = kernel.Accumulate<L, V>(a, L.Load(x + i));
                b = kernel.Accumulate<L, V>(b, L.Load(x + i + L.Count));
                c = kernel.Accumulate<L, V>(c, L.Load(x + i + 2 * L.Count));
                d = kernel.Accumulate<L, V>(d, L.Load(x + i + 3 * L.Count));
            }
            a = kernel.Merge<L, V>(kernel.Merge<L, V>(a, b), kernel.Merge<L, V>(c, d));
        }
        for (; i + L.Count <= count; i += L.Count) a = kernel.Accumulate<L, V>(a, L.Load(x + i));
        double total = kernel.Total<L, V>(a);
        if (i == count) return total;
        float tail = kernel.Identity;
        for (; i < count; i++) tail = kernel.Accumulate<Lanes1, float>(tail, x[i]);
        return kernel.Join(total, tail);
    }

    /// <summary>The innermost axis is kept: columns are accumulated over rows.</summary>
    private readonly struct Side<L, V, TKernel>(ReductionPlan plan, float* x, float* y, TKernel kernel) : IRange
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        public void Do(long first, long last, int slot)
        {
            long rows = ReductionPlan.Product(plan.ReducedSizes), groups = Groups(plan);
            bool few = rows <= kernel.Stretch && plan.ReducedSizes.Length == 1;
            while (first < last)
            {
                // As many columns of one result as there are.
                long k = first / groups, column = first % groups * Group, stop = Math.Min(groups, first % groups + last - first);
                first += stop - first % groups;
                long end = Math.Min(plan.Inner, stop * Group);
                float* from = x + ReductionPlan.Offset(plan.KeptSizes, plan.KeptStrides, k), to = y + k * plan.Inner;
                if (few)
                {
                    long whole = column + (end - column) / L.Count * L.Count;
                    for (; column < whole; column += Wide) Strip<L, V, TKernel>(plan, rows, from + column, to + column, Math.Min(Wide, whole - column), kernel);
                    column = whole;
                }
                for (; column + 4 * L.Count <= end; column += 4 * L.Count) Columns<L, V, TKernel>(plan, rows, from + column, to + column, kernel);
                for (; column + L.Count <= end; column += L.Count) Column<L, V, TKernel>(plan, rows, from + column, to + column, kernel);
                for (; column < end; column++) Column<Lanes1, float, TKernel>(plan, rows, from + column, to + column, kernel);
            }
        }
    }

    /// <summary>Rows of one stretch: memory is read in its order, the sums lie in the result.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Strip<L, V, TKernel>(ReductionPlan plan, long rows, float* x, float* y, long columns, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        long stride = plan.ReducedStrides[0];
        V nothing = L.Splat(kernel.Identity);
        for (long r = 0; r < rows; r += 4)
        {
            float* a = x + r * stride;
            // The last rows may be fewer than four.
            long left = rows - r;
            float* b = left > 1 ? a + stride : a, c = left > 2 ? b + stride : a, d = left > 3 ? c + stride : a;
            for (long j = 0; j < columns; j += L.Count)
            {
                V sum = kernel.Accumulate<L, V>(nothing, L.Load(a + j));
                if (left > 1) sum = kernel.Accumulate<L, V>(sum, L.Load(b + j));
                if (left > 2) sum = kernel.Accumulate<L, V>(sum, L.Load(c + j));
                if (left > 3) sum = kernel.Accumulate<L, V>(sum, L.Load(d + j));
                if (r > 0) sum = kernel.Merge<L, V>(L.Load(y + j), sum);
                L.Store(left > 4 ? sum : kernel.Finish<L, V>(sum, plan.Count), y + j);
            }
        }
    }

    [MethodImpl(Compile.Loop)]
    private static void Column<L, V, TKernel>(ReductionPlan plan, long rows, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        double* totals = stackalloc double[16];
        bool even = plan.ReducedSizes.Length == 1;
        long stride = even ? plan.ReducedStrides[0] : 0;
        for (long start = 0; start < rows; start += kernel.Stretch)
        {
            V sum = L.Splat(kernel.Identity);
            long end = Math.Min(rows, start + kernel.Stretch);
            for (long r = start; r < end;)
            {
                V part = L.Splat(kernel.Identity);
                for (long stop = Math.Min(end, r + Rows); r < stop; r++)
                    part = kernel.Accumulate<L, V>(part, L.Load(x + (even ? r * stride : ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r))));
                sum = kernel.Merge<L, V>(sum, part);
            }
            if (rows <= kernel.Stretch)
            {
                L.Store(kernel.Finish<L, V>(sum, plan.Count), y);
                return;
            }
            Join<L, V, TKernel>(sum, totals, start == 0, kernel);
        }
        for (int lane = 0; lane < L.Count; lane++) y[lane] = (float)kernel.Finish(totals[lane], plan.Count);
    }

    /// <summary>Four vectors of columns at once: whole cache lines of every row.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Columns<L, V, TKernel>(ReductionPlan plan, long rows, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        double* totals = stackalloc double[64];
        bool even = plan.ReducedSizes.Length == 1;
        long stride = even ? plan.ReducedStrides[0] : 0;
        V nothing = L.Splat(kernel.Identity);
        for (long start = 0; start < rows; start += kernel.Stretch)
        {
            V a = nothing, b = a, c = a, d = a;
            long end = Math.Min(rows, start + kernel.Stretch);
            for (long r = start; r < end;)
            {
                V e = nothing, f = e, g = e, h = e;
                for (long stop = Math.Min(end, r + Rows); r < stop; r++)
                {
                    float* row = x + (even ? r * stride : ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r));
                    e = kernel.Accumulate<L, V>(e, L.Load(row));
                    f = kernel.Accumulate<L, V>(f, L.Load(row + L.Count));
                    g = kernel.Accumulate<L, V>(g, L.Load(row + 2 * L.Count));
                    h = kernel.Accumulate<L, V>(h, L.Load(row + 3 * L.Count));
                }
                a = kernel.Merge<L, V>(a, e);
                b = kernel.Merge<L, V>(b, f);
                c = kernel.Merge<L, V>(c, g);
                d = kernel.Merge<L, V>(d, h);
            }
            if (rows <= kernel.Stretch)
            {
                L.Store(kernel.Finish<L, V>(a, plan.Count), y);
                L.Store(kernel.Finish<L, V>(b, plan.Count), y + L.Count);
                L.Store(kernel.Finish<L, V>(c, plan.Count), y + 2 * L.Count);
                L.Store(kernel.Finish<L, V>(d, plan.Count), y + 3 * L.Count);
                return;
            }
            Join<L, V, TKernel>(a, totals, start == 0, kernel);
            Join<L, V, TKernel>(b, totals + L.Count, start == 0, kernel);
            Join<L, V, TKernel>(c, totals + 2 * L.Count, start == 0, kernel);
            Join<L, V, TKernel>(d, totals + 3 * L.Count, start == 0, kernel);
        }
        for (int lane = 0; lane < 4 * L.Count; lane++) y[lane] = (float)kernel.Finish(totals[lane], plan.Count);
    }

    private static void Join<L, V, TKernel>(V sum, double* totals, bool first, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        float* lanes = stackalloc float[16];
        L.Store(sum, lanes);
        for (int lane = 0; lane < L.Count; lane++) totals[lane] = first ? lanes[lane] : kernel.Join(totals[lane], lanes[lane]);
    }

    public static void Integers<T, TKernel>(ThreadTeam? team, ReductionPlan plan, T* x, T* y, long length, TKernel kernel)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TKernel : struct, IIntegerReductionKernel =>
        Ranges.Run(team, length, Ranges.LeastMoved(plan.Count), new Whole<T, TKernel>(plan, x, y, kernel));

    /// <summary>Results of whole numbers.</summary>
    private readonly struct Whole<T, TKernel>(ReductionPlan plan, T* x, T* y, TKernel kernel) : IRange
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TKernel : struct, IIntegerReductionKernel
    {
        public void Do(long first, long last, int slot)
        {
            long innerKept = plan.InnerReduced ? 1 : plan.Inner, innerReduced = plan.InnerReduced ? plan.Inner : 1;
            long rows = ReductionPlan.Product(plan.ReducedSizes);
            for (long i = first; i < last; i++)
            {
                T* from = x + ReductionPlan.Offset(plan.KeptSizes, plan.KeptStrides, i / innerKept) + i % innerKept;
                T sum = kernel.IntegerIdentity<T>();
                for (long r = 0; r < rows; r++)
                {
                    T* row = from + ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r);
                    for (long j = 0; j < innerReduced; j++) sum = kernel.IntegerAccumulate(sum, row[j]);
                }
                y[i] = kernel.IntegerFinish(sum, plan.Count);
            }
        }
    }
}
