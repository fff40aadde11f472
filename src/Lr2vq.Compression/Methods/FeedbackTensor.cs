using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>A weight as levels that were rounded with feedback.</summary>
/// <param name="Levels">In <see cref="PanelOrder"/>; of a trellis multiples of the step.</param>
/// <param name="Counts">How often each level occurs, by context; of a trellis by context and quantizer.</param>
/// <param name="Columns">Half octaves of the steps of input channels; empty if all are the same.</param>
/// <param name="IsTrellis">Levels are those of a trellis.</param>
/// <param name="Step">The step that was used: larger than the one asked for if levels would not have fitted.</param>
/// <param name="Loss">Σ tr(E·H·Eᵀ), rows in units of their scales.</param>
/// <param name="Bytes">Bytes of the payload, nearly.</param>
internal sealed record RoundedTensor(short[] Levels, LevelHistogram[] Counts, int[] Columns, bool IsTrellis, float Step, double Loss, double Bytes);

/// <summary>A weight ready for transform coding with second-order error feedback: normalized, rotated, its Gram factored.</summary>
internal sealed class FeedbackTensor
{
    private const double Damping = 0.01;

    /// <summary>Half octaves around the median beyond which steps of input channels do not go.</summary>
    private const int MostHalfOctaves = 8;

    private readonly TensorIdentity _identity;
    private readonly TransformCoding.Form _form;
    private readonly WeightScales _scales;
    private readonly FeedbackMatrix _matrix;
    private readonly int[] _inputSteps;
    private readonly float[] _coefficients;
    private readonly float _largest;

    private FeedbackTensor(TensorIdentity identity, TransformCoding.Form form, WeightScales scales, FeedbackMatrix matrix, float[] coefficients, float largest, bool hasFactors,
        TensorSpec spec)
    {
        (_identity, _form, _scales, _matrix, _largest) = (identity, form, scales, matrix, largest);
        // Paths go along whole columns.
        UsesTrellis = spec.Trellis && identity.Groups == 1;
        _coefficients = UsesTrellis ? coefficients : [];
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        (Length, Work) = ((long)order.Rows * order.Columns, order.StoredLength * (16.0 + (hasFactors ? order.Columns / 2.0 : 0)));
        _inputSteps = !spec.IsPlain && scales.Columns.Length == 0 && order.Inputs > 1 && matrix.CostOfInputs() is { } costs ? StepsOf(costs, order.Inputs) : [];
    }

    /// <summary>Number of weights.</summary>
    public long Length { get; }

    /// <summary>Multiplications of a pass, nearly.</summary>
    public double Work { get; }

    /// <summary>Input channels could have steps of their own.</summary>
    public bool HasInputSteps => _inputSteps.AsSpan().ContainsAnyExcept(0);

    /// <summary>Input channels have steps of their own: coarser where later columns make up for errors (WaterSIC).</summary>
    public bool UsesInputSteps { get; set; }

    /// <summary>Columns are paths through a trellis, where that serves. It can be left, and taken up again.</summary>
    public bool UsesTrellis { get; set; }

    /// <param name="source">The weight.</param>
    /// <param name="gram">What is known of its inputs; null for nothing.</param>
    /// <param name="step">A guess of the step, for the choice of the form.</param>
    /// <param name="spec">Whether there is a basis, and a trellis.</param>
    /// <param name="workers">Share what is large.</param>
    public static FeedbackTensor Of(WeightSource source, InputGram? gram, double step, TensorSpec spec, Workers workers)
    {
        PanelOrder order = PanelOrder.Of(source.Identity.Canonical);
        float[] weights = source.Read();
        WeightScales scales = gram is null || spec.IsPlain ? WeightScales.Of(weights, source.Identity, spec, workers.Cancellation) : GramScales.Of(weights, source.Identity, gram, step, workers.Cancellation);
        scales.Divide(weights);
        TransformCoding.Form form = TransformCoding.Choose(weights, order, step, spec, source.Common);
        TransformCoding.Rotate(weights, form, order.Taps);
        float largest = TransformCoding.Largest(weights);
        GramShape shape = gram?.Shape ?? new GramShape(1, (int)order.Columns, (int)order.Columns);
        var factors = new FeedbackFactor?[shape.Groups * shape.Parts];
        for (int i = 0; gram is not null && i < factors.Length; i++)
        {
            int part = i % shape.Parts;
            factors[i] = FeedbackFactor.Of(gram.Sums(i / shape.Parts, part), shape.Length(part), form.Basis, Damping, workers, GramScales.OfPart(scales, shape, i / shape.Parts, part));
        }
        return new FeedbackTensor(source.Identity, form, scales, new FeedbackMatrix(weights, order, shape, factors), weights, largest, gram is not null, spec);
    }

    /// <param name="step">Of uniform levels; a trellis takes one with the same error.</param>
    public RoundedTensor Round(double step, CancellationToken cancellation)
    {
        int[] own = UsesInputSteps ? _inputSteps : [];
        PanelOrder order = PanelOrder.Of(_identity.Canonical);
        ReadOnlySpan<float> coefficients = InStepsOfInputs(own, order);
        bool isTrellis = UsesTrellis && TrellisCoding.Serves(coefficients, order, step);
        float used = isTrellis ? (float)TrellisCoding.StepFor(step) : (float)Math.Max(step, _largest / TransformCoding.LargestLevel);
        TrellisColumns? coder = isTrellis ? new TrellisColumns(TrellisCoding.Costs(coefficients, order, _form.Contexts, used, cancellation), order.Rows) : null;
        FeedbackLevels rounded = _matrix.Round(used, Array.ConvertAll(own, ColumnScales.Of), coder, cancellation);
        LevelHistogram[] counts = isTrellis ? TrellisCoding.Count(rounded.Levels, order, _form.Contexts, cancellation) : Count(rounded.Levels);
        double bits = 0;
        foreach (LevelHistogram histogram in counts) bits += LevelModels.Fit(histogram).Bits;
        int[] columns = own.Length > 0 ? own : _scales.Columns;
        double side = RowScales.LengthOf(_scales.Rows) + TransformTensor.ParameterBytes + 12 + _form.BasisBytes
            + (columns.Length > 0 ? ColumnScales.Pack(columns).Length : 0);
        return new RoundedTensor(rounded.Levels, counts, columns, isTrellis, used, rounded.Loss, bits / 8 + side);
    }

    /// <summary>Coefficients as a trellis meets them: divided by the steps of their input channels.</summary>
    private float[] InStepsOfInputs(int[] own, PanelOrder order)
    {
        if (!UsesTrellis || own.Length == 0) return _coefficients;
        float[] divided = (float[])_coefficients.Clone();
        float[] inverses = Array.ConvertAll(own, n => ColumnScales.Of(-n));
        for (int i = 0; i < divided.Length; i++) divided[i] *= inverses[i % (int)order.Columns / order.Taps];
        return divided;
    }

    public EncodedTensor Pack(RoundedTensor rounded, CancellationToken cancellation)
    {
        if (rounded.IsTrellis) return TrellisCoding.Pack(_identity, _form, _scales.Rows, rounded.Columns, rounded.Step, rounded.Levels, rounded.Counts, cancellation);
        int taps = PanelOrder.Of(_identity.Canonical).Taps;
        return TransformTensor.Pack(_identity, TransformCoding.Factors(_form, rounded.Counts, taps, _scales.Rows, rounded.Columns, rounded.Step, [], rounded.Levels), cancellation);
    }

    /// <summary>Codes columns by paths through a trellis.</summary>
    private sealed class TrellisColumns(TrellisCosts[] costs, int rows) : IColumnCoder
    {
        private readonly TrellisQuantizer _quantizer = new(rows);

        public void Code(int coefficient, ReadOnlySpan<float> targets, Span<short> levels, Span<float> values) =>
            _quantizer.Quantize(targets, 1f, costs[costs.Length == 1 ? 0 : coefficient], TrellisCoding.Lambda, [], levels, values);
    }

    /// <summary>Steps inversely to the costs, on half octaves around their median.</summary>
    private static int[] StepsOf(double[] costs, int inputs)
    {
        int[] steps = new int[costs.Length];
        for (int first = 0; first < costs.Length; first += inputs)
        {
            double[] sorted = costs[first..(first + inputs)];
            Array.Sort(sorted);
            for (int i = first; i < first + inputs; i++)
                steps[i] = (int)Math.Clamp(Math.Round(2 * (sorted[inputs / 2] - costs[i])), -MostHalfOctaves, MostHalfOctaves);
        }
        return steps;
    }

    private LevelHistogram[] Count(short[] levels)
    {
        PanelOrder order = PanelOrder.Of(_identity.Canonical);
        var counts = new LevelHistogram[_form.Contexts];
        for (int c = 0; c < counts.Length; c++) counts[c] = new LevelHistogram();
        LevelCoder.ForEachRun(order, counts.Length, levels, (vector, context, _) =>
        {
            LevelHistogram histogram = counts[context];
            foreach (short level in vector) histogram.Add(level);
        });
        return counts;
    }
}
