using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Runs elementwise operators of two tensors under broadcasting: vectors along the innermost dimensions, odometer outside.</summary>
internal static unsafe class Broadcast
{
    private const int Vector = 16;

    /// <summary>i32, i64 and u64, plain.</summary>
    public static void Integers<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IIntegerBinaryKernel
    {
        switch (arguments.Outputs[0].Type)
        {
            case ElementType.Int32: Elements<int, int, int, IntegerKernel<int, TKernel>>(arguments, new(kernel)); break;
            case ElementType.Int64: Elements<long, long, long, IntegerKernel<long, TKernel>>(arguments, new(kernel)); break;
            case ElementType.UInt64: Elements<ulong, ulong, ulong, IntegerKernel<ulong, TKernel>>(arguments, new(kernel)); break;
            default: throw UnexpectedType.Of(arguments.Outputs[0].Type);
        }
    }

    /// <summary>f32, plain or blocked.</summary>
    public static void Map<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IBinaryKernel
    {
        ref readonly TensorView y = ref arguments.Outputs[0];
        if (y.Length == 0) return;
        BroadcastPlan plan = (BroadcastPlan)arguments.State!;
        float* a = arguments.Inputs[0].F32, b = arguments.Inputs[1].F32;
        int rank = plan.Rank;
        long inner = plan.Sizes[rank - 1];
        Isa isa = Lanes.Isa;
        ThreadTeam? team = arguments.Team;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && inner >= 16)
            Divide<Lanes512, Vector512<float>, TKernel>(team, plan, a, b, y.F32, kernel);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && inner >= 8)
            Divide<Lanes256, Vector256<float>, TKernel>(team, plan, a, b, y.F32, kernel);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && inner >= 4)
            Divide<Lanes128, Vector128<float>, TKernel>(team, plan, a, b, y.F32, kernel);
        else
            Divide<Lanes1, float, TKernel>(team, plan, a, b, y.F32, kernel);
        if (y.Layout == Plans.TensorLayout.Blocked && !KeepsZero(arguments, kernel)) PadLanes.Clear(y);
    }

    /// <summary>Any types, plain.</summary>
    public static void Elements<TA, TB, TOut, TKernel>(in StepArguments arguments, TKernel kernel)
        where TA : unmanaged where TB : unmanaged where TOut : unmanaged where TKernel : struct, IElementKernel<TA, TB, TOut>
    {
        if (arguments.Outputs[0].Length == 0) return;
        BroadcastPlan plan = (BroadcastPlan)arguments.State!;
        BroadcastRows.Run(arguments.Team, plan, new ElementRow<TA, TB, TOut, TKernel>((TA*)arguments.Inputs[0].Data, (TB*)arguments.Inputs[1].Data,
            (TOut*)arguments.Outputs[0].Data, plan.Strides[0][^1], plan.Strides[1][^1], kernel));
    }

    /// <summary>True if the lanes beyond the last channel come out as zero by themselves.</summary>
    private static bool KeepsZero<TKernel>(in StepArguments arguments, TKernel kernel) where TKernel : struct, IBinaryKernel
    {
        float a = arguments.Inputs[0].Layout == Plans.TensorLayout.Blocked ? 0f : arguments.Inputs[0].F32[0];
        float b = arguments.Inputs[1].Layout == Plans.TensorLayout.Blocked ? 0f : arguments.Inputs[1].F32[0];
        return kernel.Apply<Lanes1, float>(a, b) == 0f;
    }

    /// <summary>Shares are rows of the innermost dimension, or vectors of it where there is only one row.</summary>
    private static void Divide<L, V, TKernel>(ThreadTeam? team, BroadcastPlan plan, float* a, float* b, float* y, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        long inner = plan.Sizes[^1];
        if (plan.Rank == 1) Ranges.Run(team, (inner + Vector - 1) / Vector, Ranges.Least(Vector), new Columns<L, V, TKernel>(plan, a, b, y, kernel));
        else
        {
            long rows = 1;
            for (int d = 0; d < plan.Rank - 1; d++) rows *= plan.Sizes[d];
            Ranges.Run(team, rows, Ranges.Least(inner), new Rows<L, V, TKernel>(plan, a, b, y, kernel));
        }
    }

    private readonly struct Columns<L, V, TKernel>(BroadcastPlan plan, float* a, float* b, float* y, TKernel kernel) : IRange
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            long start = first * Vector, count = Math.Min(plan.Sizes[0], last * Vector) - start;
            if (plan.Strides[1][0] == 0) RowRight<L, V, TKernel>(a + start, *b, y + start, count, kernel);
            else if (plan.Strides[0][0] == 0) RowLeft<L, V, TKernel>(*a, b + start, y + start, count, kernel);
            else Row<L, V, TKernel>(a + start, b + start, y + start, count, kernel);
        }
    }

    /// <summary>Rows of the innermost dimension, taken together over the dimension around it.</summary>
    private readonly struct Rows<L, V, TKernel>(BroadcastPlan plan, float* a, float* b, float* y, TKernel kernel) : IRange
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            int middle = plan.Rank - 2;
            long inner = plan.Sizes[middle + 1], rows = plan.Sizes[middle];
            long rowA = plan.Strides[0][middle], rowB = plan.Strides[1][middle];
            bool repeatA = plan.Strides[0][middle + 1] == 0, repeatB = plan.Strides[1][middle + 1] == 0;
            long* index = stackalloc long[plan.Rank];
            Odometer odometer = new(plan, middle, index);
            odometer.MoveTo(first / rows);
            long row = first % rows;
            float* to = y + first * inner;
            do
            {
                float* p = a + odometer.Offset(0) + row * rowA, q = b + odometer.Offset(1) + row * rowB;
                long end = Math.Min(rows, row + last - first);
                first += end - row;
                if (rowB == 0 && !repeatB && !repeatA && inner <= Vector && inner % L.Count == 0)
                {
                    // Every row meets the same few lanes: the channels of a block.
                    Same<L, V, TKernel>(p, q, to, inner, rowA, end - row, kernel);
                    to += (end - row) * inner;
                    row = end;
                }
                for (; row < end; row++, p += rowA, q += rowB, to += inner)
                {
                    if (repeatB) RowRight<L, V, TKernel>(p, *q, to, inner, kernel);
                    else if (repeatA) RowLeft<L, V, TKernel>(*p, q, to, inner, kernel);
                    else Row<L, V, TKernel>(p, q, to, inner, kernel);
                }
                row = 0;
            }
            while (first < last && odometer.Next());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Same<L, V, TKernel>(float* a, float* b, float* y, long inner, long rowA, long rows, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        for (long j = 0; j < inner; j += L.Count)
        {
            V right = L.Load(b + j);
            float* from = a + j, to = y + j;
            for (long row = 0; row < rows; row++, from += rowA, to += inner) L.Store(kernel.Apply<L, V>(L.Load(from), right), to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<L, V, TKernel>(float* a, float* b, float* y, long count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        long i = 0;
        for (; i + L.Count <= count; i += L.Count) L.Store(kernel.Apply<L, V>(L.Load(a + i), L.Load(b + i)), y + i);
        for (; i < count; i++) y[i] = kernel.Apply<Lanes1, float>(a[i], b[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RowRight<L, V, TKernel>(float* a, float b, float* y, long count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        V right = L.Splat(b);
        long i = 0;
        for (; i + L.Count <= count; i += L.Count) L.Store(kernel.Apply<L, V>(L.Load(a + i), right), y + i);
        for (; i < count; i++) y[i] = kernel.Apply<Lanes1, float>(a[i], b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RowLeft<L, V, TKernel>(float a, float* b, float* y, long count, TKernel kernel)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IBinaryKernel
    {
        V left = L.Splat(a);
        long i = 0;
        for (; i + L.Count <= count; i += L.Count) L.Store(kernel.Apply<L, V>(left, L.Load(b + i)), y + i);
        for (; i < count; i++) y[i] = kernel.Apply<Lanes1, float>(a, b[i]);
    }

    private readonly struct ElementRow<TA, TB, TOut, TKernel>(TA* a, TB* b, TOut* y, long stepA, long stepB, TKernel kernel) : IBroadcastRow
        where TA : unmanaged where TB : unmanaged where TOut : unmanaged where TKernel : struct, IElementKernel<TA, TB, TOut>
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long* from, long to, long count)
        {
            TA* p = a + from[0];
            TB* q = b + from[1];
            TOut* result = y + to;
            for (long i = 0; i < count; i++, p += stepA, q += stepB) result[i] = kernel.Apply(*p, *q);
        }
    }

    private readonly struct IntegerKernel<T, TKernel>(TKernel kernel) : IElementKernel<T, T, T>
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> where TKernel : struct, IIntegerBinaryKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply(T a, T b) => kernel.Integer(a, b);
    }
}
