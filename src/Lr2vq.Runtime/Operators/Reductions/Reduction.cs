using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>How elements become one.</summary>
internal interface IReductionKernel
{
    /// <summary>The result of nothing.</summary>
    float Identity { get; }

    /// <summary>Takes one more element in.</summary>
    V Accumulate<L, V>(V sum, V x) where L : struct, ILanes<V> where V : struct;

    /// <summary>Joins two accumulations.</summary>
    double Join(double a, double b);

    /// <summary>The result for <paramref name="count"/> elements.</summary>
    double Finish(double sum, long count);
}

/// <summary>How whole numbers become one.</summary>
internal interface IIntegerReductionKernel
{
    T IntegerIdentity<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;

    T IntegerAccumulate<T>(T sum, T x) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;

    T IntegerFinish<T>(T sum, long count) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>Runs reductions. Floats are accumulated in vectors over stretches of at most 1024 elements, the stretches in double, so that long sums stay exact to
/// a few units in the last place.</summary>
internal static unsafe class Reduction
{
    private const int Stretch = 1024, Rows = 64;

    /// <summary>f32, i32 and i64.</summary>
    public static void RunNumber<TKernel>(in StepArguments arguments, TKernel kernel)
        where TKernel : struct, IReductionKernel, IIntegerReductionKernel
    {
        ref readonly TensorView x = ref arguments.Inputs[0], y = ref arguments.Outputs[0];
        ReductionPlan plan = (ReductionPlan)arguments.State!;
        switch (y.Type)
        {
            case ElementType.Float32: Run(plan, x.F32, y.F32, y.Length, kernel); break;
            case ElementType.Int32: Integers(plan, (int*)x.Data, (int*)y.Data, y.Length, kernel); break;
            case ElementType.Int64: Integers(plan, (long*)x.Data, (long*)y.Data, y.Length, kernel); break;
            default: throw UnexpectedType.Of(y.Type);
        }
    }

    /// <summary>f32.</summary>
    public static void Run<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IReductionKernel
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        Run((ReductionPlan)arguments.State!, arguments.Inputs[0].F32, y.F32, y.Length, kernel);
    }

    public static void Run<TKernel>(ReductionPlan plan, float* x, float* y, long length, TKernel kernel) where TKernel : struct, IReductionKernel
    {
        if (length == 0) return;
        Isa isa = Lanes.Isa;
        long inner = plan.Inner;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && inner >= 16)
            Run<Lanes512, Vector512<float>, TKernel>(plan, x, y, kernel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && inner >= 8)
            Run<Lanes256, Vector256<float>, TKernel>(plan, x, y, kernel);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && inner >= 4)
            Run<Lanes128, Vector128<float>, TKernel>(plan, x, y, kernel);
        else
            Run<Lanes1, float, TKernel>(plan, x, y, kernel);
    }

    private static void Run<L, V, TKernel>(ReductionPlan plan, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        long kept = ReductionPlan.Product(plan.KeptSizes);
        for (long k = 0; k < kept; k++)
        {
            float* from = x + ReductionPlan.Offset(plan.KeptSizes, plan.KeptStrides, k);
            if (plan.InnerReduced) y[k] = One<L, V, TKernel>(plan, from, kernel);
            else Many<L, V, TKernel>(plan, from, y + k * plan.Inner, kernel);
        }
    }

    /// <summary>The innermost axis is reduced.</summary>
    private static float One<L, V, TKernel>(ReductionPlan plan, float* x, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        double total = kernel.Identity;
        long rows = ReductionPlan.Product(plan.ReducedSizes);
        for (long r = 0; r < rows; r++)
        {
            float* row = x + ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r);
            for (long start = 0; start < plan.Inner; start += Stretch)
                total = kernel.Join(total, Contiguous<L, V, TKernel>(row + start, (int)Math.Min(Stretch, plan.Inner - start), kernel));
        }
        return (float)kernel.Finish(total, plan.Count);
    }

    [MethodImpl(Compile.Loop)]
    private static double Contiguous<L, V, TKernel>(float* x, int count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        V a = L.Splat(kernel.Identity), b = a, c = a, d = a;
        int i = 0;
        for (; i + 4 * L.Count <= count; i += 4 * L.Count)
        {
            a = kernel.Accumulate<L, V>(a, L.Load(x + i));
            b = kernel.Accumulate<L, V>(b, L.Load(x + i + L.Count));
            c = kernel.Accumulate<L, V>(c, L.Load(x + i + 2 * L.Count));
            d = kernel.Accumulate<L, V>(d, L.Load(x + i + 3 * L.Count));
        }
        for (; i + L.Count <= count; i += L.Count) a = kernel.Accumulate<L, V>(a, L.Load(x + i));
        float tail = kernel.Identity;
        for (; i < count; i++) tail = kernel.Accumulate<Lanes1, float>(tail, x[i]);
        float* lanes = stackalloc float[64];
        L.Store(a, lanes);
        L.Store(b, lanes + L.Count);
        L.Store(c, lanes + 2 * L.Count);
        L.Store(d, lanes + 3 * L.Count);
        // Four chains: each addition waits for the one before it.
        double first = tail, second = kernel.Identity, third = second, fourth = second;
        for (int lane = 0; lane < 4 * L.Count; lane += 4)
        {
            first = kernel.Join(first, lanes[lane]);
            second = kernel.Join(second, lanes[lane + 1]);
            third = kernel.Join(third, lanes[lane + 2]);
            fourth = kernel.Join(fourth, lanes[lane + 3]);
        }
        return kernel.Join(kernel.Join(first, second), kernel.Join(third, fourth));
    }

    /// <summary>The innermost axis is kept: columns are accumulated over rows.</summary>
    private static void Many<L, V, TKernel>(ReductionPlan plan, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        long rows = ReductionPlan.Product(plan.ReducedSizes), column = 0;
        for (; column + 4 * L.Count <= plan.Inner; column += 4 * L.Count) Columns<L, V, TKernel>(plan, rows, x + column, y + column, kernel);
        for (; column + L.Count <= plan.Inner; column += L.Count) Column<L, V, TKernel>(plan, rows, x + column, y + column, kernel);
        for (; column < plan.Inner; column++) Column<Lanes1, float, TKernel>(plan, rows, x + column, y + column, kernel);
    }

    [MethodImpl(Compile.Loop)]
    private static void Column<L, V, TKernel>(ReductionPlan plan, long rows, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        double* totals = stackalloc double[16];
        float* lanes = stackalloc float[16];
        for (int lane = 0; lane < L.Count; lane++) totals[lane] = kernel.Identity;
        bool even = plan.ReducedSizes.Length == 1;
        long stride = even ? plan.ReducedStrides[0] : 0;
        for (long start = 0; start < rows; start += Rows)
        {
            V sum = L.Splat(kernel.Identity);
            long end = Math.Min(rows, start + Rows);
            for (long r = start; r < end; r++)
                sum = kernel.Accumulate<L, V>(sum, L.Load(x + (even ? r * stride : ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r))));
            L.Store(sum, lanes);
            for (int lane = 0; lane < L.Count; lane++) totals[lane] = kernel.Join(totals[lane], lanes[lane]);
        }
        for (int lane = 0; lane < L.Count; lane++) y[lane] = (float)kernel.Finish(totals[lane], plan.Count);
    }

    /// <summary>Four vectors of columns at once: whole cache lines of every row.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Columns<L, V, TKernel>(ReductionPlan plan, long rows, float* x, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IReductionKernel
    {
        double* totals = stackalloc double[64];
        float* lanes = stackalloc float[64];
        int columns = 4 * L.Count;
        for (int lane = 0; lane < columns; lane++) totals[lane] = kernel.Identity;
        bool even = plan.ReducedSizes.Length == 1;
        long stride = even ? plan.ReducedStrides[0] : 0;
        for (long start = 0; start < rows; start += Rows)
        {
            V a = L.Splat(kernel.Identity), b = a, c = a, d = a;
            long end = Math.Min(rows, start + Rows);
            for (long r = start; r < end; r++)
            {
                float* row = x + (even ? r * stride : ReductionPlan.Offset(plan.ReducedSizes, plan.ReducedStrides, r));
                a = kernel.Accumulate<L, V>(a, L.Load(row));
                b = kernel.Accumulate<L, V>(b, L.Load(row + L.Count));
                c = kernel.Accumulate<L, V>(c, L.Load(row + 2 * L.Count));
                d = kernel.Accumulate<L, V>(d, L.Load(row + 3 * L.Count));
            }
            L.Store(a, lanes);
            L.Store(b, lanes + L.Count);
            L.Store(c, lanes + 2 * L.Count);
            L.Store(d, lanes + 3 * L.Count);
            for (int lane = 0; lane < columns; lane++) totals[lane] = kernel.Join(totals[lane], lanes[lane]);
        }
        for (int lane = 0; lane < columns; lane++) y[lane] = (float)kernel.Finish(totals[lane], plan.Count);
    }

    private static void Integers<T, TKernel>(ReductionPlan plan, T* x, T* y, long length, TKernel kernel)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> where TKernel : struct, IIntegerReductionKernel
    {
        long innerKept = plan.InnerReduced ? 1 : plan.Inner, innerReduced = plan.InnerReduced ? plan.Inner : 1;
        long rows = ReductionPlan.Product(plan.ReducedSizes);
        for (long i = 0; i < length; i++)
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
