using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>Resizes one axis of [outer, input, inner].</summary>
internal sealed unsafe class ResizePass(long outer, long input, long output, long inner, ResizeTaps taps)
{
    /// <summary>Elements of the result.</summary>
    public long Length => outer * output * inner;

    public void Run(float* x, float* y)
    {
        fixed (int* indices = taps.Indices)
        fixed (float* weights = taps.Weights)
        {
            Isa isa = Lanes.Isa;
            if (inner == 1) Rows(x, y, indices, weights);
            else if (Vector512.IsHardwareAccelerated && isa == Isa.Vector512 && inner >= 16) Slabs<Lanes512, Vector512<float>>(x, y, indices, weights);
            else if (Vector256.IsHardwareAccelerated && isa >= Isa.Vector256 && inner >= 8) Slabs<Lanes256, Vector256<float>>(x, y, indices, weights);
            else if (Vector128.IsHardwareAccelerated && isa >= Isa.Vector128 && inner >= 4) Slabs<Lanes128, Vector128<float>>(x, y, indices, weights);
            else Slabs<Lanes1, float>(x, y, indices, weights);
        }
    }

    [MethodImpl(Compile.Loop)]
    private void Rows(float* x, float* y, int* indices, float* weights)
    {
        int count = taps.Count;
        for (long o = 0; o < outer; o++, x += input, y += output)
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

    [MethodImpl(Compile.Loop)]
    private void Slabs<L, V>(float* x, float* y, int* indices, float* weights) where L : struct, ILanes<V> where V : struct
    {
        int count = taps.Count;
        for (long o = 0; o < outer; o++, x += input * inner)
            for (long i = 0; i < output; i++, y += inner)
            {
                int* index = indices + i * count;
                float* weight = weights + i * count;
                long j = 0;
                if (count == 2)
                {
                    float* a = x + index[0] * inner, b = x + index[1] * inner;
                    V left = L.Splat(weight[0]), right = L.Splat(weight[1]);
                    for (; j + L.Count <= inner; j += L.Count)
                        L.Store(L.Fma(left, L.Load(a + j), L.Mul(right, L.Load(b + j))), y + j);
                    for (; j < inner; j++) y[j] = weight[0] * a[j] + weight[1] * b[j];
                    continue;
                }
                for (; j + L.Count <= inner; j += L.Count)
                {
                    V sum = L.Zero;
                    for (int k = 0; k < count; k++) sum = L.Fma(L.Splat(weight[k]), L.Load(x + index[k] * inner + j), sum);
                    L.Store(sum, y + j);
                }
                for (; j < inner; j++)
                {
                    float sum = 0;
                    for (int k = 0; k < count; k++) sum += weight[k] * x[index[k] * inner + j];
                    y[j] = sum;
                }
            }
    }
}
