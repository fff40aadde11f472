using System;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>The singular vectors of a weight in both of its unfoldings, from which factors of any rank are cut.</summary>
internal sealed class LowRankSpectra
{
    // The other unfolding of a kernel is tried up to this side of its matrix, which takes a second.
    private const int LargestOther = 768;

    private readonly TensorIdentity _identity;
    private readonly float[] _weights;
    private readonly CancellationToken _cancellation;
    private readonly double _deviation;
    private TruncatedSvd? _axes;

    /// <param name="source">The weight.</param>
    /// <param name="metric">The Gram of the inputs (<see cref="InputMetric.Blocks"/>), or null.</param>
    public LowRankSpectra(WeightSource source, double[][]? metric, CancellationToken cancellation)
    {
        (_identity, _weights, _cancellation) = (source.Identity, source.Read(), cancellation);
        (int rows, int columns) = Unfolding.Rows.SidesOf(_identity.Canonical);
        Rows = new TruncatedSvd(_weights, rows, columns, metric, cancellation);
        _deviation = Math.Sqrt(RowNormalization.Energy(_weights) / Math.Max(1, _weights.Length));
        (int height, int width) = Unfolding.Axes.SidesOf(_identity.Canonical);
        HasAxes = metric is null && _identity.Canonical is { KernelHeight: > 1, KernelWidth: > 1 } && Math.Min(height, width) <= LargestOther;
    }

    /// <summary>Of [O, I·Kh·Kw].</summary>
    public TruncatedSvd Rows { get; }

    /// <summary>The other unfolding is worth a look.</summary>
    private bool HasAxes { get; }

    /// <summary>The weight as two factors.</summary>
    public EncodedTensor Encode(LowRankShape shape)
    {
        CanonicalShape canonical = _identity.Canonical;
        (int rows, int columns) = Unfolding.Rows.SidesOf(canonical);
        TruncatedSvd svd = Rows;
        int most = LowRankFactorization.RankOf(shape, rows, columns), rank = shape.Rank == 0 ? Math.Min(most, svd.RankFor(LowRankFactorization.EnergyLeft)) : most;
        Unfolding unfolding = Unfolding.Rows;
        if (!shape.IsExact && HasAxes)
        {
            (int height, int width) = Unfolding.Axes.SidesOf(canonical);
            TruncatedSvd other = _axes ??= Turned(height, width);
            // As many bytes: each component has two scales of two bytes.
            long numbers = (long)rank * (rows + columns);
            int same = (int)Math.Clamp((numbers + 4L * rank) / (height + width + 4), 1, Math.Min(height, width));
            bool isReached = shape.Rank == 0 && svd.RankFor(LowRankFactorization.EnergyLeft) == rank;
            if (isReached) same = other.RankFor(LowRankFactorization.EnergyLeft);
            bool isBetter = isReached ? (long)same * (height + width) < numbers : other.ErrorOf(same) < svd.ErrorOf(rank);
            if (isBetter) (unfolding, svd, rank, rows, columns) = (Unfolding.Axes, other, same, height, width);
        }
        // Components that are rounding alone say nothing.
        while (rank > 1 && svd.SquaredValues[rank - 1] <= svd.SquaredValues[0] * 1e-14) rank--;
        (float[] left, float[] right) = svd.Factors(rank);
        return LowRankTensor.Pack(_identity, unfolding, LowRankFactorization.Factor(left, rank, columns, shape, _deviation, _cancellation), LowRankFactorization.Factor(right, rank, rows, shape, _deviation, _cancellation));
    }

    private TruncatedSvd Turned(int height, int width)
    {
        float[] turned = new float[_weights.Length];
        Unfolding.Axes.Unfold(_weights, _identity.Canonical, turned);
        return new TruncatedSvd(turned, height, width, null, _cancellation);
    }
}
