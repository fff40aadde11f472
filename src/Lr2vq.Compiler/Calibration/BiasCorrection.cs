using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Metrics;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Calibration;

/// <summary>Lets biases take over what coded weights change in the mean: b += W·E[x] − Ŵ·E[x̂], layer after layer, x̂ being what the layers before,
/// corrected already, make of the samples.</summary>
internal sealed unsafe class BiasCorrection : IDisposable
{
    private const int FewestSamples = 4;
    private const long MemoryLimit = 2L << 30;

    private readonly Plan _plan;
    private readonly IReadOnlyList<WeightSource> _weights;
    private readonly EncodedTensor[] _tensors;
    private readonly Model _model;
    private readonly List<ModelSession> _sessions = [];
    private readonly List<Dictionary<string, long>> _symbols = [];
    private readonly Workers _workers;

    private BiasCorrection(Plan plan, IReadOnlyList<WeightSource> weights, EncodedTensor[] tensors, Workers workers)
    {
        (_plan, _weights, _tensors, _workers) = (plan, weights, tensors, workers);
        _model = new Model(MemoryWeights.Of(plan, tensors));
    }

    /// <param name="meansOfFirst">What the original's inputs are in the mean, over so many of the samples.</param>
    /// <param name="tensors">Coded weights, in the order of the Plan.</param>
    /// <param name="samples">As many as fit into memory side by side are used.</param>
    /// <returns>The tensors with other biases; null if none is to be corrected.</returns>
    public static EncodedTensor[]? Run(Plan plan, IReadOnlyList<WeightInput> inputs, Func<int, InputStatistics> meansOfFirst, IReadOnlyList<WeightSource> weights,
        IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<InputSample> samples, int seed, Workers workers, Action<double> progress)
    {
        WeightInput[] corrected = [.. inputs.Where(input => IsCorrected(plan, weights, input))];
        if (corrected.Length == 0) return null;
        // The same numbers on every machine.
        using Lanes.Forced forced = EvaluationNetwork.Narrow();
        using var correction = new BiasCorrection(plan, weights, [.. tensors], workers);
        if (!correction.Open(samples)) return null;
        InputStatistics means = meansOfFirst(correction._sessions.Count);
        int done = 0;
        foreach (WeightInput input in corrected)
        {
            correction.RunTo(done + 1, input.Step - 1);
            if (means.Mean(input.Step) is { } mean) correction.Correct(input, mean, seed);
            done = input.Step - 1;
            progress(1.0 / corrected.Length);
        }
        return correction._tensors;
    }

    public void Dispose()
    {
        foreach (ModelSession session in _sessions) session.Dispose();
        _model.Dispose();
    }

    private static bool IsCorrected(Plan plan, IReadOnlyList<WeightSource> weights, WeightInput input) =>
        input.Bias >= 0 && plan.Weights[input.Bias].Role == WeightRole.Bias && weights[input.Bias].Length == weights[input.Weight].Identity.Canonical.Rows;

    /// <summary>Gives samples sessions of their own; false if too few fit.</summary>
    private bool Open(IReadOnlyList<InputSample> samples)
    {
        var shapes = new InputShapes(_plan.Inputs);
        long bytes = 0;
        foreach (InputSample sample in samples)
        {
            _workers.Cancellation.ThrowIfCancellationRequested();
            ModelSession session = _model.CreateSession();
            _sessions.Add(session);
            for (int i = 0; i < sample.Values.Count; i++) session.SetInputBytes(i, sample.Values[i].Bytes, sample.Values[i].Shape);
            session.BeginSteps();
            _symbols.Add(shapes.Solve([.. sample.Values.SelectMany(value => value.Shape)]));
            bytes += session.MemoryBytes;
            if (bytes > MemoryLimit) break;
        }
        return _sessions.Count >= FewestSamples;
    }

    private void RunTo(int first, int last) => _workers.Run(_sessions.Count, _ => 1, s =>
    {
        for (int step = first; step <= last; step++)
        {
            _workers.Cancellation.ThrowIfCancellationRequested();
            _sessions[s].RunSteps(step, step);
        }
    });

    private void Correct(WeightInput input, double[] original, int seed)
    {
        double[] now = MeanOf(input, original.Length);
        WeightSource weight = _weights[input.Weight], bias = _weights[input.Bias];
        float[] exact = weight.Read(), coded = Decoded(_tensors[input.Weight]), values = bias.Read();
        int rows = values.Length, columns = exact.Length / rows, groupRows = rows / weight.Identity.Groups;
        for (int r = 0; r < rows; r++)
        {
            int first = r / groupRows * columns;
            double change = 0;
            for (int j = 0; j < columns; j++)
                change += exact[(long)r * columns + j] * original[first + j] - coded[(long)r * columns + j] * now[first + j];
            values[r] = (float)(values[r] + input.Factor * change);
        }
        // What is not finite is left as it was.
        if (!values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            _tensors[input.Bias] = TensorEncoder.Encode(new GivenWeight(bias.Identity, values), new TensorSpec(TensorTreatment.Bias, CompressionMethod.Fp16), 0, null, null,
                seed, _workers.Cancellation).Tensor;
        _model.Replace(input.Bias, Decoded(_tensors[input.Bias]));
    }

    private double[] MeanOf(WeightInput input, int length)
    {
        PlanWeight weight = _plan.Weights[input.Weight];
        CanonicalShape kernel = CanonicalShape.Of(weight.Role, [.. weight.Shape], weight.Groups);
        var sums = new double[_sessions.Count][];
        var counts = new long[_sessions.Count];
        _workers.Run(_sessions.Count, _ => 1, s =>
        {
            TensorView x = _sessions[s].InputsOf(input.Step)[0], y = _sessions[s].OutputsOf(input.Step)[0];
            sums[s] = new double[length];
            if (y.Length == 0) return;
            InputPatches patches = input.Attributes is null ? InputPatches.Rows(x) : InputPatches.Of(x, y, weight.Role, kernel, input.Attributes, _symbols[s]);
            patches.Sum(sums[s]);
            counts[s] = patches.Positions;
        });
        double[] mean = new double[length];
        double count = Math.Max(1, counts.Sum());
        for (int j = 0; j < length; j++)
        {
            foreach (double[] sum in sums) mean[j] += sum[j];
            mean[j] /= count;
        }
        return mean;
    }

    private static float[] Decoded(EncodedTensor tensor) => Verification.Open(tensor, weight =>
    {
        float[] values = new float[weight.Rows * (long)weight.Columns];
        fixed (float* to = values) weight.DecodeRows(0, weight.Rows, to, weight.Columns);
        return values;
    });

    private sealed class Model(WeightStore weights) : Lr2vqModel(weights, "", new SessionOptions { Threads = 1, MaxMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes })
    {
        public ModelSession CreateSession() => new(this);

        /// <summary>Gives a bias other values, which all sessions see.</summary>
        public void Replace(int weight, float[] values) =>
            values.CopyTo(new Span<float>(Network.Values[Network.InputValues.Length + weight].Dense, values.Length));

        protected override void Execute(in StepRunner run) => run.All();
    }

    /// <summary>A weight with values of its own.</summary>
    private sealed class GivenWeight(TensorIdentity identity, float[] values) : WeightSource(identity)
    {
        public override void ReadCanonical(Span<float> destination) => values.CopyTo(destination);

        public override byte[] ReadRaw() => throw new NotSupportedException();
    }
}
