using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Memory;

namespace Lr2vq.Compression.Metrics;

/// <summary>Opens what was packed, as an app will, and compares it with the weights.</summary>
internal static unsafe class Verification
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Σ(w − ŵ)² and Σw², in double, in a fixed order, and the largest relative error of a column (<see cref="ColumnErrors"/>).</summary>
    public static (double Error, double Energy, double WorstColumn) Compare(WeightSource source, EncodedTensor packed, CancellationToken cancellation = default)
    {
        float[] weights = new float[source.Length];
        source.ReadCanonical(weights);
        ColumnErrors? byColumn = ColumnErrors.Of(source.Identity);
        return Open(packed, tensor =>
        {
            long columns = tensor.Columns;
            int rows = (int)Math.Clamp(BlockBytes / 4 / Math.Max(1, columns), 1, Math.Max(1, tensor.Rows));
            float[] decoded = new float[rows * columns];
            double error = 0, energy = 0;
            fixed (float* destination = decoded)
            {
                for (int first = 0; first < tensor.Rows; first += rows)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int count = Math.Min(rows, tensor.Rows - first);
                    tensor.DecodeRows(first, count, destination, columns);
                    ReadOnlySpan<float> original = weights.AsSpan((int)(first * columns), (int)(count * columns));
                    error += SquaredDistance(original, decoded);
                    energy += Methods.RowNormalization.Energy(original);
                    byColumn?.Add(first, original, decoded);
                }
            }
            return (error, energy, byColumn?.Worst() ?? 0);
        });
    }

    /// <summary>All weights, in canonical order.</summary>
    public static float[] Decode(EncodedTensor packed) => Open(packed, tensor =>
    {
        float[] weights = new float[(long)tensor.Rows * tensor.Columns];
        fixed (float* destination = weights) tensor.DecodeRows(0, tensor.Rows, destination, tensor.Columns);
        return weights;
    });

    /// <summary>Opens what was packed, as an app will, for as long as <paramref name="use"/> takes.</summary>
    public static T Open<T>(EncodedTensor packed, Func<WeightTensor, T> use)
    {
        using var memory = new NativeArena();
        fixed (byte* parameters = packed.Parameters, codes = packed.Codes, codebook = packed.Codebook, dense = packed.Dense)
        {
            var payload = new TensorPayload
            {
                Name = packed.Name,
                Role = packed.Role,
                Type = packed.Type,
                Shape = packed.Shape,
                Groups = packed.Groups,
                Format = packed.Format,
                ParametersData = parameters,
                ParametersLength = packed.Parameters.Length,
                CodesData = codes,
                CodesLength = packed.Codes.Length,
                CodebookData = codebook,
                CodebookLength = packed.Codebook.Length,
                DenseData = dense,
                DenseLength = packed.Dense.Length,
                Memory = memory,
            };
            return use(CodecTable.Open(payload));
        }
    }

    private static double SquaredDistance(ReadOnlySpan<float> original, ReadOnlySpan<float> decoded)
    {
        double even = 0, odd = 0;
        for (int i = 0; i < original.Length; i++)
        {
            // Equal infinities differ by nothing; their difference would be no number.
            double difference = original[i] == decoded[i] ? 0 : (double)original[i] - decoded[i];
            if ((i & 1) == 0) even += difference * difference;
            else odd += difference * difference;
        }
        return even + odd;
    }
}
