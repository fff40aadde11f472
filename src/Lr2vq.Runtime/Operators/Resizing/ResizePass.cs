using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Resizes one axis of [outer, input, inner].</summary>
internal sealed unsafe class ResizePass(long outer, long input, long output, long inner, ResizeTaps taps)
{
    /// <summary>Elements of the result.</summary>
    public long Length => checked(outer * output * inner);

    public void Run(ThreadTeam? team, float* x, float* y)
    {
        Isa isa = Lanes.Isa;
        if (inner == 1) Ranges.Run(team, outer, Ranges.Least(output * taps.Count), new Outer(this, x, y));
        else if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && inner >= 16) Divide<Lanes512, Vector512<float>>(team, x, y);
        else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && inner >= 8) Divide<Lanes256, Vector256<float>>(team, x, y);
        else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && inner >= 4) Divide<Lanes128, Vector128<float>>(team, x, y);
        else Divide<Lanes1, float>(team, x, y);
    }

    private void Divide<L, V>(ThreadTeam? team, float* x, float* y) where L : struct, ILanes<V> where V : struct =>
        Ranges.Run(team, outer * output, Ranges.Least(inner * taps.Count), new Results<L, V>(this, x, y));

    private readonly struct Outer(ResizePass pass, float* x, float* y) : IRange
    {
        public void Do(long first, long last, int slot) => pass.Rows(x, y, first, last);
    }

    private readonly struct Results<L, V>(ResizePass pass, float* x, float* y) : IRange where L : struct, ILanes<V> where V : struct
    {
        public void Do(long first, long last, int slot) => pass.Slabs<L, V>(x, y, first, last);
    }

    /// <summary>The axis is innermost.</summary>
    [MethodImpl(Compile.Loop)]
    private void Rows(float* x, float* y, long first, long last)
    {
        int count = taps.Count;
        x += first * input;
        y += first * output;
        fixed (int* indices = taps.Indices)
        fixed (float* weights = taps.Weights)
        for (long o = first; o < last; o++, x += input, y += output)
        {
            if (count == 2)
            {
                for (long i = 0; i < output; i++)
                    y[i] = weights[2 * i] * x[indices[2 * i]] + weights[2 * i + 1] * x[indices[2 * i + 1]];
                continue;
            }
            for (long i = 0; i < output; i++)
            {
                float sum = 0;
                for (int k = 0; k < count; k++) sum += weights[i * count + k] * x[indices[i * count + k]];
                y[i] = sum;
            }
        }
    }

    /// <summary>Slabs [first, last) of the result, each a sum of slabs.</summary>
    [MethodImpl(Compile.Loop)]
    private void Slabs<L, V>(float* x, float* y, long first, long last) where L : struct, ILanes<V> where V : struct
    {
        int count = taps.Count;
        fixed (int* indices = taps.Indices)
        fixed (float* weights = taps.Weights)
        for (long number = first; number < last; number++)
        {
            int* index = indices + number % output * count;
            float* weight = weights + number % output * count, from = x + number / output * input * inner, to = y + number * inner;
            long j = 0;
            if (count == 2)
            {
                float* a = from + index[0] * inner, b = from + index[1] * inner;
                V left = L.Splat(weight[0]), right = L.Splat(weight[1]);
                for (; j + L.Count <= inner; j += L.Count)
                    L.Store(L.Fma(left, L.Load(a + j), L.Mul(right, L.Load(b + j))), to + j);
                for (; j < inner; j++) to[j] = weight[0] * a[j] + weight[1] * b[j];
                continue;
            }
            for (; j + L.Count <= inner; j += L.Count)
            {
                V sum = L.Zero;
                for (int k = 0; k < count; k++) sum = L.Fma(L.Splat(weight[k]), L.Load(from + index[k] * inner + j), sum);
                L.Store(sum, to + j);
            }
            for (; j < inner; j++)
            {
                float sum = 0;
                for (int k = 0; k < count; k++) sum += weight[k] * from[index[k] * inner + j];
                to[j] = sum;
            }
        }
    }
}
