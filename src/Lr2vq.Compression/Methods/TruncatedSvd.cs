using System;
using System.Threading;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>W ≈ Σ σ·u·vᵀ over the largest singular values, by the eigenvectors of the smaller of W·Wᵀ and Wᵀ·W; in the metric of inputs by those of
/// W·G·Wᵀ, which leave the least error of the outputs.</summary>
internal sealed unsafe class TruncatedSvd
{
    private readonly double[] _matrix;      // [short side, long side], or [rows, columns] with a metric
    private readonly int _rows, _columns;
    private readonly bool _turned;
    private readonly LargeEigen _eigen;
    private readonly double _unit;
    private readonly CancellationToken _cancellation;

    /// <param name="matrix">[rows, columns].</param>
    /// <param name="metric">The Gram of the inputs as blocks along its diagonal, both triangles; null for none.</param>
    public TruncatedSvd(ReadOnlySpan<float> matrix, int rows, int columns, double[][]? metric, CancellationToken cancellation)
    {
        (_rows, _columns, _cancellation) = (rows, columns, cancellation);
        _turned = metric is null && rows > columns;
        int side = _turned ? columns : rows, length = _turned ? rows : columns;
        float largest = TransformCoding.Largest(matrix);
        // Squares of very small or large weights stay in range.
        _unit = largest > 0f ? ExactMath.Exp2(Math.Floor(ExactMath.Log2(largest))) : 1;
        _matrix = new double[matrix.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                _matrix[_turned ? (long)c * rows + r : (long)r * columns + c] = matrix[r * columns + c] / _unit;
        double[] left = metric is null ? _matrix : Times(metric), gram = new double[(long)side * side];
        fixed (double* a = left, b = _matrix, g = gram)
            for (int i = 0; i < side; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int j = 0; j <= i; j++)
                    g[(long)i * side + j] = g[(long)j * side + i] = LargeEigen.Dot(a + (long)i * length, b + (long)j * length, length);
            }
        _eigen = new LargeEigen(gram, side, cancellation);
        SquaredValues = Array.ConvertAll(_eigen.Values, value => value * _unit * _unit);
    }

    /// <summary>σ², falling; with a metric what each component does to the outputs.</summary>
    public double[] SquaredValues { get; }

    /// <summary>Σ of σ² from <paramref name="rank"/> on: the error that is left.</summary>
    public double ErrorOf(int rank)
    {
        double error = 0;
        for (int i = SquaredValues.Length - 1; i >= rank; i--) error += SquaredValues[i];
        return error;
    }

    /// <summary>The smallest rank, at least 1, that leaves at most <paramref name="share"/> of all.</summary>
    public int RankFor(double share)
    {
        double all = ErrorOf(0);
        int rank = SquaredValues.Length;
        for (double left = 0; rank > 1; rank--) if ((left += SquaredValues[rank - 1]) > share * all) break;
        return rank;
    }

    /// <summary>Σ left[c]·right[c]ᵀ: vectors as rows, both of the length √σ.</summary>
    public (float[] Left, float[] Right) Factors(int rank)
    {
        int side = _turned ? _columns : _rows, length = _turned ? _rows : _columns;
        double[] own = _eigen.Vectors(rank), other = new double[(long)rank * length];
        float[] a = new float[(long)rank * side], b = new float[other.Length];
        fixed (double* vectors = own, projected = other, matrix = _matrix)
            for (int c = 0; c < rank; c++)
            {
                _cancellation.ThrowIfCancellationRequested();
                double* to = projected + (long)c * length;
                for (int i = 0; i < side; i++) LargeEigen.Add(matrix + (long)i * length, vectors[(long)c * side + i], to, length);
                double balance = Math.Sqrt(Math.Sqrt(LargeEigen.Dot(to, to, length))), root = Math.Sqrt(_unit);
                for (int i = 0; i < side; i++) a[(long)c * side + i] = (float)(vectors[(long)c * side + i] * balance * root);
                for (int i = 0; i < length; i++) b[(long)c * length + i] = balance == 0 ? 0f : (float)(to[i] / balance * root);
            }
        return _turned ? (b, a) : (a, b);
    }

    private double[] Times(double[][] metric)
    {
        double[] product = new double[_matrix.Length];
        int first = 0;
        foreach (double[] block in metric)
        {
            int length = (int)Math.Round(Math.Sqrt(block.Length));
            fixed (double* matrix = _matrix, g = block, to = product)
                for (int r = 0; r < _rows; r++)
                {
                    _cancellation.ThrowIfCancellationRequested();
                    double* row = matrix + (long)r * _columns + first;
                    for (int c = 0; c < length; c++) LargeEigen.Add(g + (long)c * length, row[c], to + (long)r * _columns + first, length);
                }
            first += length;
        }
        return product;
    }
}
