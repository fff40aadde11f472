using System;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>The sums themselves.</summary>
internal readonly unsafe struct SumSink(int* y) : IIntegerSink
{
    public void Store(int* sums, int count, long index, long at) => Buffer.MemoryCopy(sums, y + at, 4L * count, 4L * count);
}

/// <summary>Sums with a bias, times a factor, quantized.</summary>
/// <param name="bias">Null, or one for each channel or column.</param>
/// <param name="factors">One, or one for each channel or column.</param>
/// <param name="factorStep">0 for one factor.</param>
/// <param name="step">1 if neighbouring sums belong to neighbouring columns, 0 if all belong to one channel.</param>
/// <param name="range">What the result holds.</param>
/// <param name="y">The result.</param>
internal readonly unsafe struct QuantizedSink(int* bias, float* factors, int factorStep, int step, QuantizedRange range, byte* y) : IIntegerSink
{
    public void Store(int* sums, int count, long index, long at)
    {
        if (bias != null)
            for (int i = 0; i < count; i++) sums[i] += bias[index + i * step];
        Quantizer.Row(new Products(sums, factors + index * factorStep, factorStep * step), range, y + at, count);
    }

    private readonly struct Products(int* sums, float* factors, int step) : IFloatSource
    {
        public float One(long i) => sums[i] * factors[i * step];

        public Vector128<float> Four(long i) =>
            Vector128.ConvertToSingle(Vector128.Load(sums + i)) * (step == 0 ? Vector128.Create(*factors) : Vector128.Load(factors + i));
    }
}
