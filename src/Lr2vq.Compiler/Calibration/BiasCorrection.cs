using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Operators;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Calibration;

/// <summary>Lets biases take over what coded weights change in the mean: b += W·E[x] − Ŵ·E[x̂], layer after layer, x̂ being what the layers before,
/// corrected already, make of the samples. Scales of rows may take over what is left of it that goes with the output: the slope of W·x over Ŵ·x̂.
/// Or weights are coded again before, from what makes up for the layers before (<see cref="PairedGram"/>).</summary>
internal sealed unsafe class BiasCorrection : IDisposable
{
    private const int FewestSamples = 4;
    private const long MemoryLimit = 2L << 30;
    /// <summary>Most positions of a sample and of all that enter a Gram, and fewest for each column.</summary>
    private const int PositionsOfSample = 64, AllPositions = 16384;
    private const double FewestPositions = 2;
    /// <summary>Samples that are added together.</summary>
    private const int Chunk = 8;
    /// <summary>Most columns of a part of a Gram, which is four times as large as one alone.</summary>
    private const int MostColumns = 2304;

    private readonly Plan _plan;
    private readonly IReadOnlyList<WeightSource> _weights;
    private readonly EncodedTensor[] _tensors;
    private readonly Model _model, _originalModel;
    private readonly List<RunSample> _samples = [];
    /// <summary>One for each thread that runs steps.</summary>
    private readonly ConcurrentBag<ScratchMemory> _scratch = [];
    private readonly Workers _workers;
    private readonly Isa _widest;

    private BiasCorrection(PlannedNetwork network, IReadOnlyList<WeightSource> weights, EncodedTensor[] tensors, Isa widest, Workers workers)
    {
        _widest = widest;
        (_plan, _weights, _tensors, _workers) = (network.Plan, weights, tensors, workers);
        (_model, _originalModel) = (new Model(MemoryWeights.Of(_plan, tensors, workers.Cancellation)), new Model(MemoryWeights.Of(network, workers.Cancellation)));
    }

    /// <summary>Multiplications of the Grams of all weights that are coded again, at most.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="samples">How many samples there are.</param>
    public static double WorkOf(IEnumerable<WeightSource> weights, int samples) =>
        weights.Select(weight => GramShape.Of(weight.Identity, MostColumns)).Sum(shape => 2.0 * shape.Groups * shape.Columns * shape.PartColumns) * Math.Min(AllPositions, PositionsOfSample * samples);

    /// <param name="network">The original.</param>
    /// <param name="inputs">The steps that weights are used in.</param>
    /// <param name="weights">The original's, in the order of the Plan.</param>
    /// <param name="tensors">Coded weights, in the same order.</param>
    /// <param name="samples">As many as fit into memory side by side are used.</param>
    /// <param name="scales">Whether scales of rows are corrected as well.</param>
    /// <param name="again">Codes a weight again, by its place in the Plan and what it meets; null to leave weights as they are, and from it for one that stays.</param>
    /// <returns>The tensors with other biases; null if none is to be corrected.</returns>
    public static EncodedTensor[]? Run(PlannedNetwork network, IReadOnlyList<WeightInput> inputs, IReadOnlyList<WeightSource> weights,
        IReadOnlyList<EncodedTensor> tensors, IReadOnlyList<InputSample> samples, bool scales, int seed, Workers workers, Action<double> progress,
        Func<int, PairedGram, EncodedTensor?>? again = null)
    {
        ILookup<int, WeightInput> uses = inputs.ToLookup(input => input.Weight);
        bool IsFree(WeightInput input) => uses[input.Weight].Count() == 1 && TransformTensor.Has(tensors[input.Weight].Format);
        // Of a loop only the first turn would be seen.
        HashSet<int> repeated = WeightPlaces.InBodies(network.Plan);
        WeightInput[] corrected = [.. inputs.Where(input => !repeated.Contains(input.Step) && (IsCorrected(network.Plan, weights, input) || again is not null && IsFree(input)))];
        if (corrected.Length == 0) return null;
        // Networks give the same numbers on every machine.
        Isa widest = Lanes.Isa;
        using Lanes.Forced forced = EvaluationNetwork.Narrow();
        using var correction = new BiasCorrection(network, weights, [.. tensors], widest, workers);
        if (!correction.Open(samples)) return null;
        int done = 0;
        foreach (WeightInput input in corrected)
        {
            correction.RunTo(done + 1, input.Step - 1);
            bool requantized = again is not null && IsFree(input) && correction.Requantize(input, again);
            if (IsCorrected(network.Plan, weights, input)) correction.Correct(input, scales && IsFree(input), seed);
            correction.Run(input, requantized || scales && IsFree(input));
            done = input.Step;
            progress(1.0 / corrected.Length);
        }
        return correction._tensors;
    }

    public void Dispose()
    {
        foreach (RunSample sample in _samples)
        {
            sample.Coded.Dispose();
            sample.Original.Dispose();
        }
        foreach (ScratchMemory scratch in _scratch) scratch.Dispose();
        _model.Dispose();
        _originalModel.Dispose();
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
            ModelSession coded = _model.CreateSession(), original = _originalModel.CreateSession();
            _samples.Add(new RunSample(original, coded, shapes.Solve([.. sample.Values.SelectMany(value => value.Shape)])));
            foreach (ModelSession session in (ModelSession[])[original, coded])
            {
                for (int i = 0; i < sample.Values.Count; i++) session.SetInputBytes(i, sample.Values[i].Bytes, sample.Values[i].Shape);
                session.BeginSteps();
                bytes += session.MemoryBytes;
            }
            if (bytes > MemoryLimit) break;
        }
        return _samples.Count >= FewestSamples;
    }

    private void RunTo(int first, int last) => _workers.Run(_samples.Count, _ => 1, s =>
    {
        for (int step = first; step <= last; step++) Step(s, step);
    });

    private void Step(int sample, int step)
    {
        if (!_scratch.TryTake(out ScratchMemory? scratch)) scratch = new ScratchMemory();
        try
        {
            foreach (ModelSession session in (ModelSession[])[_samples[sample].Original, _samples[sample].Coded])
            {
                _workers.Cancellation.ThrowIfCancellationRequested();
                session.RunSteps(step, step, scratch);
            }
        }
        finally
        {
            _scratch.Add(scratch);
        }
    }

    /// <summary>Codes a weight again; false if too little is known of what it meets.</summary>
    private bool Requantize(WeightInput input, Func<int, PairedGram, EncodedTensor?> again)
    {
        (InputPatches? Original, InputPatches? Coded)[] patches = [.. _samples.Select((sample, s) => (Patches(input, sample.Original, s), Patches(input, sample.Coded, s)))];
        int wanted = Math.Min(PositionsOfSample, Math.Max(1, AllPositions / patches.Length));
        int[] taken = Array.ConvertAll(patches, p => p.Original is { } x && p.Coded is { } z && x.Positions == z.Positions ? Math.Min(x.Positions, wanted) : 0);
        var pair = new PairedGram(GramShape.Of(_weights[input.Weight].Identity, MostColumns));
        if (taken.Sum() < FewestPositions * pair.Shape.Columns) return false;
        // What follows gives the same whatever the width of the vectors.
        using Lanes.Forced wide = Lanes.Force(_widest);
        int length = pair.RowLength / 2;
        for (int first = 0; first < patches.Length; first += Chunk)
        {
            int count = Math.Min(Chunk, patches.Length - first);
            int[] starts = [.. Enumerable.Range(0, count + 1).Select(i => taken.AsSpan(first, i).ToArray().Sum())];
            float[] rows = new float[starts[count] * pair.RowLength];
            _workers.Run(count, _ => 1, i =>
            {
                float[] original = new float[length], changed = new float[length];
                (InputPatches? x, InputPatches? z) = patches[first + i];
                fixed (float* own = original, other = changed)
                    for (int k = 0; k < taken[first + i]; k++)
                    {
                        int place = (int)((k + 0.5) * x!.Value.Positions / taken[first + i]);
                        x.Value.Read(place, own);
                        z!.Value.Read(place, other);
                        pair.Fill(original, changed, rows.AsSpan((starts[i] + k) * pair.RowLength, pair.RowLength));
                    }
            });
            fixed (float* data = rows) pair.Add(data, starts[count], _workers);
        }
        if (again(input.Weight, pair) is not { } coded) return false;
        _tensors[input.Weight] = coded;
        return true;
    }

    /// <summary>Corrects what a step adds.</summary>
    private void Correct(WeightInput input, bool rescales, int seed)
    {
        WeightSource weight = _weights[input.Weight], bias = _weights[input.Bias];
        float[] exact = weight.Read(), coded = Decoded(_tensors[input.Weight]), values = bias.Read();
        int rows = values.Length, columns = exact.Length / rows, groupRows = rows / weight.Identity.Groups;
        OutputMoments[] samples = new OutputMoments[_samples.Count];
        _workers.Run(samples.Length, _ => 1, s => samples[s] = OutputMoments.Of(Patches(input, _samples[s].Original, s), Patches(input, _samples[s].Coded, s),
            rescales ? new OutputRows(exact, coded, rows, groupRows) : null, samples.Length, _workers.Cancellation));
        OutputMoments all = OutputMoments.Sum(samples);
        if (all.Positions == 0) return;
        if (rescales)
        {
            _tensors[input.Weight] = TransformTensor.Rescaled(_tensors[input.Weight], all.Slopes());
            coded = Decoded(_tensors[input.Weight]);
        }
        for (int r = 0; r < rows; r++)
        {
            int first = r / groupRows * columns;
            double change = 0;
            for (int j = 0; j < columns; j++)
                change += exact[(long)r * columns + j] * all.Original[first + j] - coded[(long)r * columns + j] * all.Coded[first + j];
            values[r] = (float)(values[r] + input.Factor * change / all.Positions);
        }
        // What is not finite is left as it was.
        if (!values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            _tensors[input.Bias] = TensorEncoder.Encode(new GivenWeight(bias.Identity, values), new TensorSpec(TensorTreatment.Bias, CompressionMethod.Fp16), 0, null, null,
                seed, _workers.Cancellation).Tensor;
        _model.Replace(input.Bias, Decoded(_tensors[input.Bias]));
    }

    /// <summary>Runs the step of a weight.</summary>
    /// <param name="isOther">The weight is not what the model has.</param>
    private void Run(WeightInput input, bool isOther) => _workers.Run(_samples.Count, _ => 1, s =>
    {
        if (isOther) WithOther(_samples[s].Coded, input.Weight, () => Step(s, input.Step));
        else Step(s, input.Step);
    });

    /// <summary>Does something while a weight is what it became.</summary>
    private void WithOther(ModelSession session, int weight, Action work)
    {
        int value = _model.InputCount + weight;
        using NativeArena memory = new();
        session.Substitute(value, CodecTable.Open(MemoryWeights.Payload(_tensors[weight], memory, memory)), memory);
        work();
        session.Substitute(value, null, memory);
    }

    private InputPatches? Patches(WeightInput input, ModelSession session, int sample)
    {
        PlanWeight weight = _plan.Weights[input.Weight];
        TensorView x = session.InputsOf(input.Step)[0], y = session.OutputsOf(input.Step)[0];
        if (y.Length == 0) return null;
        return input.Attributes is null ? InputPatches.Rows(x)
            : InputPatches.Of(x, y, weight.Role, CanonicalShape.Of(weight.Role, [.. weight.Shape], weight.Groups), input.Attributes, _samples[sample].Symbols);
    }

    private static float[] Decoded(EncodedTensor tensor) => Verification.Open(tensor, weight =>
    {
        float[] values = new float[weight.Rows * (long)weight.Columns];
        fixed (float* to = values) weight.DecodeRows(0, weight.Rows, to, weight.Columns);
        return values;
    });

    private sealed class Model(WeightStore weights) : Lr2vqModel(weights, "", new SessionOptions { Threads = 1, MaxMemory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes })
    {
        public int InputCount => Network.InputValues.Length;

        public ModelSession CreateSession() => new(this);

        /// <summary>Gives a bias other values, which all sessions see.</summary>
        public void Replace(int weight, float[] values) =>
            values.CopyTo(new Span<float>(Network.Values[Network.InputValues.Length + weight].Dense, values.Length));

        protected override void Execute(in StepRunner run) => run.All();
    }

    /// <summary>A sample on its way through both networks.</summary>
    private sealed record RunSample(ModelSession Original, ModelSession Coded, Dictionary<string, long> Symbols);
}
