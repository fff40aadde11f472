using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Softmax and its logarithm along an axis: vectors run along it when it is innermost, else across it.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>Columns that one thread takes at least.</summary>
    private const int Group = 16;

    public static void Run(in StepArguments arguments, bool logarithm)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        if (view.Outer * view.Length * view.Inner == 0) return;
        Isa isa = Lanes.Isa;
        long wide = view.Inner == 1 ? view.Length : view.Inner;
        ThreadTeam? team = arguments.Team;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && wide >= 16) Run<Lanes512, Vector512<float>>(team, view, x, y, logarithm);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && wide >= 8) Run<Lanes256, Vector256<float>>(team, view, x, y, logarithm);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && wide >= 4) Run<Lanes128, Vector128<float>>(team, view, x, y, logarithm);
        else Run<Lanes1, float>(team, view, x, y, logarithm);
    }

    private static void Run<L, V>(ThreadTeam? team, AxisView view, float* x, float* y, bool logarithm) where L : struct, ILanes<V> where V : struct
    {
        if (view.Inner == 1) Ranges.Run(team, view.Outer, Ranges.Least(view.Length), new Rows<L, V>(x, y, view.Length, logarithm));
        else Ranges.Run(team, view.Outer * Groups(view), Ranges.Least(view.Length * Group), new Slabs<L, V>(x, y, view, logarithm));
    }

    /// <summary>Groups of columns in a slab.</summary>
    private static long Groups(AxisView view) => (view.Inner + Group - 1) / Group;

    private readonly struct Rows<L, V>(float* x, float* y, long length, bool logarithm) : IRange where L : struct, ILanes<V> where V : struct
    {
        public void Do(long first, long last, int slot)
        {
            for (long row = first; row < last; row++) Row<L, V>(x + row * length, y + row * length, length, logarithm);
        }
    }

    private readonly struct Slabs<L, V>(float* x, float* y, AxisView view, bool logarithm) : IRange where L : struct, ILanes<V> where V : struct
    {
        public void Do(long first, long last, int slot)
        {
            long groups = Groups(view), inner = view.Inner, length = view.Length;
            for (long number = first; number < last; number++)
            {
                long slab = number / groups * length * inner, i = slab + number % groups * Group, end = Math.Min(slab + inner, i + Group);
                for (; i + L.Count <= end; i += L.Count) Columns<L, V>(x + i, y + i, length, inner, logarithm);
                if (L.Count > 4)
                    for (; i + 4 <= end; i += 4) Columns<Lanes128, Vector128<float>>(x + i, y + i, length, inner, logarithm);
                for (; i < end; i++) Columns<Lanes1, float>(x + i, y + i, length, inner, logarithm);
            }
        }
    }

    /// <summary>A row of at least one vector.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Row<L, V>(float* x, float* y, long length, bool logarithm) where L : struct, ILanes<V> where V : struct
    {
        // The last vector overlaps its neighbour: it is read before anything is written, because y may be x, and only its own lanes are summed.
        long whole = (length - 1) / L.Count * L.Count, end = length - L.Count;
        V last = L.Load(x + end), best = last;
        for (long i = 0; i < whole; i += L.Count) best = L.Max(best, L.Load(x + i));
        float largest = L.Largest(best);

        // Stretches of vectors are summed in double: 1e4 classes are common.
        V shift = L.Splat(largest), ending = LaneMath.ExpOfNegative<L, V>(L.Sub(last, shift)), sum = L.And(ending, LastLanes<L, V>(length - whole));
        double total = 0;
        for (long i = 0; i < whole;)
        {
            if (i > 0)
            {
                total += L.Sum(sum);
                sum = L.Zero;
            }
            for (long stop = Math.Min(whole, i + 512); i < stop; i += L.Count)
            {
                V e = LaneMath.ExpOfNegative<L, V>(L.Sub(L.Load(x + i), shift));
                if (!logarithm) L.Store(e, y + i);
                sum = L.Add(sum, e);
            }
        }
        total += L.Sum(sum);

        V scale = L.Splat(logarithm ? (float)Math.Log(total) : (float)(1.0 / total));
        for (long i = 0; i < whole; i += L.Count)
            L.Store(logarithm ? L.Sub(L.Sub(L.Load(x + i), shift), scale) : L.Mul(L.Load(y + i), scale), y + i);
        L.Store(logarithm ? L.Sub(L.Sub(last, shift), scale) : L.Mul(ending, scale), y + end);
    }

    /// <summary>The mask of the last lanes of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LastLanes<L, V>(long count) where L : struct, ILanes<V> where V : struct =>
        L.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Masks)) + 16 + count - L.Count);

    // Sixteen lanes of no bits, then sixteen of all. Constant data of the program: it does not move.
    private static ReadOnlySpan<byte> Masks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    [MethodImpl(Compile.Loop)]
    private static void Columns<L, V>(float* x, float* y, long length, long stride, bool logarithm) where L : struct, ILanes<V> where V : struct
    {
        V largest = L.Splat(float.NegativeInfinity);
        for (long a = 0; a < length; a++) largest = L.Max(largest, L.Load(x + a * stride));
        V sum = L.Zero, lost = L.Zero;
        for (long a = 0; a < length; a++)
        {
            V e = LaneMath.ExpOfNegative<L, V>(L.Sub(L.Load(x + a * stride), largest));
            if (!logarithm) L.Store(e, y + a * stride);
            // Kahan: what the last addition lost is added next.
            V next = L.Sub(e, lost), grown = L.Add(sum, next);
            lost = L.Sub(L.Sub(grown, sum), next);
            sum = grown;
        }
        V scale = logarithm ? LaneMath.Log<L, V>(sum) : L.Div(L.Splat(1f), sum);
        for (long a = 0; a < length; a++)
            L.Store(logarithm ? L.Sub(L.Sub(L.Load(x + a * stride), largest), scale) : L.Mul(L.Load(y + a * stride), scale), y + a * stride);
    }
}
