using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Finds the first or last best element along an axis. NaN is never better than anything, and nothing is better than it.</summary>
internal static unsafe class ExtremeIndex
{
    // Indices are counted in floats by vectors.
    private const long MostExact = 1 << 24;
    /// <summary>Columns that threads share are multiples of this.</summary>
    private const int Group = 16;

    /// <summary>The types that it searches.</summary>
    public static ReadOnlySpan<ElementType> Types => [ElementType.Float32, ElementType.Int32, ElementType.Int64, ElementType.UInt64];

    /// <summary>One index for every place; the largest of nothing stands nowhere.</summary>
    public static void Check(in StepRules rules, Extent length, int axis)
    {
        rules.Counts(1, 1);
        rules.Output(0).IsLike(ElementType.Int64);
        rules.Reduces(axis);
        if (rules.Output(0).Count.Value > 0) StepRules.Within(length, 1, int.MaxValue, "the length of the axis");
    }

    /// <param name="worst">What every number is at least as good as.</param>
    public static void Run<TKernel>(in StepArguments arguments, bool last, float worst, TKernel better) where TKernel : struct, IComparison
    {
        ref readonly TensorView x = ref arguments.Inputs[0];
        AxisView view = (AxisView)arguments.State!;
        long* y = arguments.Outputs[0].I64;
        ThreadTeam? team = arguments.Team;
        switch (x.Type)
        {
            case ElementType.Float32:
                Isa isa = Lanes.Isa;
                long wide = view.Inner == 1 ? view.Length : view.Inner;
                if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && wide >= 16) Floats<Lanes512, Vector512<float>, TKernel>(team, x.F32, y, view, last, worst, better);
                else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && wide >= 8) Floats<Lanes256, Vector256<float>, TKernel>(team, x.F32, y, view, last, worst, better);
                else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && wide >= 4) Floats<Lanes128, Vector128<float>, TKernel>(team, x.F32, y, view, last, worst, better);
                else Elements(team, x.F32, y, view, last, better);
                break;
            case ElementType.Int32: Elements(team, (int*)x.Data, y, view, last, better); break;
            case ElementType.Int64: Elements(team, (long*)x.Data, y, view, last, better); break;
            case ElementType.UInt64: Elements(team, (ulong*)x.Data, y, view, last, better); break;
            default: throw UnexpectedType.Of(x.Type);
        }
    }

    private static void Floats<L, V, TKernel>(ThreadTeam? team, float* x, long* y, AxisView view, bool last, float worst, TKernel better)
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IComparison
    {
        if (view.Inner == 1) Ranges.Run(team, view.Outer, Ranges.LeastMoved(view.Length), new Rows<L, V, TKernel>(x, y, view.Length, last, worst, better));
        else if (view.Length > MostExact) Elements(team, x, y, view, last, better);
        else
            Ranges.Run(team, view.Outer * ((view.Inner + Group - 1) / Group), Ranges.LeastMoved(view.Length * Group), new Columns<L, V, TKernel>(x, y, view, last, better));
    }

    private static void Elements<T, TKernel>(ThreadTeam? team, T* x, long* y, AxisView view, bool last, TKernel better)
        where T : unmanaged, INumber<T> where TKernel : struct, IComparison =>
        Ranges.Run(team, view.Outer * view.Inner, Ranges.LeastMoved(view.Length), new Singly<T, TKernel>(x, y, view, last, better));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Find<T, TKernel>(T* from, AxisView view, bool last, TKernel better) where T : unmanaged, INumber<T> where TKernel : struct, IComparison
    {
        long best = 0;
        for (long a = 1; a < view.Length; a++)
        {
            T value = from[a * view.Inner], record = from[best * view.Inner];
            if (better.Apply(value, record) || (last && value == record)) best = a;
        }
        return best;
    }

    private readonly struct Singly<T, TKernel>(T* x, long* y, AxisView view, bool last, TKernel better) : IRange
        where T : unmanaged, INumber<T> where TKernel : struct, IComparison
    {
        private readonly bool _last = last;

        [MethodImpl(Compile.Loop)]
        public void Do(long first, long end, int slot)
        {
            for (long number = first; number < end; number++)
                y[number] = Find(x + number / view.Inner * view.Length * view.Inner + number % view.Inner, view, _last, better);
        }
    }

    /// <summary>The axis is innermost: the best number first, then where it stands.</summary>
    private readonly struct Rows<L, V, TKernel>(float* x, long* y, long length, bool last, float worst, TKernel better) : IRange
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IComparison
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long end, int slot)
        {
            for (long number = first; number < end; number++)
            {
                float* row = x + number * length;
                y[number] = float.IsNaN(*row) ? 0 : Place(row, Best(row));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Best(float* row)
        {
            V a = L.Splat(worst), b = a;
            long i = 0;
            for (; i + 2 * L.Count <= length; i += 2 * L.Count)
            {
                V p = L.Load(row + i), q = L.Load(row + i + L.Count);
                a = L.Select(better.Mask<L, V>(p, a), p, a);
                b = L.Select(better.Mask<L, V>(q, b), q, b);
            }
            a = L.Select(better.Mask<L, V>(b, a), b, a);
            // The last vector overlaps its neighbour.
            if (i < length)
            {
                V p = L.Load(row + length - L.Count);
                a = L.Select(better.Mask<L, V>(p, a), p, a);
                if (i + L.Count < length)
                {
                    p = L.Load(row + i);
                    a = L.Select(better.Mask<L, V>(p, a), p, a);
                }
            }
            float* lanes = stackalloc float[16];
            L.Store(a, lanes);
            float best = worst;
            for (int lane = 0; lane < L.Count; lane++)
                if (better.Apply(lanes[lane], best)) best = lanes[lane];
            return best;
        }

        /// <summary>Where a number that the row has stands first or last.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private long Place(float* row, float value)
        {
            if (last)
            {
                long at = length - 1;
                while (row[at] != value) at--;
                return at;
            }
            long i = 0;
            if (Vector256.IsHardwareAccelerated)
                for (Vector256<float> sought = Vector256.Create(value); i + 8 <= length && !Vector256.EqualsAny(Vector256.Load(row + i), sought);) i += 8;
            while (row[i] != value) i++;
            return i;
        }
    }

    /// <summary>The axis is not innermost: neighbouring columns together.</summary>
    private readonly struct Columns<L, V, TKernel>(float* x, long* y, AxisView view, bool last, TKernel better) : IRange
        where L : struct, ILanes<V> where V : struct where TKernel : struct, IComparison
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long end, int slot)
        {
            long inner = view.Inner, groups = (inner + Group - 1) / Group;
            float* lanes = stackalloc float[16];
            for (long number = first; number < end; number++)
            {
                long o = number / groups, column = number % groups * Group, stop = Math.Min(inner, column + Group);
                float* from = x + o * view.Length * inner;
                long* to = y + o * inner;
                for (; column + L.Count <= stop; column += L.Count)
                {
                    V record = L.Load(from + column), place = L.Zero;
                    float* at = from + column;
                    for (long a = 1; a < view.Length; a++)
                    {
                        at += inner;
                        V value = L.Load(at), mask = better.Mask<L, V>(value, record);
                        if (last) mask = L.Or(mask, L.Equal(value, record));
                        record = L.Select(mask, value, record);
                        place = L.Select(mask, L.Splat(a), place);
                    }
                    L.Store(place, lanes);
                    for (int lane = 0; lane < L.Count; lane++) to[column + lane] = (long)lanes[lane];
                }
                for (; column < stop; column++) to[column] = Find(from + column, view, last, better);
            }
        }
    }
}
