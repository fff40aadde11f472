using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>Codes one column of a weight over some of its rows.</summary>
internal interface IColumnCoder
{
    /// <param name="coefficient">The coefficient (tap) of the column.</param>
    /// <param name="targets">What the weights should be, in units of the step.</param>
    /// <param name="levels">Receives the levels.</param>
    /// <param name="values">Receives what the levels stand for, in units of the step.</param>
    void Code(int coefficient, ReadOnlySpan<float> targets, Span<short> levels, Span<float> values);
}

/// <summary>Levels that rounding with feedback found.</summary>
/// <param name="Levels">In <see cref="PanelOrder"/>.</param>
/// <param name="Loss">Σ tr(E·H·Eᵀ) over the groups, rows in units of their scales.</param>
internal sealed record FeedbackLevels(short[] Levels, double Loss);

/// <summary>The coefficients of a weight, ready to be rounded column by column with feedback, at any step.</summary>
internal sealed unsafe class FeedbackMatrix
{
    private const int Lanes = PanelProduct.Lanes;

    private readonly PanelOrder _order;
    private readonly GramShape _shape;
    private readonly FeedbackFactor?[] _factors;    // [group][part]; null: nothing is known of the inputs
    private readonly int[][] _columns;              // [group][part]: the columns of the part in their order
    private readonly float[][] _weights;            // [group][part]: [panel of 16 rows][column in its order][16]

    /// <param name="coefficients">Coefficients [row, input, coefficient], rows divided by their scales, columns by theirs.</param>
    /// <param name="order">Rows, inputs and taps.</param>
    /// <param name="shape">How the Gram is cut.</param>
    /// <param name="factors">[group][part].</param>
    public FeedbackMatrix(ReadOnlySpan<float> coefficients, PanelOrder order, GramShape shape, FeedbackFactor?[] factors)
    {
        (_order, _shape, _factors) = (order, shape, factors);
        _columns = new int[factors.Length][];
        _weights = new float[factors.Length][];
        int rows = GroupRows, rowPanels = RowPanels;
        for (int i = 0; i < factors.Length; i++)
        {
            int group = i / shape.Parts, part = i % shape.Parts, first = shape.First(part), n = shape.Length(part), depth = Padded(n);
            int[] columns = new int[n];
            for (int k = 0; k < n; k++) columns[k] = first + (factors[i]?.Order[k] ?? k);
            float[] weights = new float[(long)rowPanels * depth * Lanes];
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<float> row = coefficients.Slice(checked((int)((long)(group * rows + r) * order.Columns)), (int)order.Columns);
                Span<float> to = weights.AsSpan(r / Lanes * depth * Lanes + r % Lanes);
                for (int k = 0; k < n; k++) to[k * Lanes] = row[columns[k]];
            }
            (_columns[i], _weights[i]) = (columns, weights);
        }
    }

    private int GroupRows => _order.Rows / _shape.Groups;

    private int RowPanels => (GroupRows + Lanes - 1) / Lanes;

    /// <summary>Rounds all columns.</summary>
    /// <param name="step">The step.</param>
    /// <param name="inputs">What the step is multiplied with for each input of each group; empty for nothing.</param>
    /// <param name="coder">Codes the columns; null for rounding to nearest.</param>
    /// <param name="cancellation">Looked at between panels of columns.</param>
    public FeedbackLevels Round(float step, ReadOnlySpan<float> inputs, IColumnCoder? coder, CancellationToken cancellation)
    {
        short[] levels = new short[_order.StoredLength];
        double loss = 0;
        for (int i = 0; i < _factors.Length; i++)
            loss += Round(i, step, inputs.IsEmpty ? [] : inputs.Slice(i / _shape.Parts * _order.Inputs, _order.Inputs), coder, levels, cancellation);
        return new FeedbackLevels(levels, loss);
    }

    /// <summary>What an error of each column costs once later columns have made up for it: log₂ of the root, for each input of each group the mean over its
    /// taps.</summary>
    /// <returns>Null if nothing is known of the inputs.</returns>
    public double[]? CostOfInputs()
    {
        if (Array.Exists(_factors, factor => factor is null)) return null;
        double[] costs = new double[_shape.Groups * _order.Inputs];
        for (int i = 0; i < _factors.Length; i++)
            for (int k = 0; k < _columns[i].Length; k++)
                costs[i / _shape.Parts * _order.Inputs + _columns[i][k] / _order.Taps] += 0.5 * ExactMath.Log2(Math.Max(_factors[i]!.Weights[k], 1e-300)) / _order.Taps;
        return costs;
    }

    private static int Padded(int n) => (n + Lanes - 1) & ~(Lanes - 1);

    private double Round(int index, float step, ReadOnlySpan<float> inputs, IColumnCoder? coder, short[] levels, CancellationToken cancellation)
    {
        FeedbackFactor? factor = _factors[index];
        int n = _columns[index].Length, depth = Padded(n), rowPanels = RowPanels, tile = Lanes * Lanes;
        long errorFloats = factor is null ? 0 : (long)rowPanels * depth * Lanes;
        float* errors = (float*)NativeMemory.AlignedAlloc((nuint)((errorFloats + rowPanels * tile) * sizeof(float) + 64), 64);
        float* tiles = errors + errorFloats;
        var columns = new Columns(this, index, coder, levels);
        double loss = 0;
        try
        {
            fixed (float* weights = _weights[index])
                for (int first = 0; first < n; first += Lanes)
                {
                    cancellation.ThrowIfCancellationRequested();
                    fixed (float* panel = factor is null ? default : factor.Panel(first / Lanes))
                    {
                        for (int r = 0; r < rowPanels; r++)
                        {
                            float* own = weights + ((long)r * depth + first) * Lanes;
                            new ReadOnlySpan<float>(own, tile).CopyTo(new Span<float>(tiles + r * tile, tile));
                            if (factor is not null) PanelProduct.Add(panel, errors + (long)r * depth * Lanes, first, tiles + r * tile);
                        }
                        for (int c = 0; c < Math.Min(Lanes, n - first); c++)
                        {
                            int input = _columns[index][first + c] / _order.Taps;
                            double left = columns.Code(first + c, inputs.IsEmpty ? step : step * inputs[input], tiles + c * Lanes);
                            loss += left * (factor?.Weights[first + c] ?? 1);
                            if (factor is null) continue;
                            for (int r = 0; r < rowPanels; r++)
                            {
                                float* error = errors + ((long)r * depth + first + c) * Lanes;
                                columns.Subtract(r, weights + ((long)r * depth + first + c) * Lanes, error);
                                Spread(error, panel + (first + c) * Lanes, c + 1, tiles + r * tile);
                            }
                        }
                    }
                }
        }
        finally
        {
            NativeMemory.AlignedFree(errors);
        }
        return loss;
    }

    /// <summary>What the columns that remain of a panel do about the errors of one.</summary>
    private static void Spread(float* error, float* factors, int first, float* tile)
    {
        for (int c = first; c < Lanes; c++)
        {
            float factor = factors[c];
            float* to = tile + c * Lanes;
            for (int lane = 0; lane < Lanes; lane += 8)
                Vector256.Store(ExactFma.Of(Vector256.Create(factor),
                    Vector256.Load(error + lane), Vector256.Load(to + lane)), to + lane);
        }
    }

    /// <summary>The rows of one column at a time.</summary>
    private sealed class Columns
    {
        private const int Lanes = PanelProduct.Lanes;

        private readonly FeedbackMatrix _matrix;
        private readonly int _index;
        private readonly IColumnCoder? _coder;
        private readonly short[] _levels, _column;
        private readonly float[] _targets, _values;
        private float _step;

        public Columns(FeedbackMatrix matrix, int index, IColumnCoder? coder, short[] levels)
        {
            (_matrix, _index, _coder, _levels) = (matrix, index, coder, levels);
            int rows = matrix.RowPanels * Lanes;
            (_targets, _values, _column) = (new float[rows], new float[rows], new short[rows]);
        }

        /// <summary>Codes column <paramref name="k"/>, whose targets lie at <paramref name="tiles"/> in steps of a tile; gives Σ(target − value)².</summary>
        public double Code(int k, float step, float* tiles)
        {
            _step = step;
            float inverse = 1f / step;
            int rows = _matrix.GroupRows;
            for (int r = 0; r < _matrix.RowPanels; r++)
                for (int lane = 0; lane < Lanes; lane++) _targets[r * Lanes + lane] = tiles[r * Lanes * Lanes + lane] * inverse;
            int column = _matrix._columns[_index][k], taps = _matrix._order.Taps, input = column / taps, tap = column % taps;
            ReadOnlySpan<float> targets = _targets.AsSpan(0, rows);
            Span<float> values = _values.AsSpan(0, rows);
            Span<short> levels = _column.AsSpan(0, rows);
            if (_coder is not null) _coder.Code(tap, targets, levels, values);
            else
                for (int r = 0; r < targets.Length; r++)
                {
                    float level = Math.Clamp(MathF.Round(targets[r]), -TransformCoding.LargestLevel, TransformCoding.LargestLevel);
                    values[r] = level;
                    levels[r] = (short)level;
                }
            double left = 0;
            for (int r = 0; r < targets.Length; r++)
            {
                double difference = ((double)targets[r] - values[r]) * _step;
                left += difference * difference;
            }
            Keep(levels, input, tap);
            return left;
        }

        /// <summary>Errors of sixteen rows: weights less what they became.</summary>
        public void Subtract(int panel, float* weights, float* errors)
        {
            for (int lane = 0; lane < Lanes; lane++) errors[lane] = weights[lane] - _values[panel * Lanes + lane] * _step;
        }

        private void Keep(ReadOnlySpan<short> levels, int input, int tap)
        {
            int first = _index / _matrix._shape.Parts * _matrix.GroupRows;
            for (int r = 0; r < levels.Length;)
            {
                int count = Math.Min(levels.Length - r, Lanes - (first + r) % Lanes);
                levels.Slice(r, count).CopyTo(_levels.AsSpan(checked((int)_matrix._order.IndexOf(first + r, input, tap))));
                r += count;
            }
        }
    }
}
