using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Evaluation;

namespace Lr2vq.Calibration;

/// <summary>How answers changed.</summary>
/// <param name="Distance">Divergence, or the square of a relative change; what is made small.</param>
/// <param name="Softened">The same with softened classes: few samples say more of what is nearer, for those that the network is sure of count as well.</param>
/// <param name="Agreement">Part of the samples whose class stayed the same; 1 where there are no classes.</param>
/// <param name="Lost">Right answers that were lost, in points; null where nobody says what is right.</param>
/// <param name="Loss">Mean cross-entropy, in nats, of the class that labels name or that the original chooses; the distance where there are no classes.</param>
internal readonly record struct AnswerChange(double Distance, double Softened, double Agreement, double? Lost, double Loss);

/// <summary>What the original says of some samples, and how far another network is from that.</summary>
internal sealed class Answers
{
    private const double LogTwo = 0.6931471805599453;

    // Temperature of softened classes, as usual in distillation (Hinton, Vinyals, Dean 2015, arXiv 1503.02531, §2). The divergence itself is the mean of
    // many small numbers and a few large ones.
    private const double Temperature = 4;

    private readonly IReadOnlyList<float[]?[]> _outputs;    // of each sample; null where an output is whole numbers
    private readonly int[] _classes;                        // of each output; 0 where it is no classification
    private readonly IReadOnlyList<int>? _labels;

    private Answers(IReadOnlyList<InputSample> samples, IReadOnlyList<float[]?[]> outputs, int[] classes, IReadOnlyList<int>? labels) =>
        (Samples, _outputs, _classes, _labels) = (samples, outputs, classes, labels);

    public IReadOnlyList<InputSample> Samples { get; }

    /// <summary>True if all outputs say which class a sample belongs to: the distance is a divergence then.</summary>
    public bool AreClasses => _classes.All(c => c > 0);

    /// <summary>Classes of each output; 0 where it is no classification.</summary>
    public IReadOnlyList<int> Classes => _classes;

    /// <summary>The output that labels are about: the first that is a classification; −1 if there is none.</summary>
    private int Labelled => Array.FindIndex(_classes, c => c > 0);

    /// <param name="labels">The right class of each sample; null if nobody says.</param>
    public static Answers Of(EvaluationNetwork original, IReadOnlyList<InputSample> samples, Workers workers, Action<double> progress, IReadOnlyList<int>? labels = null)
    {
        var cancel = new CancelObserver(workers.Cancellation);
        List<float[]?[]> outputs = [];
        int[] classes = [];
        foreach (InputSample sample in samples)
        {
            NpyFile[] answers = original.Run(sample, cancel);
            outputs.Add(Array.ConvertAll(answers, Floats));
            classes = Array.ConvertAll(answers, a => a.Shape is [_] or [_, _] ? a.Shape[^1] : 0);
            progress(1.0 / samples.Count);
        }
        return new Answers(samples, outputs, [.. classes.Select((count, i) => IsClassification(outputs, i, count) ? count : 0)], labels);
    }

    /// <summary>For each output of a sample the right class of each row: what labels name, else what the original chooses. Only where all outputs are classes.</summary>
    public int[][] RightClasses(int sample) => [.. _classes.Select((classes, i) => Enumerable.Range(0, _outputs[sample][i]!.Length / classes)
        .Select(row => i == Labelled && _labels is { } labels ? labels[sample] : OutputComparison.Best(_outputs[sample][i].AsSpan(row * classes, classes))).ToArray())];

    /// <summary>The first of the samples.</summary>
    public Answers First(int count) => count >= Samples.Count ? this : new Answers(SampleSplit.First(Samples, count), [.. _outputs.Take(count)], _classes, _labels);

    /// <summary>Begins to collect how far another network's outputs are from these.</summary>
    public Comparison Compare() => new(this);

    /// <summary>How far a network is from the original on all samples.</summary>
    public AnswerChange Compare(EvaluationNetwork network, Workers workers, Action<double>? progress = null)
    {
        Comparison comparison = Compare();
        var cancel = new CancelObserver(workers.Cancellation);
        for (int s = 0; s < Samples.Count; s++)
        {
            comparison.Add(s, network.Run(Samples[s], cancel));
            progress?.Invoke(1.0 / Samples.Count);
        }
        return comparison.Result;
    }

    /// <summary>The distance of a network: mean KL(original ‖ other) in nats where an output is a classification, the square of the relative change
    /// for any other; the sum over the outputs.</summary>
    public sealed class Comparison(Answers answers)
    {
        private readonly double[] _sums = new double[answers._classes.Length], _energies = new double[answers._classes.Length], _softened = new double[answers._classes.Length];
        private int _lost;
        private readonly double[] _crossEntropies = new double[answers._classes.Length];
        private readonly long[] _rows = new long[answers._classes.Length], _agreeing = new long[answers._classes.Length];

        public void Add(int sample, IReadOnlyList<NpyFile> outputs)
        {
            for (int i = 0; i < _sums.Length; i++)
            {
                if (answers._outputs[sample][i] is not { } expected || Floats(outputs[i]) is not { } actual || actual.Length != expected.Length) continue;
                int classes = answers._classes[i];
                if (classes == 0) AddChange(i, expected, actual);
                for (int row = 0; classes > 0 && row + classes <= expected.Length; row += classes) AddRow(i, expected.AsSpan(row, classes), actual.AsSpan(row, classes), i == answers.Labelled ? answers._labels?[sample] : null);
                if (answers._labels is { } labels && i == answers.Labelled)
                    _lost += (OutputComparison.Best(expected) == labels[sample] ? 1 : 0) - (OutputComparison.Best(actual) == labels[sample] ? 1 : 0);
            }
        }

        public AnswerChange Result
        {
            get
            {
                double distance = 0, softened = 0, agreement = 1, loss = 0;
                for (int i = 0; i < _sums.Length; i++)
                {
                    double own = answers._classes[i] > 0 ? _sums[i] / Math.Max(1, _rows[i]) : _energies[i] > 0 ? _sums[i] / _energies[i] : 0;
                    distance += own;
                    softened += answers._classes[i] > 0 ? _softened[i] / Math.Max(1, _rows[i]) : own;
                    if (answers._classes[i] == 0) loss += own;
                    else
                    {
                        loss += _crossEntropies[i] / Math.Max(1, _rows[i]);
                        agreement = Math.Min(agreement, (double)_agreeing[i] / Math.Max(1, _rows[i]));
                    }
                }
                return new AnswerChange(distance, softened, agreement, answers._labels is null || answers.Labelled < 0 ? null : 100.0 * _lost / answers.Samples.Count, loss);
            }
        }

        private void AddChange(int output, float[] expected, float[] actual)
        {
            for (int i = 0; i < expected.Length; i++)
            {
                // What masks hold says nothing.
                if (!float.IsFinite(expected[i])) continue;
                double difference = float.IsFinite(actual[i]) ? (double)expected[i] - actual[i] : expected[i];
                _sums[output] += difference * difference;
                _energies[output] += (double)expected[i] * expected[i];
            }
        }

        private void AddRow(int output, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int? label)
        {
            double[] p = Logarithms(expected), q = Logarithms(actual);
            _sums[output] += Divergence(p, q);
            _softened[output] += Temperature * Temperature * Divergence(Softened(p), Softened(q));
            _rows[output]++;
            int best = OutputComparison.Best(expected);
            if (best == OutputComparison.Best(actual)) _agreeing[output]++;
            _crossEntropies[output] -= q[label is >= 0 and int right && right < q.Length ? right : best] * LogTwo;
        }
    }

    /// <summary>KL(p ‖ q) in nats of distributions that are given by log₂ of their probabilities.</summary>
    private static double Divergence(double[] p, double[] q)
    {
        double sum = 0;
        for (int c = 0; c < p.Length; c++) sum += ExactMath.Exp2(p[c]) * (p[c] - q[c]);
        return Math.Max(0, sum) * LogTwo;
    }

    private static double[] Softened(double[] logs)
    {
        double[] softened = Array.ConvertAll(logs, log => log / Temperature);
        double sum = 0;
        foreach (double log in softened) sum += ExactMath.Exp2(log);
        double normal = ExactMath.Log2(sum);
        for (int c = 0; c < softened.Length; c++) softened[c] -= normal;
        return softened;
    }

    /// <summary>Rows that differ much from class to class, as probabilities or logits do; what is near to uniform is something else.</summary>
    private static bool IsClassification(IReadOnlyList<float[]?[]> outputs, int output, int classes)
    {
        if (classes < 2) return false;
        double entropy = 0, most = 0;
        foreach (float[]?[] one in outputs)
        {
            if (one[output] is not { Length: > 0 } values) return false;
            for (int row = 0; row + classes <= values.Length; row += classes)
            {
                foreach (double log in Logarithms(values.AsSpan(row, classes))) entropy -= ExactMath.Exp2(log) * log;
                most += ExactMath.Log2(classes);
            }
        }
        return entropy < 0.9 * most;
    }

    /// <summary>log₂ of the probabilities: of the values themselves if they are some, else of their softmax.</summary>
    private static double[] Logarithms(ReadOnlySpan<float> values)
    {
        double total = 0, top = double.NegativeInfinity;
        bool areProbabilities = true;
        foreach (float value in values)
        {
            total += value;
            areProbabilities &= value >= 0;
            if (value > top) top = value;
        }
        areProbabilities &= Math.Abs(total - 1) < 1e-3;
        double[] logs = new double[values.Length];
        double sum = 0;
        for (int c = 0; c < logs.Length; c++)
        {
            double log = areProbabilities ? ExactMath.Log2(Math.Max(values[c], 1e-12)) : (values[c] - top) / LogTwo;
            logs[c] = double.IsNaN(log) ? -60 : Math.Clamp(log, -60, 0);
            sum += ExactMath.Exp2(logs[c]);
        }
        double normal = ExactMath.Log2(sum);
        for (int c = 0; c < logs.Length; c++) logs[c] -= normal;
        return logs;
    }

    private static float[]? Floats(NpyFile output) => ArrayTypes.CanConvert(output.Type, ElementType.Float32)
        ? MemoryMarshal.Cast<byte, float>(ArrayTypes.Convert(output, ElementType.Float32).Bytes).ToArray() : null;
}
