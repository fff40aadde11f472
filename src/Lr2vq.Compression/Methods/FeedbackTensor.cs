using System;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Methods;

/// <summary>A weight as levels that were rounded with feedback.</summary>
/// <param name="Columns">Half octaves of the steps of input channels; empty if all are the same.</param>
/// <param name="Step">The step that was used: larger than the one asked for if levels would not have fitted.</param>
/// <param name="Loss">Σ tr(E·H·Eᵀ), rows in units of their scales.</param>
/// <param name="Bytes">Bytes of the payload, nearly.</param>
internal sealed record RoundedTensor(short[] Levels, int[] Columns, float Step, double Loss, double Bytes);

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
    private readonly float _largest;

    private FeedbackTensor(TensorIdentity identity, TransformCoding.Form form, WeightScales scales, FeedbackMatrix matrix, float largest, bool hasFactors)
    {
        (_identity, _form, _scales, _matrix, _largest) = (identity, form, scales, matrix, largest);
        PanelOrder order = PanelOrder.Of(identity.Canonical);
        (Length, Work) = ((long)order.Rows * order.Columns, order.StoredLength * (16.0 + (hasFactors ? order.Columns / 2.0 : 0)));
        _inputSteps = scales.Columns.Length == 0 && order.Inputs > 1 && matrix.CostOfInputs() is { } costs ? StepsOf(costs, order.Inputs) : [];
    }

    /// <summary>Number of weights.</summary>
    public long Length { get; }

    /// <summary>Multiplications of a pass, nearly.</summary>
    public double Work { get; }

    /// <summary>Input channels could have steps of their own.</summary>
    public bool HasInputSteps => _inputSteps.AsSpan().ContainsAnyExcept(0);

    /// <summary>Input channels have steps of their own: coarser where later columns make up for errors (WaterSIC).</summary>
    public bool UsesInputSteps { get; set; }

    /// <param name="source">The weight.</param>
    /// <param name="gram">What is known of its inputs; null for nothing.</param>
    /// <param name="step">A guess of the step, for the choice of the form.</param>
    /// <param name="basis">True to force a basis over the taps, false to forbid it, null to decide.</param>
    public static FeedbackTensor Of(WeightSource source, InputGram? gram, double step, bool? basis, CancellationToken cancellation)
    {
        PanelOrder order = PanelOrder.Of(source.Identity.Canonical);
        float[] weights = source.Read();
        // The Gram knows which input channels are large; without it the weights tell.
        WeightScales scales = gram is null ? WeightScales.Of(weights, source.Identity)
            : new WeightScales(RowNormalization.RootMeanSquares(weights, order.Rows), [], order.Inputs);
        scales.Divide(weights);
        TransformCoding.Form form = TransformCoding.Choose(weights, order, step, basis);
        TransformCoding.Rotate(weights, form, order.Taps);
        float largest = 0f;
        foreach (float y in weights) largest = Math.Max(largest, Math.Abs(y));
        GramShape shape = gram?.Shape ?? new GramShape(1, (int)order.Columns, (int)order.Columns);
        var factors = new FeedbackFactor?[shape.Groups * shape.Parts];
        for (int i = 0; gram is not null && i < factors.Length; i++)
        {
            int part = i % shape.Parts;
            factors[i] = FeedbackFactor.Of(gram.Sums(i / shape.Parts, part), shape.Length(part), form.Basis, Damping, cancellation);
        }
        return new FeedbackTensor(source.Identity, form, scales, new FeedbackMatrix(weights, order, shape, factors), largest, gram is not null);
    }

    public RoundedTensor Round(double step, CancellationToken cancellation)
    {
        float used = (float)Math.Max(step, _largest / TransformCoding.LargestLevel);
        int[] own = UsesInputSteps ? _inputSteps : [];
        FeedbackLevels rounded = _matrix.Round(used, Array.ConvertAll(own, ColumnScales.Of), null, cancellation);
        LevelHistogram[] counts = Count(rounded.Levels);
        double bits = 0;
        foreach (LevelHistogram histogram in counts) bits += LevelModels.Fit(histogram).Bits;
        PanelOrder order = PanelOrder.Of(_identity.Canonical);
        int[] columns = own.Length > 0 ? own : _scales.Columns;
        double side = RowScales.BytesPerScale * order.Rows + TransformTensor.ParameterBytes + 12 + (_form.Basis is null ? 0 : 2 * order.Taps * order.Taps)
            + (columns.Length > 0 ? ColumnScales.Pack(columns).Length : 0);
        return new RoundedTensor(rounded.Levels, columns, used, rounded.Loss, bits / 8 + side);
    }

    public EncodedTensor Pack(RoundedTensor rounded)
    {
        LevelHistogram[] counts = Count(rounded.Levels);
        return TransformTensor.Pack(_identity, TransformCoding.Factors(_form, counts, PanelOrder.Of(_identity.Canonical).Taps, _scales.Rows, rounded.Columns, rounded.Step, [],
            rounded.Levels));
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
