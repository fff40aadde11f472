using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Methods;
using Lr2vq.Compression.Metrics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;

namespace Lr2vq.Calibration;

/// <summary>Compresses a network by what samples show: error feedback, steps by sensitivity, bias correction. What is tried is kept only where the
/// answers on held-out samples come nearer to the original's.</summary>
internal sealed class Calibrator : IDisposable
{
    private const int ScanSamples = 20;
    /// <summary>Weights below which a tensor stays as it is: its tables would cost more than its levels save.</summary>
    private const int FewestWeights = 128;
    private const double FirstStep = 0.25;
    private const int MostFits = 8;
    /// <summary>What a form has to save before it is preferred: less may be chance.</summary>
    private const double Better = 0.95;
    /// <summary>Bits for each weight below which levels without a trellis are tried.</summary>
    private const double FewBits = 1.5;
    /// <summary>How often weights are coded again until they fit, and octaves that the step grows by at least.</summary>
    private const int MostCodedAgain = 3;
    private const double LeastCoarser = 0.004;
    /// <summary>Part of the mean of the diagonal of a Gram that keeps what makes up for other layers small where samples say little.</summary>
    private static readonly double[] s_ridges = [0.03, 0.3];

    private readonly PlannedNetwork _network;
    private readonly IReadOnlyList<WeightSource> _weights;
    private readonly CompressionOptions _options;
    private readonly CalibrationSettings _settings;
    private readonly Func<IReadOnlyList<TensorLengths>, long> _fileLength;
    private readonly Workers _workers;
    private readonly CalibrationProgress _progress;
    private readonly IReadOnlyList<WeightInput> _inputs;
    private readonly EvaluationNetwork _original;
    private readonly SampleSplit _samples;
    private readonly Answers _heldOut;
    private readonly CompressionRun _run;
    private readonly CalibratedTensors _tensors;
    private readonly Dictionary<int, int> _places;
    private readonly long _others;
    private readonly double _firstStep;
    private readonly bool _refinesAll;
    private double[]? _plainFactors;

    private Calibrator(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionOptions options, CalibrationSettings settings,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        (_network, _weights, _options, _settings, _fileLength) = (network, weights, options, settings, fileLength);
        _workers = new Workers(options.Threads, cancellation);
        _progress = new CalibrationProgress(progress);
        _inputs = WeightInput.Of(network.Plan);
        _samples = SampleSplit.Of(settings.Samples);
        _original = EvaluationNetwork.Original(network, _workers.Threads, cancellation);
        _heldOut = Answers.Of(_original, _samples.HeldOut, _workers, _progress.Part(0.02, "asking the original"),
            settings.Labels is { } labels ? [.. _samples.HeldOutPlaces.Select(i => labels[i])] : null);
        _run = new CompressionRun(weights, Specs(), options, fileLength, null, cancellation);
        TrainedDimensions.Decide(_run, null, _workers);
        _run.EncodeFixed();
        _others = _run.FileBytes;
        _firstStep = settings.Aim.Step ?? (settings.Aim.Bytes is { } bytes && _run.HasGlobalStep ? _run.StepForBytes(bytes - _others) : FirstStep);
        _tensors = Prepared();
        _refinesAll = BiasCorrection.WorkOf(_tensors.Indices.Select(i => weights[i]), _samples.Training.Count) <= settings.MostWorkOfRefining;
        _places = _tensors.Indices.Select((weight, place) => (weight, place)).ToDictionary(pair => pair.weight, pair => pair.place);
    }

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="weights">Its weights, in the order of its Plan.</param>
    /// <param name="fileLength">Exact length of the artifact for tensors of these lengths.</param>
    public static CalibrationResult Run(PlannedNetwork network, IReadOnlyList<WeightSource> weights, CompressionOptions options, CalibrationSettings settings,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var calibrator = new Calibrator(network, weights, options, settings, fileLength, progress, cancellation);
        return calibrator.Run();
    }

    public void Dispose() => _original.Dispose();

    private bool Has(CalibrationParts parts) => (_settings.Parts & parts) == parts;

    /// <summary>What decides which of two results is nearer.</summary>
    private double Distance(AnswerChange change) => Has(CalibrationParts.Softening) ? change.Softened : change.Distance;

    /// <summary>As the preset decides; tensors that it spares without data take part, and the global step is ours.</summary>
    private TensorSpec[] Specs()
    {
        TensorSpec[] specs = PresetRules.Decide(_options with { Step = null, Trellis = Has(CalibrationParts.Trellis) ? _options.Trellis : TrellisUse.Off }, _weights);
        bool trellis = Has(CalibrationParts.Trellis) && _options.Trellis != TrellisUse.Off;
        for (int i = 0; i < specs.Length && Has(CalibrationParts.Spared) && _options.Method == CompressionMethod.Auto; i++)
            if (specs[i].Treatment == TensorTreatment.Int8 && _weights[i].Length >= FewestWeights && PresetRules.Match(_options, _weights[i].Identity.Name)?.Method is null)
                specs[i] = new TensorSpec(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Trellis = trellis, IsPlain = specs[i].IsPlain };
        return specs;
    }

    private CalibratedTensors Prepared()
    {
        int[] indices = [.. _run.StepTensors];
        var tensors = new FeedbackTensor[indices.Length];
        foreach (int[] part in GramBatches.Of(_network.Plan, indices, Has(CalibrationParts.Feedback), out int mostColumns))
        {
            InputStatistics? statistics = !Has(CalibrationParts.Feedback) ? null : InputStatistics.Of(_original, Shared(), _samples.Training,
                weight => part.Contains(weight) ? mostColumns : 0, _options.Seed, _workers, _progress.Part(0.2 * part.Length / indices.Length, "watching the inputs"));
            Action<double> progress = _progress.Part(0.1 * part.Length / indices.Length, "factoring");
            Workers alone = new(1, _workers.Cancellation);
            _workers.Run(part.Length, i => Math.Pow(_weights[part[i]].Identity.Canonical.Inputs, 3), i =>
            {
                tensors[Array.IndexOf(indices, part[i])] = FeedbackTensor.Of(_weights[part[i]], statistics?.Gram(part[i]), _firstStep, _run.Specs[part[i]], alone);
                statistics?.Drop(part[i]);
                progress(1.0 / part.Length);
            });
        }
        return new CalibratedTensors(indices, tensors, _workers);
    }

    /// <summary>The steps, those that read a weight which is equal to another as if they read that.</summary>
    private WeightInput[] Shared() =>
        [.. _inputs.Select(input => _run.EqualTo(input.Weight) is { IsTurned: false, First: var first } ? input with { Weight = first } : input)];

    private CalibrationResult Run()
    {
        (double step, RoundedTensor[] rounded) = Coded(_firstStep);
        int rounds = !Has(CalibrationParts.Allocation) ? 0 : Has(CalibrationParts.Refinement) ? 2 : 1;
        for (int round = 0; round < rounds; round++)
        {
            Allocate(step, rounded, 0.4 / rounds, round == rounds - 1);
            (step, rounded) = Coded(step);
        }
        Trial trial = Try(step, rounded);
        if (_plainFactors is { } factors && Array.Exists(_tensors.Tensors, t => t.UsesInputSteps)) trial = Nearer(trial, WithoutInputSteps(step, factors));
        if (HasFewBits && _options.Trellis == TrellisUse.Auto && Array.Exists(_tensors.Tensors, t => t.UsesTrellis)) trial = Nearer(WithoutTrellis(step), trial);
        if (_settings.Aim is { Bytes: null, Step: null }) trial = Smallest(trial);
        if (!_refinesAll) trial = Refined(trial);
        return new CalibrationResult(trial.Result, trial.HeldOut, _heldOut.AreClasses, trial.IsCorrected,
            _settings.Aim.IsMetBy(trial.HeldOut, _heldOut.AreClasses));
    }

    /// <summary>What comes out if all columns of a tensor have the same step.</summary>
    private Trial WithoutInputSteps(double start, double[] factors)
    {
        foreach (FeedbackTensor tensor in _tensors.Tensors) tensor.UsesInputSteps = false;
        _tensors.Factors = factors;
        (double step, RoundedTensor[] rounded) = Coded(start);
        return Try(step, rounded);
    }

    /// <summary>Most levels will be zero.</summary>
    private bool HasFewBits => 8.0 * (_settings.Aim.Bytes - _others) < FewBits * _tensors.Tensors.Sum(t => (double)t.Length);

    /// <summary>What comes out with levels that are rounded to the nearest: where most of them are zero, feedback makes more of those than of paths.</summary>
    private Trial WithoutTrellis(double start)
    {
        foreach (FeedbackTensor tensor in _tensors.Tensors) tensor.UsesTrellis = false;
        (double step, RoundedTensor[] rounded) = Coded(start);
        return Try(step, rounded);
    }

    /// <summary>What was tried is only taken if it is clearly better.</summary>
    private Trial Nearer(Trial tried, Trial plain) => Distance(tried.HeldOut) < Better * Distance(plain.HeldOut) ? tried : plain;

    /// <summary>All tensors at the step that the aim asks for, beginning at a guess.</summary>
    private (double Step, RoundedTensor[] Rounded) Coded(double start) => _settings.Aim.Bytes is { } bytes ? Fitted(bytes - BytesOfRescaling, start) : (start, _tensors.Round(start));

    /// <summary>What rows may take more whose scales are corrected: a bit each, as their grid is finer, and what codes scatter.</summary>
    private long BytesOfRescaling => !Has(CalibrationParts.Bias | CalibrationParts.Scales) ? 0 : _tensors.Indices.Sum(i => _weights[i].Identity.Canonical.Rows / 8 + 2);

    /// <summary>Gives tensors steps by what their errors do to the answers. With feedback, only samples that it has not seen can tell.</summary>
    private void Allocate(double step, RoundedTensor[] rounded, double share, bool isLast)
    {
        Answers judges = _heldOut.First(ScanSamples);
        double[] distances = SensitivityScan.Run(_original, judges, _tensors.Indices, _tensors.Pack(rounded), Distance, _workers, _progress.Part(share / 2, "finding what is sensitive"));
        long[] lengths = [.. _tensors.Tensors.Select(t => t.Length)];
        double[] plain = SensitivityScan.Factors(distances, lengths, _tensors.Factors);
        // Only results of the same size can be compared.
        if (isLast && Has(CalibrationParts.ColumnSteps) && _settings.Aim.Bytes is not null)
        {
            ChooseInputSteps(step, rounded, distances, judges, share / 2);
            _plainFactors = plain;
        }
        _tensors.Factors = SensitivityScan.Factors(distances, lengths, _tensors.Factors);
    }

    /// <summary>Steps of input channels for the tensors whose answers, at equal bytes, come nearer with them.</summary>
    private void ChooseInputSteps(double step, RoundedTensor[] rounded, double[] distances, Answers judges, double share)
    {
        int[] candidates = [.. Enumerable.Range(0, distances.Length).Where(i => _tensors.Tensors[i].HasInputSteps)];
        foreach (int i in candidates) _tensors.Tensors[i].UsesInputSteps = true;
        RoundedTensor[] others = _tensors.Round(step);
        EncodedTensor[] packed = _tensors.Pack(others);
        double[] changed = SensitivityScan.Run(_original, judges, [.. candidates.Select(i => _tensors.Indices[i])], [.. candidates.Select(i => packed[i])], Distance, _workers,
            _progress.Part(share, "trying steps of columns"));
        for (int c = 0; c < candidates.Length; c++)
        {
            int i = candidates[c];
            // The square of the step that gives the same bytes.
            double distance = changed[c] * ExactMath.Exp2(2 * 8 * (others[i].Bytes - rounded[i].Bytes) / _tensors.Tensors[i].Length);
            if (distance < Better * distances[i]) distances[i] = distance;
            else _tensors.Tensors[i].UsesInputSteps = false;
        }
    }

    /// <summary>The smallest step within a budget of the artifact. What lengths predict is not exact, so it is asked again.</summary>
    private (double Step, RoundedTensor[] Rounded) Fitted(long budget, double start)
    {
        double allowed = budget - _others;
        (double Step, RoundedTensor[] Rounded)? best = null;
        long most = 0;
        for (int attempt = 0; ; attempt++)
        {
            (double step, RoundedTensor[] rounded) = _tensors.ForBytes(allowed, start, _progress.Part(0.005, "fitting the size"));
            EncodedTensor[] packed = _tensors.Pack(rounded);
            for (int i = 0; i < packed.Length; i++) _run.Put(_tensors.Indices[i], new EncodedWeight(packed[i], 0, 0, 0, 0, 0, 0, 0));
            long length = _run.FileBytes;
            if (length <= budget && length > most) (best, most) = ((step, rounded), length);
            if (attempt == MostFits || most > budget * 0.997 || length <= budget && step <= StepSearch.Finest || length > budget && step >= StepSearch.Coarsest) return best ?? (step, rounded);
            // The longer nothing fits, the more is taken off.
            allowed += (budget - length) * (length > budget ? 1.05 + 0.5 * attempt : 0.9);
            start = step;
        }
    }

    /// <summary>Everything coded, and refined where that does not take too long.</summary>
    private Trial Try(double step, RoundedTensor[] rounded)
    {
        EncodedTensor[] packed = _tensors.Pack(rounded);
        CompressionResult result = Verified(i => packed[i], i => rounded[i].Step, step);
        var coded = new Trial(step, result, Judge(result.Tensors), false, _tensors.Save());
        return _refinesAll ? Refined(coded) : coded;
    }

    /// <summary>Biases and scales corrected, weights coded again for what the layers before make of the samples, as far as that brings answers nearer.</summary>
    private Trial Refined(Trial coded)
    {
        _tensors.Restore(coded.Forms);
        Trial best = coded;
        if (Has(CalibrationParts.Bias)) best = Corrected(best, coded.Result, scales: false);
        if (Has(CalibrationParts.Bias | CalibrationParts.Scales)) best = Corrected(best, coded.Result, scales: true);
        return Has(CalibrationParts.Bias | CalibrationParts.Feedback | CalibrationParts.Asymmetry) ? s_ridges.Aggregate(best, (trial, ridge) => CodedAgain(trial, coded.Step, ridge)) : best;
    }

    /// <summary>Weights coded again for what the layers before make of the samples, if that brings answers nearer.</summary>
    private Trial CodedAgain(Trial best, double step, double ridge)
    {
        for (int attempt = 0; attempt < MostCodedAgain; attempt++)
        {
            EncodedTensor[]? again = BiasCorrection.Run(_network, _inputs, _weights, best.Result.Tensors, _samples.Training, scales: false, _options.Seed, _workers,
                _progress.Part(0.05, "coding again"), (weight, pair) => CodedAgain(weight, pair, step, ridge));
            if (again is null) return best;
            long length = _fileLength([.. again.Select(TensorLengths.Of)]);
            if (length > _settings.Aim.Bytes && best.Result.FileBytes <= _settings.Aim.Bytes)
            {
                // Other weights, other codes: a little coarser.
                step *= ExactMath.Exp2(Math.Max(LeastCoarser, 8 * 1.1 * (length - _settings.Aim.Bytes.Value) / _tensors.Tensors.Sum(t => (double)t.Length)));
                continue;
            }
            AnswerChange after = Judge(again);
            return Distance(after) < Distance(best.HeldOut) ? best with { Result = WithTensors(again, best.Step), HeldOut = after, IsCorrected = true } : best;
        }
        return best;
    }

    /// <returns>Null for a weight with a step of its own, or one that has the bytes of another.</returns>
    private EncodedTensor? CodedAgain(int weight, PairedGram pair, double step, double ridge)
    {
        if (!_places.TryGetValue(weight, out int place)) return null;
        var source = new GivenWeight(_weights[weight].Identity, pair.Target(_weights[weight].Read(), ridge, _workers)) { Common = _weights[weight].Common };
        double own = Math.Clamp(step * _tensors.Factors[place], StepSearch.Finest, StepSearch.Coarsest);
        FeedbackTensor tensor = FeedbackTensor.Of(source, pair.Coded(), own, _run.Specs[weight], _workers);
        (tensor.UsesInputSteps, tensor.UsesTrellis) = (_tensors.Tensors[place].UsesInputSteps, tensor.UsesTrellis && _tensors.Tensors[place].UsesTrellis);
        return tensor.Pack(tensor.Round(own, _workers.Cancellation), _workers.Cancellation);
    }

    private CompressionResult WithTensors(EncodedTensor[] tensors, double step)
    {
        CompressionResult result = Verified(i => tensors[_tensors.Indices[i]], i => step * _tensors.Factors[i], step);
        // Biases too.
        return result with { Tensors = tensors, FileBytes = _fileLength([.. tensors.Select(TensorLengths.Of)]) };
    }

    /// <summary>The result with these calibrated tensors, whose errors are measured by decoding.</summary>
    private CompressionResult Verified(Func<int, EncodedTensor> tensors, Func<int, double> steps, double step)
    {
        _workers.Run(_tensors.Indices.Count, i => _tensors.Tensors[i].Length, i =>
        {
            (int index, EncodedTensor tensor) = (_tensors.Indices[i], tensors(i));
            (double error, double energy, double worst) = Verification.Compare(_weights[index], tensor, _workers.Cancellation);
            _run.Put(index, new EncodedWeight(tensor, 0, 0, 0, steps(i), error, energy, worst));
        });
        return _run.Result(step);
    }

    /// <summary>With corrected biases, if that brings answers nearer.</summary>
    private Trial Corrected(Trial best, CompressionResult result, bool scales)
    {
        EncodedTensor[]? corrected = BiasCorrection.Run(_network, _inputs, _weights, result.Tensors, _samples.Training, scales, _options.Seed, _workers,
            _progress.Part(0.05, "correcting biases"));
        if (corrected is null) return best;
        long length = _fileLength([.. corrected.Select(TensorLengths.Of)]);
        AnswerChange after = Judge(corrected);
        return Distance(after) < Distance(best.HeldOut) && !(length > _settings.Aim.Bytes && result.FileBytes <= _settings.Aim.Bytes)
            ? best with { Result = result with { Tensors = corrected, FileBytes = length }, HeldOut = after, IsCorrected = true } : best;
    }

    private AnswerChange Judge(IReadOnlyList<EncodedTensor> tensors)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(_network.Plan, tensors, _workers.Threads, _workers.Cancellation);
        return _heldOut.Compare(network, _workers, _progress.Part(0.02, "asking the compressed network"));
    }

    /// <summary>The largest step with which the answers on held-out samples stay.</summary>
    private Trial Smallest(Trial first)
    {
        const double slope = 4;
        double most = _settings.Aim.MostDistance(_heldOut.AreClasses), tooCoarse = double.PositiveInfinity;
        Trial? best = null;
        Trial last = first;
        for (int attempt = 0; attempt < 8; attempt++)
        {
            if (!_settings.Aim.IsMetBy(last.HeldOut, _heldOut.AreClasses)) tooCoarse = Math.Min(tooCoarse, last.Step);
            else if (best is null || last.Step > best.Step) best = last;
            if (best is not null && tooCoarse / best.Step < 1.06) break;
            // Labels may ask for less than the distance does.
            double step = last.Step * ExactMath.Exp2(Math.Clamp(ExactMath.Log2(most / Math.Max(last.HeldOut.Distance, 1e-9)) / slope, -2, 2));
            if (best is not null && (step <= best.Step || step >= tooCoarse)) step = double.IsInfinity(tooCoarse) ? best.Step * 1.2 : Math.Sqrt(best.Step * tooCoarse);
            if (best is null && step >= tooCoarse) step = tooCoarse / 1.3;
            // Steps by sixteenths of an octave.
            step = ExactMath.Exp2(Math.Round(16 * ExactMath.Log2(step)) / 16);
            if (step >= StepSearch.Coarsest || step <= StepSearch.Finest || step == best?.Step || step == tooCoarse) break;
            last = Try(step, _tensors.Round(step));
        }
        return best ?? last;
    }

    /// <param name="IsCorrected">Biases were corrected.</param>
    /// <param name="Forms">What tensors were coded as.</param>
    private sealed record Trial(double Step, CompressionResult Result, AnswerChange HeldOut, bool IsCorrected, CalibratedTensors.State Forms);
}
