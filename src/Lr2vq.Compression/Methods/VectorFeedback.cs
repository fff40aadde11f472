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
        int n = factor.Order.Length, rows = _groupRows, rowPanels = (rows + Lanes - 1) / Lanes, m = _slices.M, firstRow = index / _parts * rows;
        float* errors = (float*)NativeMemory.AlignedAlloc((nuint)((long)rowPanels * n * Lanes * sizeof(float)), 64);
        int[] codes = new int[rowPanels * Lanes];
        float[] scores = new float[codes.Length], lifted = new float[k * m];
        float* wide = stackalloc float[Lanes * Lanes], all = stackalloc float[Lanes * Lanes];
        try
        {
            fixed (float* weights = _weights[index])
                foreach (SubvectorFactor.Block block in factor.Blocks)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int width = block.Width;
                    Lift(words, k, m, block, lifted);
                    var targets = new SubvectorMatrix(rows, width);
                    float[]? whole = choice.Fits ? new float[targets.Values.Length] : null;
                    for (int panel = 0; panel < block.Panels; panel++)
                        fixed (float* above = factor.Above(block, panel))
                            for (int r = 0; r < rowPanels; r++)
                            {
                                int begin = panel * Lanes, count = Math.Min(Lanes, width - begin);
                                float* own = weights + ((long)r * n + block.First) * Lanes;
                                Own(block, own, begin, count, wide);
                                if (whole is not null)
                                {
                                    new ReadOnlySpan<float>(wide, Lanes * Lanes).CopyTo(new Span<float>(all, Lanes * Lanes));
                                    if (block.First > 0) PanelProduct.Add(above, weights + (long)r * n * Lanes, block.First, all);
                                    new ReadOnlySpan<float>(all, count * Lanes).CopyTo(whole.AsSpan((r * width + begin) * Lanes));
                                }
                                if (block.First > 0) PanelProduct.Add(above, errors + (long)r * n * Lanes, block.First, wide);
                                new ReadOnlySpan<float>(wide, count * Lanes).CopyTo(targets.Values.AsSpan((r * width + begin) * Lanes));
                            }
                    Assignment.Run(targets, 0, targets.Blocks, lifted.AsSpan(0, k * width), k, codes, scores, cancellation);
                    for (int r = 0; r < rows; r++)
                    {
                        int code = codes[r], subvector = (firstRow + r) * _slices.Places + block.Place, at = (r / Lanes * width) * Lanes + r % Lanes;
                        choice.Codes[subvector] = (ushort)code;
                        double product = 0, square = 0;
                        for (int c = 0; c < width; c++)
                        {
                            float target = targets.Values[at + c * Lanes];
                            double left = (double)target - lifted[code * width + c];
                            choice.Loss += left * left;
                            if (choice.Targets.Length > 0) choice.Targets[subvector * m + c] = target;
                            if (whole is null) continue;
                            double original = whole[at + c * Lanes], replaced = original - left;
                            product += original * replaced;
                            square += replaced * replaced;
                        }
                        choice.Products[firstRow + r] += product;
                        choice.Squares[firstRow + r] += square;
                        long to = ((long)(r / Lanes) * n + block.First) * Lanes + r % Lanes;
                        for (int c = 0; c < width; c++) errors[to + c * Lanes] = weights[to + c * Lanes] - words[code * m + c];
                    }
                    for (int r = rows; r < rowPanels * Lanes; r++)
                        for (int c = 0; c < width; c++) errors[((long)(r / Lanes) * n + block.First + c) * Lanes + r % Lanes] = 0;
                }
        }
        finally
        {
            NativeMemory.AlignedFree(errors);
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
