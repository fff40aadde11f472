using System;
using System.Linq;
using System.Runtime.Intrinsics;
using System.Threading;

namespace Lr2vq.Calibration;

/// <summary>Rows that give outputs, as they were and as they were coded.</summary>
/// <param name="Exact">[row][column].</param>
/// <param name="Coded">Likewise.</param>
/// <param name="Count">Rows of all groups.</param>
/// <param name="OfGroup">Rows of a group.</param>
internal sealed record OutputRows(float[] Exact, float[] Coded, int Count, int OfGroup);

/// <summary>Sums over positions of a step's inputs in the original and in the coded network, and of the products of their outputs.</summary>
internal sealed unsafe class OutputMoments
{
    /// <summary>Multiplications for the slopes of one weight.</summary>
    private const double MostWork = 2e9;
    private const int MostPositions = 64, FewestPositions = 4;

    /// <summary>Neighbours say nearly the same: so many positions count as one.</summary>
    private const int Alike = 4;

    private const double LargestSlope = 1.5;

    private readonly int _sampled;
    private readonly double[] _y, _z, _yy, _yz, _zz;    // by row, y the original's output, z the coded one's

    private OutputMoments(int rows, int columns, int positions, int sampled)
    {
        (Positions, _sampled) = (positions, sampled);
        (Original, Coded) = (new double[columns], new double[columns]);
        (_y, _z, _yy, _yz, _zz) = (new double[rows], new double[rows], new double[rows], new double[rows], new double[rows]);
    }

    public int Positions { get; }

    /// <summary>Sums of the original's inputs.</summary>
    public double[] Original { get; }

    /// <summary>Sums of the coded network's inputs.</summary>
    public double[] Coded { get; }

    /// <param name="original">The original's inputs; null if there are none.</param>
    /// <param name="coded">The coded network's.</param>
    /// <param name="rows">For sums over outputs; null without them.</param>
    /// <param name="samples">Number of all samples.</param>
    public static OutputMoments Of(InputPatches? original, InputPatches? coded, OutputRows? rows, int samples, CancellationToken cancellation)
    {
        if (original is not { Positions: > 0 } x || coded is not { } z || x.Positions != z.Positions) return new OutputMoments(0, 0, 0, 0);
        int sampled = rows is null ? 0 : (int)Math.Clamp(MostWork / (samples * (double)rows.Exact.Length), FewestPositions, MostPositions);
        sampled = Math.Min(sampled, x.Positions);
        var moments = new OutputMoments(rows?.Count ?? 0, x.Length, x.Positions, sampled);
        x.Sum(moments.Original);
        z.Sum(moments.Coded);
        float[] own = new float[x.Length], other = new float[x.Length];
        fixed (float* ownData = own, otherData = other)
            for (int i = 0; i < sampled; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int position = (int)((i + 0.5) * x.Positions / sampled);
                x.Read(position, ownData);
                z.Read(position, otherData);
                moments.Add(own, other, rows!);
            }
        return moments;
    }

    /// <summary>In the order given.</summary>
    public static OutputMoments Sum(OutputMoments[] parts)
    {
        OutputMoments[] some = [.. parts.Where(part => part.Positions > 0)];
        if (some.Length == 0) return new OutputMoments(0, 0, 0, 0);
        var sum = new OutputMoments(some[0]._y.Length, some[0].Original.Length, some.Sum(part => part.Positions), some.Sum(part => part._sampled));
        foreach (OutputMoments part in some)
            foreach ((double[] to, double[] from) in ((double[], double[])[])[(sum.Original, part.Original), (sum.Coded, part.Coded),
                (sum._y, part._y), (sum._z, part._z), (sum._yy, part._yy), (sum._yz, part._yz), (sum._zz, part._zz)])
                for (int i = 0; i < to.Length; i++) to[i] += from[i];
        return sum;
    }

    /// <summary>What each row is multiplied with so that its output comes nearest to the original's, up to a constant; drawn to 1 as far as chance may have
    /// made it.</summary>
    public double[] Slopes()
    {
        double[] slopes = new double[_y.Length];
        double n = Math.Max(1, _sampled), independent = Math.Max(1, n / Alike);
        for (int r = 0; r < slopes.Length; r++)
        {
            double yy = _yy[r] - _y[r] * _y[r] / n, yz = _yz[r] - _y[r] * _z[r] / n, zz = _zz[r] - _z[r] * _z[r] / n;
            slopes[r] = 1;
            if (!(zz > 0) || !(yz > 0)) continue;
            double change = yz / zz - 1, variance = Math.Max(0, yy * zz - yz * yz) / (zz * zz * independent);
            double slope = 1 + change * change * change / (change * change + variance + 1e-12);
            if (double.IsFinite(slope)) slopes[r] = Math.Clamp(slope, 1 / LargestSlope, LargestSlope);
        }
        return slopes;
    }

    private void Add(float[] own, float[] other, OutputRows rows)
    {
        int columns = rows.Exact.Length / rows.Count;
        for (int r = 0; r < rows.Count; r++)
        {
            int first = r / rows.OfGroup * columns;
            double y = Dot(rows.Exact.AsSpan(r * columns, columns), own.AsSpan(first, columns)), z = Dot(rows.Coded.AsSpan(r * columns, columns), other.AsSpan(first, columns));
            _y[r] += y;
            _z[r] += z;
            _yy[r] += y * y;
            _yz[r] += y * z;
            _zz[r] += z * z;
        }
    }

    /// <summary>The same bits on every machine: eight sums, added up in their order.</summary>
    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector256<float> sums = default;
        int i = 0;
        for (; i + 8 <= a.Length; i += 8) sums += Vector256.Create(a[i..]) * Vector256.Create(b[i..]);
        double sum = 0;
        for (int lane = 0; lane < 8; lane++) sum += sums[lane];
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
