using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Compression.Methods;

/// <summary>How a weight becomes two factors.</summary>
/// <param name="Rank">Components; 0 as many as leave <see cref="LowRankFactorization.EnergyLeft"/>; −1 all.</param>
/// <param name="Bits">8 or 16 for the numbers of the factors, where there is no step.</param>
/// <param name="Step">Step of uniform, entropy-coded levels, relative to the root mean square of the weight; null for numbers of fixed length.</param>
/// <param name="IsExact">The rank was asked for, so it is one of rows and columns; else it stands for bytes, which another unfolding may use better.</param>
internal readonly record struct LowRankShape(int Rank, int Bits, double? Step, bool IsExact)
{
    /// <summary>The factors leave the least error of the outputs, by the inputs that samples show, and not of the weight.</summary>
    public bool ByInputs { get; init; }

    /// <summary>The bits were asked for; else a search may choose steps.</summary>
    public bool IsFixedLength { get; init; }
}

/// <summary>The best two factors of a weight (SVD), stored by a codec of their own.</summary>
internal static class LowRankFactorization
{
    /// <summary>Share of the energy that a rank of our own choice leaves.</summary>
    public const double EnergyLeft = 0.01;

    /// <summary>The largest rank whose factors have fewer numbers than the matrix; at least 1.</summary>
    public static int BreakEven(long rows, long columns) => (int)Math.Max(1, (rows * columns - 1) / (rows + columns));

    /// <summary>Rank before the spectrum is known: a given one, or the largest that pays.</summary>
    public static int RankOf(LowRankShape shape, int rows, int columns) => shape.Rank switch
    {
        -1 => Math.Min(rows, columns),
        0 => Math.Min(BreakEven(rows, columns), Math.Min(rows, columns)),
        _ => Math.Min(shape.Rank, Math.Min(rows, columns)),
    };

    /// <param name="source">The weight.</param>
    /// <param name="metric">The Gram of the inputs (<see cref="InputMetric.Blocks"/>), or null.</param>
    public static EncodedTensor Encode(WeightSource source, LowRankShape shape, double[][]? metric, CancellationToken cancellation) =>
        new LowRankSpectra(source, metric, cancellation).Encode(shape);

    /// <summary>Bytes of the ranges for factors of fixed length, which do not depend on the weights.</summary>
    public static (int Parameters, long Codes, long Codebook, long Dense) ByteLengths(CanonicalShape canonical, LowRankShape shape)
    {
        (int rows, int columns) = Unfolding.Rows.SidesOf(canonical);
        long rank = RankOf(shape, rows, columns), numbers = rank * (rows + columns);
        if (shape.Step is not null) return (LowRankTensor.ParameterBytes + 2 * TransformTensor.ParameterBytes, numbers + 128, 0, 2 * RowScales.BytesPerScale * rank);
        return shape.Bits == 16 ? (LowRankTensor.ParameterBytes + 2, 0, 0, 2 * numbers) : (LowRankTensor.ParameterBytes + 10, 0, 0, numbers + 2 * RowScales.BytesPerScale * rank);
    }

    /// <param name="otherLength">Length of the vectors of the other factor.</param>
    /// <param name="deviation">Root mean square of the weight.</param>
    internal static EncodedTensor Factor(float[] vectors, int rank, int otherLength, LowRankShape shape, double deviation, CancellationToken cancellation)
    {
        int length = vectors.Length / rank;
        TensorIdentity identity = new("factor", WeightRole.Gemm, ElementType.Float32, [rank, length], 1);
        if (shape.Step is not { } step) return DenseTensor.Pack(identity, vectors, shape.Bits == 16 ? DenseEncoding.Fp16 : DenseEncoding.Int8);
        // Noise of a component is multiplied by the other's length, √σ: levels of equal noise in the weight are finer there. Both factors of all
        // components together have the noise of levels of the weight itself.
        float[] scales = new float[rank];
        for (int c = 0; c < rank; c++)
        {
            double root = Math.Sqrt(RowNormalization.Energy(vectors.AsSpan(c * length, length)));
            scales[c] = root > 0 ? RowScales.Snap((float)(deviation * Math.Sqrt(otherLength / (2.0 * rank)) / root), RowScales.Usual) : 0f;
        }
        RowNormalization.Divide(vectors, scales);
        return TransformCoding.Encode(identity, vectors, new WeightScales(scales, [], length), new TransformCoding.Form(1, null), step, cancellation).Tensor;
    }
}
