using System;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;

namespace Lr2vq.Compression.Methods;

/// <summary>A weight whose subvectors are chosen one after the other by what samples show of its inputs: each by what its error costs once later ones have made up for it.</summary>
internal sealed unsafe class VectorFeedback
{
    private const int Lanes = PanelProduct.Lanes;

    /// <summary>Part of the mean of the diagonal of the Gram that is added to it.</summary>
    private const double Damping = 0.01;

    private readonly SliceOrder _slices;
    private readonly SubvectorFactor[] _factors;    // [group][part]
    private readonly float[][] _weights;            // [group][part]: [panel of 16 rows][column in its order][16]
    private readonly int _parts, _groupRows;

    private VectorFeedback(SliceOrder slices, SubvectorFactor[] factors, float[][] weights, int parts, int groupRows) =>
        (_slices, _factors, _weights, _parts, _groupRows) = (slices, factors, weights, parts, groupRows);

    /// <summary>Subvectors.</summary>
    public int Count => (int)_slices.Count;

    /// <summary>Null where nothing is known of the inputs, or subvectors go across rows.</summary>
    public static VectorFeedback? Of(WeightSource source, VectorQuantization.Prepared prepared, CancellationToken cancellation)
    {
        SliceOrder slices = prepared.Slices.Order;
        if (source.Inputs is not { } inputs || slices.Axis == SliceAxis.OutputChannel) return null;
        InputGram gram = inputs.Gram;
        GramShape shape = gram.Shape;
        if (!InputMetric.IsWhole(shape, slices)) return null;
        double trace = 0;
        for (int i = 0; i < shape.Groups * shape.Parts; i++)
        {
            ReadOnlySpan<double> sums = gram.Sums(i / shape.Parts, i % shape.Parts);
            int length = shape.Length(i % shape.Parts);
            for (int a = 0; a < length; a++) trace += sums[a * (length + 1)];
        }
        if (!(trace > 0) || !double.IsFinite(trace)) return null;
        double scale = (double)shape.Groups * shape.Columns / trace;
        var factors = new SubvectorFactor[shape.Groups * shape.Parts];
        float[][] weights = new float[factors.Length][];
        int rows = source.Identity.Canonical.Rows / shape.Groups, rowPanels = (rows + Lanes - 1) / Lanes;
        for (int i = 0; i < factors.Length; i++)
        {
            int group = i / shape.Parts, part = i % shape.Parts, n = shape.Length(part);
            factors[i] = SubvectorFactor.Of(gram.Sums(group, part), shape.First(part), n, slices, scale, Damping, cancellation);
            float[] packed = weights[i] = new float[(long)rowPanels * n * Lanes];
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<float> row = prepared.Weights.AsSpan((group * rows + r) * slices.Columns, slices.Columns);
                Span<float> to = packed.AsSpan(r / Lanes * n * Lanes + r % Lanes);
                for (int k = 0; k < n; k++) to[k * Lanes] = row[factors[i].Order[k]];
            }
        }
        return new VectorFeedback(slices, factors, weights, shape.Parts, rows);
    }

    /// <summary>Chooses the words of all subvectors.</summary>
    /// <param name="words">[k, m].</param>
    /// <param name="choice">Receives them.</param>
    public void Choose(ReadOnlySpan<float> words, int k, Choice choice, CancellationToken cancellation)
    {
        choice.Loss = 0;
        for (int i = 0; i < _factors.Length; i++) Choose(i, words, k, choice, cancellation);
    }

    /// <summary>Adds what entries and basis are fitted by.</summary>
    public void AddTo(CodebookFit fit, Choice choice)
    {
        for (int i = 0; i < _factors.Length; i++)
            foreach (SubvectorFactor.Block block in _factors[i].Blocks)
            {
                fit.Begin(block);
                for (int r = 0; r < _groupRows; r++)
                {
                    int subvector = (i / _parts * _groupRows + r) * _slices.Places + block.Place;
                    fit.Add(choice.Codes[subvector], choice.Targets.AsSpan(subvector * _slices.M, block.Width));
                }
                fit.End();
            }
    }

    private void Choose(int index, ReadOnlySpan<float> words, int k, Choice choice, CancellationToken cancellation)
    {
        SubvectorFactor factor = _factors[index];
        int n = factor.Order.Length, rowPanels = (_groupRows + Lanes - 1) / Lanes;
        float* errors = (float*)NativeMemory.AllocZeroed((nuint)((long)rowPanels * n * Lanes * sizeof(float)));
        int[] codes = new int[rowPanels * Lanes];
        float[] scores = new float[codes.Length], lifted = new float[k * _slices.M], above = new float[n * Lanes];
        try
        {
            fixed (float* weights = _weights[index])
                foreach (SubvectorFactor.Block block in factor.Blocks)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Lift(words, k, _slices.M, block, lifted);
                    var targets = new SubvectorMatrix(_groupRows, block.Width);
                    // w·R, for the scales.
                    float[] whole = choice.Fits ? new float[targets.Values.Length] : [];
                    for (int panel = 0; panel < block.Panels; panel++)
                    {
                        factor.Above(block, panel, above);
                        fixed (float* columns = above)
                            for (int r = 0; r < rowPanels; r++) Multiply(block, panel, columns, weights + (long)r * n * Lanes, errors + (long)r * n * Lanes, r, targets.Values, whole);
                    }
                    Assignment.Run(targets, 0, targets.Blocks, lifted.AsSpan(0, k * block.Width), k, codes, scores, cancellation);
                    Keep(block, index / _parts * _groupRows, codes, lifted, targets, whole, choice);
                    for (int r = 0; r < _groupRows; r++)
                    {
                        long at = ((long)(r / Lanes) * n + block.First) * Lanes + r % Lanes;
                        for (int c = 0; c < block.Width; c++) errors[at + c * Lanes] = weights[at + c * Lanes] - words[codes[r] * _slices.M + c];
                    }
                }
        }
        finally
        {
            NativeMemory.Free(errors);
        }
    }

    /// <summary>w_b·R_bb + Σ e_i·R_ib of sixteen rows, sixteen columns of a block; and w_b·R_bb + Σ w_i·R_ib where that is asked for.</summary>
    private static void Multiply(SubvectorFactor.Block block, int panel, float* above, float* weights, float* errors, int rowPanel, float[] targets, float[] whole)
    {
        float* sums = stackalloc float[Lanes * Lanes], all = stackalloc float[Lanes * Lanes];
        int begin = panel * Lanes, count = Math.Min(Lanes, block.Width - begin), at = (rowPanel * block.Width + begin) * Lanes;
        Own(block, weights + block.First * Lanes, begin, count, sums);
        if (whole.Length > 0)
        {
            new ReadOnlySpan<float>(sums, Lanes * Lanes).CopyTo(new Span<float>(all, Lanes * Lanes));
            if (block.First > 0) PanelProduct.Add(above, weights, block.First, all);
            new ReadOnlySpan<float>(all, count * Lanes).CopyTo(whole.AsSpan(at));
        }
        if (block.First > 0) PanelProduct.Add(above, errors, block.First, sums);
        new ReadOnlySpan<float>(sums, count * Lanes).CopyTo(targets.AsSpan(at));
    }

    /// <summary>Writes down what was chosen for a place of all rows.</summary>
    private void Keep(SubvectorFactor.Block block, int firstRow, int[] codes, float[] lifted, SubvectorMatrix targets, float[] whole, Choice choice)
    {
        for (int r = 0; r < _groupRows; r++)
        {
            int subvector = (firstRow + r) * _slices.Places + block.Place, at = targets.IndexOf(r, 0);
            choice.Codes[subvector] = (ushort)codes[r];
            for (int c = 0; c < block.Width; c++, at += Lanes)
            {
                float target = targets.Values[at];
                double left = (double)target - lifted[codes[r] * block.Width + c];
                choice.Loss += left * left;
                if (choice.Targets.Length > 0) choice.Targets[subvector * _slices.M + c] = target;
                if (whole.Length == 0) continue;
                double original = whole[at], replaced = original - left;
                choice.Products[firstRow + r] += original * replaced;
                choice.Squares[firstRow + r] += replaced * replaced;
            }
        }
    }

    /// <summary>w_b·R_bb of sixteen rows, columns [begin, begin + count).</summary>
    private static void Own(SubvectorFactor.Block block, float* weights, int begin, int count, float* to)
    {
        new Span<float>(to, Lanes * Lanes).Clear();
        for (int c = 0; c < count; c++)
            for (int lane = 0; lane < Lanes; lane++)
            {
                double sum = 0;
                for (int i = 0; i <= begin + c; i++) sum += weights[i * Lanes + lane] * block.Own[i * block.Width + begin + c];
                to[c * Lanes + lane] = (float)sum;
            }
    }

    /// <summary>Words times R_bb [k, width].</summary>
    private static void Lift(ReadOnlySpan<float> words, int k, int m, SubvectorFactor.Block block, Span<float> lifted)
    {
        int width = block.Width;
        for (int j = 0; j < k; j++)
            for (int c = 0; c < width; c++)
            {
                double sum = 0;
                for (int i = 0; i <= c; i++) sum += words[j * m + i] * block.Own[i * width + c];
                lifted[j * width + c] = (float)sum;
            }
    }

    /// <summary>What was chosen for a weight.</summary>
    /// <param name="feedback">The weight.</param>
    /// <param name="fits">Rows are to be fitted.</param>
    /// <param name="keepsTargets">Targets are kept, for the codebook.</param>
    internal sealed class Choice(VectorFeedback feedback, bool fits, bool keepsTargets)
    {
        public bool Fits => fits;

        /// <summary>By subvector.</summary>
        public ushort[] Codes { get; } = new ushort[feedback.Count];

        /// <summary>What words times R_bb should have been [subvector, m].</summary>
        public float[] Targets { get; } = keepsTargets ? new float[feedback.Count * feedback._slices.M] : [];

        /// <summary>⟨w, ŵ⟩ and ⟨ŵ, ŵ⟩ of each row, by the Gram.</summary>
        public double[] Products { get; } = new double[feedback._slices.Rows];

        public double[] Squares { get; } = new double[feedback._slices.Rows];

        /// <summary>Σ tr(E·H·Eᵀ), the mean of the diagonal of H being 1.</summary>
        public double Loss { get; set; }
    }
}
