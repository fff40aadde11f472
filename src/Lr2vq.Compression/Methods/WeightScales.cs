using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Plans;

namespace Lr2vq.Compression.Methods;

/// <summary>Scales of rows and, where input channels differ, of these as well: the root mean squares of rows and columns, found in turns.</summary>
/// <remarks>Where the weights of an input channel are small its inputs may well be large, so what is rounded away there has to be small in proportion.
/// Channels within an octave of the median keep the scale 1: they lose little by it, and a step relative to each would take bits from all networks.</remarks>
/// <param name="Rows">On a grid of <see cref="RowScales"/>.</param>
/// <param name="Columns">Half octaves of each input channel of each set of rows (<see cref="ColumnScales"/>); empty if none differs.</param>
/// <param name="Inputs">Input channels of a set.</param>
internal sealed record WeightScales(float[] Rows, int[] Columns, int Inputs)
{
    /// <summary>Half octaves below the median from which a channel counts as dead: its noise is that of a channel at this distance.</summary>
    public const int Dead = 40;


    // Half octaves around the median that are left alone.
    private const int Spared = 2;


    // log₂ of the most relative noise of a column, in proportion to that of a row: what a column at the edge of those that are left alone has.
    private const double MostOfColumn = Spared + 0.5;

    // Most noise, in proportion to that of rows alone. Scales of rows and columns together fit badly where what is large in both has small weights;
    // taking turns makes that worse, smaller exponents make it better.
    private const double MostNoise = 2;

    private static readonly (int Turns, double Exponent)[] s_trials = [(4, 1), (1, 1), (1, 0.5)];

    /// <summary>As a decision about the tensor wants them.</summary>
    public static WeightScales Of(ReadOnlySpan<float> weights, TensorIdentity identity, TensorSpec spec, CancellationToken cancellation = default) =>
        spec.IsPlain ? OfRows(weights, identity.Canonical.Rows, identity.Canonical.Inputs) : Of(weights, identity, cancellation);

    /// <param name="weights">Canonical order.</param>
    public static WeightScales Of(ReadOnlySpan<float> weights, TensorIdentity identity, CancellationToken cancellation = default)
    {
        CanonicalShape shape = identity.Canonical;
        int sets = SetsOf(identity);
        if (shape.Inputs > 1 && shape.Rows > sets)
        {
            double[] energies = ColumnEnergies(weights, shape, sets);
            foreach ((int turns, double exponent) in s_trials)
            {
                WeightScales scales = With(HalfOctaves(weights, shape, sets, turns, exponent, cancellation), weights, shape);
                for (int pass = 0; pass < 2 && scales.Lower(energies, shape); pass++) scales = With(scales.Columns, weights, shape);
                if (!scales.Columns.AsSpan().ContainsAnyExcept(0)) break;
                double noise = 0;
                for (int c = 0; c < energies.Length; c++) noise += scales.NoiseOf(c, shape);
                if (noise <= MostNoise * RowNormalization.Energy(weights)) return scales;
            }
        }
        return OfRows(weights, shape.Rows, shape.Inputs);
    }

    /// <summary>Scales of rows alone.</summary>
    /// <param name="weights">Canonical order.</param>
    public static WeightScales OfRows(ReadOnlySpan<float> weights, int rows, int inputs) => new(Roots(weights, rows), [], inputs);

    /// <summary>Root mean squares of rows as a file will hold them; 0 for a row of zeros.</summary>
    private static float[] Roots(ReadOnlySpan<float> weights, int rows) => Array.ConvertAll(RowNormalization.RootMeanSquares(weights, rows), root => RowScales.Snap(root, RowScales.Usual));

    private static WeightScales With(int[] columns, ReadOnlySpan<float> weights, CanonicalShape shape)
    {
        float[] rest = weights.ToArray();
        if (columns.AsSpan().ContainsAnyExcept(0)) DivideColumns(rest, columns, shape.Rows, shape.Inputs);
        return new WeightScales(Roots(rest, shape.Rows), columns, shape.Inputs);
    }

    /// <summary>Lowers the scales of columns whose noise is too large for their weights: rows that are dead make columns look larger than they are.</summary>
    /// <returns>False if there are none.</returns>
    private bool Lower(double[] energies, CanonicalShape shape)
    {
        bool lowered = false;
        for (int c = 0; c < energies.Length; c++)
        {
            double noise = NoiseOf(c, shape);
            if (noise == 0 || energies[c] == 0) continue;
            int above = (int)Math.Ceiling(ExactMath.Log2(noise) - ExactMath.Log2(energies[c]) - MostOfColumn);
            int n = Math.Max(Columns[c] - above, -Dead);
            if (above <= 0 || n == Columns[c]) continue;
            Columns[c] = n;
            lowered = true;
        }
        return lowered;
    }

    /// <summary>Noise of a column where each normalized weight has noise of 1.</summary>
    private double NoiseOf(int column, CanonicalShape shape)
    {
        int rowsOfSet = Rows.Length / (Columns.Length / Inputs);
        double scale = ColumnScales.Of(Columns[column]);
        return scale * scale * shape.KernelHeight * shape.KernelWidth * RowNormalization.Energy(Rows.AsSpan(column / Inputs * rowsOfSet, rowsOfSet));
    }

    private static double[] ColumnEnergies(ReadOnlySpan<float> weights, CanonicalShape shape, int sets)
    {
        double[] sums = new double[sets * shape.Inputs], energies = new double[shape.Inputs];
        int rowsOfSet = shape.Rows / sets, length = weights.Length / shape.Rows;
        for (int r = 0; r < shape.Rows; r++)
        {
            Energies(weights.Slice(r * length, length), energies);
            for (int i = 0; i < energies.Length; i++) sums[r / rowsOfSet * shape.Inputs + i] += energies[i];
        }
        return sums;
    }

    /// <summary>Sets of rows that read channels of their own: the groups of a convolution.</summary>
    public static int SetsOf(TensorIdentity identity) =>
        identity.Role is WeightRole.Conv or WeightRole.ConvTranspose && identity.Canonical.Rows % identity.Groups == 0 ? identity.Groups : 1;

    /// <summary>Divides weights by both of their scales, in place.</summary>
    public void Divide(Span<float> weights)
    {
        if (Columns.Length > 0) DivideColumns(weights, Columns, Rows.Length, Inputs);
        RowNormalization.Divide(weights, Rows);
    }

    private static void DivideColumns(Span<float> weights, int[] columns, int rows, int inputs)
    {
        float[] inverses = new float[columns.Length];
        for (int c = 0; c < columns.Length; c++) inverses[c] = ColumnScales.Of(-columns[c]);
        int length = weights.Length / rows, taps = length / inputs, rowsOfSet = rows / (columns.Length / inputs);
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = weights.Slice(r * length, length);
            ReadOnlySpan<float> own = inverses.AsSpan(r / rowsOfSet * inputs, inputs);
            for (int i = 0; i < inputs; i++)
                for (int t = 0; t < taps; t++) row[i * taps + t] *= own[i];
        }
    }

    private static int[] HalfOctaves(ReadOnlySpan<float> weights, CanonicalShape shape, int sets, int turns, double exponent, CancellationToken cancellation)
    {
        int inputs = shape.Inputs, rowsOfSet = shape.Rows / sets, length = weights.Length / shape.Rows;
        int[] halfOctaves = new int[sets * inputs];
        double[] columns = new double[inputs], inverses = new double[inputs], energies = new double[inputs];
        for (int set = 0; set < sets; set++)
        {
            ReadOnlySpan<float> own = weights.Slice(set * rowsOfSet * length, rowsOfSet * length);
            Array.Fill(inverses, 1.0);
            for (int turn = 0; turn < turns; turn++)
            {
                cancellation.ThrowIfCancellationRequested();
                Array.Clear(columns);
                for (int r = 0; r < rowsOfSet; r++)
                {
                    Energies(own.Slice(r * length, length), energies);
                    double row = 0;
                    for (int i = 0; i < inputs; i++) row += energies[i] * inverses[i];
                    if (row == 0) continue;
                    for (int i = 0; i < inputs; i++) columns[i] += energies[i] / row;
                }
                for (int i = 0; i < inputs; i++) inverses[i] = columns[i] > 0 ? 1 / columns[i] : 0;
            }
            Round(columns, exponent, halfOctaves.AsSpan(set * inputs, inputs));
        }
        return halfOctaves;
    }

    /// <summary>Σw² of each input channel of a row.</summary>
    private static void Energies(ReadOnlySpan<float> row, double[] energies)
    {
        int taps = row.Length / energies.Length;
        for (int i = 0; i < energies.Length; i++)
        {
            double sum = 0;
            foreach (float w in row.Slice(i * taps, taps)) sum += (double)w * w;
            energies[i] = sum;
        }
    }

    /// <summary>log₂ of mean squares in proportion to their median: half octaves of the scales.</summary>
    private static void Round(double[] squares, double exponent, Span<int> halfOctaves)
    {
        double[] sorted = Array.FindAll(squares, square => square > 0);
        if (sorted.Length == 0) return;
        Array.Sort(sorted);
        double median = ExactMath.Log2(sorted[sorted.Length / 2]);
        for (int i = 0; i < squares.Length; i++)
        {
            int n = squares[i] > 0 ? (int)Math.Clamp(Math.Round((ExactMath.Log2(squares[i]) - median) * exponent), -Dead, ColumnScales.Limit) : 0;
            halfOctaves[i] = Math.Abs(n) <= Spared ? 0 : n;
        }
    }
}
