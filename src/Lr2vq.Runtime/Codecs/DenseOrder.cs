using System;
using Lr2vq.Plans;

namespace Lr2vq.Codecs;

/// <summary>Decodes a whole weight to f32 in ONNX order, whatever its canonical form is.</summary>
internal static unsafe class DenseOrder
{
    /// <param name="destination">As many floats as the weight has elements.</param>
    public static void Decode(WeightTensor weight, float* destination)
    {
        if (weight.Rows == 0 || weight.Columns == 0) return;
        if (weight.Role is not (WeightRole.ConvTranspose or WeightRole.MatMul))
        {
            if (weight is not DenseTensor dense || !dense.TryDecodeSimply(destination)) weight.DecodeRows(0, weight.Rows, destination, weight.Columns);
            return;
        }
        // Sixteen rows at a time, so that the transposed stores of a cache line come together.
        const int Batch = 16;
        int taps = weight.KernelHeight * weight.KernelWidth, columns = weight.Columns;
        int groupRows = weight.Rows / weight.Groups;
        float[] rows = new float[checked(Batch * columns)];
        fixed (float* source = rows)
            for (int first = 0; first < weight.Rows; first += Batch)
            {
                int count = Math.Min(Batch, weight.Rows - first);
                weight.DecodeRows(first, count, source, columns);
                for (int i = 0; i < weight.Inputs; i++)
                    for (int r = 0; r < count; r++)
                    {
                        int group = (first + r) / groupRows, row = (first + r) % groupRows;
                        float* from = source + (long)r * columns + (long)i * taps;
                        float* to = destination + (((long)group * weight.Inputs + i) * groupRows + row) * taps;
                        for (int t = 0; t < taps; t++) to[t] = from[t];
                    }
            }
    }
}
