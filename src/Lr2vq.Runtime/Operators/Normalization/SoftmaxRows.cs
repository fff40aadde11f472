using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Softmax and its logarithm along an axis: vectors run along it when it is innermost, else across it.</summary>
internal static unsafe class SoftmaxRows
{
    public static void Run(in StepArguments arguments, bool logarithm)
    {
        AxisView view = (AxisView)arguments.State!;
        float* x = arguments.Inputs[0].F32, y = arguments.Outputs[0].F32;
        if (view.Outer * view.Length * view.Inner == 0) return;
        Isa isa = Lanes.Isa;
        long wide = view.Inner == 1 ? view.Length : view.Inner;
        if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && wide >= 16) Run<Lanes512, Vector512<float>>(view, x, y, logarithm);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && wide >= 8) Run<Lanes256, Vector256<float>>(view, x, y, logarithm);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && wide >= 4) Run<Lanes128, Vector128<float>>(view, x, y, logarithm);
        else Run<Lanes1, float>(view, x, y, logarithm);
    }

    private static void Run<L, V>(AxisView view, float* x, float* y, bool logarithm) where L : struct, ILanes<V> where V : struct
    {
        long slab = view.Length * view.Inner;
        for (long o = 0; o < view.Outer; o++, x += slab, y += slab)
        {
            if (view.Inner == 1)
            {
                Row<L, V>(x, y, view.Length, logarithm);
                continue;
            }
            long i = 0;
            for (; i + L.Count <= view.Inner; i += L.Count) Columns<L, V>(x + i, y + i, view.Length, view.Inner, logarithm);
            for (; i < view.Inner; i++) Columns<Lanes1, float>(x + i, y + i, view.Length, view.Inner, logarithm);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<L, V>(float* x, float* y, long length, bool logarithm) where L : struct, ILanes<V> where V : struct
    {
        // What is left of the row, filled up with what adds nothing.
        float* rest = stackalloc float[16];
        long whole = length - length % L.Count;
        for (int lane = 0; lane < L.Count; lane++) rest[lane] = whole + lane < length ? x[whole + lane] : float.NegativeInfinity;
        V last = L.Load(rest), best = last;
        for (long i = 0; i < whole; i += L.Count) best = L.Max(best, L.Load(x + i));
        float largest = L.Largest(best);

        // Stretches of vectors are summed in double: 1e4 classes are common.
        V shift = L.Splat(largest), sum = LaneMath.ExpOfNegative<L, V>(L.Sub(last, shift));
        L.Store(sum, rest);
        double total = 0;
        for (long i = 0; i < whole;)
        {
            long end = Math.Min(whole, i + 512);
            for (; i < end; i += L.Count)
            {
                V e = LaneMath.ExpOfNegative<L, V>(L.Sub(L.Load(x + i), shift));
                if (!logarithm) L.Store(e, y + i);
                sum = L.Add(sum, e);
            }
            total += L.Sum(sum);
            sum = L.Zero;
        }
        total += L.Sum(sum);

        float factor = logarithm ? (float)Math.Log(total) : (float)(1.0 / total);
        V scale = L.Splat(factor);
        for (long i = 0; i < whole; i += L.Count)
            L.Store(logarithm ? L.Sub(L.Sub(L.Load(x + i), shift), scale) : L.Mul(L.Load(y + i), scale), y + i);
        for (long i = whole; i < length; i++) y[i] = logarithm ? x[i] - largest - factor : rest[i - whole] * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
