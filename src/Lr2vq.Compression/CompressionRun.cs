using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression;

/// <summary>The state of one compression: decisions, what is encoded so far, and the passes over the tensors.</summary>
internal sealed class CompressionRun
{
    private const int MaxPasses = 8;
    private const double Negligible = 1e-9;

    // Balanced steps lie near it. For a step that is further from the last guess forms are chosen anew.
    private const double FirstGuess = 0.11, MostFromGuess = 1.5;

    // Relative error of a column, in proportion to what the network may have.
    private const double MostOfColumn = 10;

    private readonly IReadOnlyList<WeightSource> _weights;
    private readonly CompressionOptions _options;
    private readonly Func<IReadOnlyList<TensorLengths>, long> _fileLength;
    private readonly IProgress<CompressionProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly Workers _workers;
    private readonly EqualWeight[] _equal;
    private readonly EncodedWeight?[] _encoded;     // of one of equal weights
    private readonly TransformSample?[] _samples;
    private int[] _stepTensors;
    private double[] _factors;      // of the global step, by weight
    private double _done, _guess = FirstGuess;

    public CompressionRun(IReadOnlyList<WeightSource> weights, TensorSpec[] specs, CompressionOptions options,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        (_weights, Specs, _options, _fileLength, _progress, _cancellation) = (weights, specs, options, fileLength, progress, cancellation);
        _workers = new Workers(options.Threads, cancellation);
        _encoded = new EncodedWeight?[weights.Count];
        _samples = new TransformSample?[weights.Count];
        _factors = new double[weights.Count];
        Array.Fill(_factors, 1);
        _equal = EqualWeights.Find(weights, options);
        _stepTensors = [.. Enumerable.Range(0, specs.Length).Where(i => _equal[i].First == i && specs[i] is { Treatment: TensorTreatment.Transform, Step: null })];
    }

    public TensorSpec[] Specs { get; }

    /// <summary>Some tensor takes its step from the aim.</summary>
    public bool HasGlobalStep => _stepTensors.Length > 0;

    /// <summary>Length of the artifact with what is encoded now.</summary>
    public long FileBytes => _fileLength(Lengths());

    /// <summary>Length of the artifact by the decisions alone, whatever is encoded.</summary>
    public long PredictedBytes => _fileLength([.. Specs.Select((spec, i) => TensorEncoder.Predict(_weights[i], spec, _equal[i].First))]);

    /// <summary>Relative error of the tensors with the global step.</summary>
    public double StepError => Ratio(_stepTensors.Sum(i => _encoded[i]!.Error), _stepTensors.Sum(i => _encoded[i]!.Energy));

    /// <summary>Σ(w − ŵ)² of a tensor.</summary>
    public double ErrorOf(int index) => Encoded(index).Error;

    /// <summary>The largest relative error of an input channel of a tensor.</summary>
    public double WorstColumnOf(int index) => Encoded(index).WorstColumn;

    /// <summary>Tensors that wait for the global step; of equal ones the first.</summary>
    public IReadOnlyList<int> StepTensors => _stepTensors;

    /// <summary>The first of the weights that are equal to this one.</summary>
    public EqualWeight EqualTo(int index) => _equal[index];

    /// <summary>Takes a tensor that was encoded elsewhere.</summary>
    public void Put(int index, EncodedWeight encoded) => _encoded[index] = encoded;

    /// <summary>Tensors that lose something and that the user has not decided about; one of equal ones.</summary>
    public IEnumerable<int> FreeTensors => Enumerable.Range(0, _weights.Count).Where(i => _equal[i].First == i && RelativeErrorOf(i) > Negligible
        && PresetRules.Match(_options, _weights[i].Identity.Name) is not ({ Method: not (null or CompressionMethod.Auto) } or { Step: not null }));

    /// <summary>Tensors whose form and step are ours to choose: those that wait for the global step, and those that are spared; one of equal ones.</summary>
    public IEnumerable<int> OpenTensors => Enumerable.Range(0, _weights.Count).Where(i => _equal[i].First == i
        && Specs[i] is { Treatment: TensorTreatment.Transform, Step: null } or { IsSpared: true }
        && PresetRules.Match(_options, _weights[i].Identity.Name) is not ({ Method: not (null or CompressionMethod.Auto) } or { Step: not null }));

    public CompressionOptions Options => _options;

    public WeightSource WeightOf(int index) => _weights[index];

    public string NameOf(int index) => _weights[index].Identity.Name;

    public long LengthOf(int index) => _weights[index].Length;

    public double StepOf(int index) => Encoded(index).Step;

    public double RelativeErrorOf(int index) => Ratio(Encoded(index).Error, Encoded(index).Energy);

    /// <summary>The weights that a tensor's bytes serve.</summary>
    public int[] ReadersOf(int index) => [.. Enumerable.Range(0, _weights.Count).Where(i => _equal[i].First == index)];

    /// <summary>Encodes tensors by other decisions; those that have theirs already are left.</summary>
    public void Encode((int Tensor, TensorSpec Spec)[] decisions)
    {
        (int Tensor, TensorSpec Spec)[] changed = [.. decisions.Where(d => Specs[d.Tensor] != d.Spec && !(d.Spec.Step == StepOf(d.Tensor) && Specs[d.Tensor] with { Step = d.Spec.Step } == d.Spec))];
        foreach ((int tensor, TensorSpec spec) in decisions)
            foreach (int reader in ReadersOf(tensor)) Specs[reader] = spec;
        ForEach([.. changed.Select(d => d.Tensor)], (1 - _done) * 0.4, "refine", i =>
            _encoded[i] = TensorEncoder.Encode(_weights[i], Specs[i], 0, null, null, _options.Seed, _cancellation));
    }

    /// <summary>Tensors as they would be by other decisions; nothing is changed.</summary>
    public EncodedWeight[] Try((int Tensor, TensorSpec Spec)[] decisions)
    {
        var tried = new EncodedWeight[decisions.Length];
        Dictionary<int, int> places = decisions.Select((d, place) => (d.Tensor, place)).ToDictionary(p => p.Tensor, p => p.place);
        ForEach([.. decisions.Select(d => d.Tensor)], (1 - _done) * 0.2, "refine", i =>
            tried[places[i]] = TensorEncoder.Encode(_weights[i], decisions[places[i]].Spec, 0, null, null, _options.Seed, _cancellation));
        return tried;
    }

    /// <summary>Uniform levels with the global step, for a tensor that has another form.</summary>
    public TensorSpec LevelsOf(int index) => Specs[index].Treatment == TensorTreatment.Transform ? Specs[index] : PresetRules.Levels(_weights[index], _options);

    /// <summary>Bytes and relative error of tensors for some steps, estimated.</summary>
    public (double Bytes, double Error)[][] Curves(int[] tensors, double[] steps)
    {
        TakeSamples(tensors);
        var curves = new (double, double)[Specs.Length][];
        ForEach(tensors, (1 - _done) * 0.1, "analyse", i => curves[i] = [.. steps.Select(_samples[i]!.At).Select(at => (at.Bytes, Ratio(at.Error, _samples[i]!.Energy)))]);
        return [.. tensors.Select(i => curves[i])];
    }

    /// <summary>Takes decisions; what they change is to be encoded again.</summary>
    public void Decide((int Tensor, TensorSpec Spec)[] decisions)
    {
        foreach ((int tensor, TensorSpec spec) in decisions)
        {
            if (Specs[tensor] == spec) continue;
            foreach (int reader in ReadersOf(tensor)) Specs[reader] = spec;
            _encoded[tensor] = null;
        }
    }

    /// <summary>Takes forms and factors of the global step for tensors; those whose form is levels without a step wait for the global one.</summary>
    public void Decide((int Tensor, TensorSpec Spec, double Factor)[] decisions)
    {
        foreach ((int tensor, _, double factor) in decisions) _factors[tensor] = factor;
        Decide([.. decisions.Select(d => (d.Tensor, d.Spec))]);
        _stepTensors = [.. Enumerable.Range(0, Specs.Length).Where(i => _equal[i].First == i && Specs[i] is { Treatment: TensorTreatment.Transform, Step: null })];
        ForEach([.. decisions.Select(d => d.Tensor).Where(i => _encoded[i] is null).Except(_stepTensors)], 0, "encode", i =>
            _encoded[i] = TensorEncoder.Encode(_weights[i], Specs[i], 0, null, null, _options.Seed, _cancellation));
    }

    /// <summary>All that was decided and encoded, to come back to.</summary>
    public State Save() => new((TensorSpec[])Specs.Clone(), (EncodedWeight?[])_encoded.Clone(), _stepTensors, (double[])_factors.Clone());

    public void Restore(State state)
    {
        state.Specs.CopyTo(Specs, 0);
        state.Encoded.CopyTo(_encoded, 0);
        _stepTensors = state.StepTensors;
        state.Factors.CopyTo(_factors, 0);
    }

    /// <summary>What <see cref="Save"/> keeps.</summary>
    internal sealed record State(TensorSpec[] Specs, EncodedWeight?[] Encoded, int[] StepTensors, double[] Factors);

    /// <summary>Length of the artifact without the tensors.</summary>
    public long BytesBeside(int[] tensors)
    {
        HashSet<int> left = [.. tensors];
        return _fileLength([.. Lengths().Select((length, i) => left.Contains(_equal[i].First) ? new TensorLengths(length.Identity, default, 0, default, default, default) : length)]);
    }

    /// <summary>Encodes every tensor that does not wait for the global step and is not encoded yet.</summary>
    /// <param name="again">How often that is done again afterwards, for the progress.</param>
    public void EncodeFixed(int again = 0)
    {
        int[] all = [.. Enumerable.Range(0, _weights.Count).Where(i => _equal[i].First == i && _encoded[i] is null).Except(_stepTensors)];
        Dictionary<int, VectorCodebook> shared = TrainShared();
        ForEach(all, HasGlobalStep ? 0.2 : (1 - _done) / (1 + again), "encode", i =>
            _encoded[i] = TensorEncoder.Encode(_weights[i], Specs[i], 0, null, shared.GetValueOrDefault(Specs[i].Share), _options.Seed, _cancellation));
    }

    /// <summary>Encodes the rest with the largest step whose relative error is at most <paramref name="error"/>; returns the step. A tensor with a
    /// column that has more than ten times the error gets a finer one.</summary>
    /// <remarks>Steps go by eighths of an octave (the error by fifths), so that a small change of the weights mostly leaves the step alone.</remarks>
    public double EncodeForError(double error)
    {
        TakeSamples(_stepTensors);
        double energy = _stepTensors.Sum(i => _samples[i]!.Energy);
        int eighths = (int)Math.Floor(8 * ExactMath.Log2(StepSearch.ForError(Samples(), error * energy)));
        for (bool wasTooCoarse = false; ; )
        {
            double step = ExactMath.Exp2(eighths / 8.0);
            EncodeSteps(step);
            double actual = StepError;
            if (actual > error && step > StepSearch.Finest)
            {
                wasTooCoarse = true;
                eighths--;
            }
            else if (wasTooCoarse || actual > error / 1.2 || step >= StepSearch.Coarsest)
            {
                KeepColumns(MostOfColumn * error);
                return step;
            }
            else eighths++;
        }
    }

    /// <summary>Gives tensors with a column that has a larger relative error than <paramref name="most"/> a step of their own.</summary>
    private void KeepColumns(double most)
    {
        for (int pass = 0; pass < MaxPasses; pass++)
        {
            int[] lossy = [.. _stepTensors.Where(i => _encoded[i]!.WorstColumn > most && _encoded[i]!.Step > StepSearch.Finest)];
            if (lossy.Length == 0) return;
            ForEach(lossy, 0, "encode", i => _encoded[i] = TensorEncoder.Encode(_weights[i], Specs[i],
                _encoded[i]!.Step * Math.Min(0.8, 0.9 * Math.Sqrt(most / _encoded[i]!.WorstColumn)), _samples[i]!.Form, null, _options.Seed, _cancellation));
        }
    }

    /// <summary>Encodes the rest with the smallest step whose artifact has at most <paramref name="budget"/> bytes; returns the step. If none
    /// has, the coarsest is left encoded.</summary>
    public double EncodeForBytes(long budget)
    {
        foreach (int i in _stepTensors) _encoded[i] = null;
        double step = StepForBytes(budget - _fileLength(Lengths())), weights = _stepTensors.Sum(i => (double)_weights[i].Length);
        double best = 0, bytesPerOctave = -weights / 8, lastStep = 0, lastBytes = 0, finest = 0;
        EncodedWeight?[]? kept = null;
        for (int pass = 0; pass < MaxPasses; pass++)
        {
            EncodeSteps(step);
            long bytes = FileBytes;
            if (bytes <= budget && (kept is null || step < best)) (best, kept) = (step, (EncodedWeight?[])_encoded.Clone());
            if (bytes > budget) finest = Math.Max(finest, step);
            if ((bytes <= budget && bytes >= budget - budget / 300) || (bytes > budget && step >= StepSearch.Coarsest)) break;
            if (lastStep > 0 && step != lastStep)
            {
                double slope = (bytes - lastBytes) / ExactMath.Log2(step / lastStep);
                if (slope < 0) bytesPerOctave = Math.Clamp(slope, -weights, -weights / 200);
            }
            (lastStep, lastBytes) = (step, bytes);
            double next = step * ExactMath.Exp2(Math.Clamp((0.9985 * budget - bytes) / bytesPerOctave, -2, 2));
            // Between what was too large and what fitted.
            if (best > 0 && next >= best) next = Math.Sqrt(best * Math.Max(finest, best / 2));
            if (next <= finest) next = best > 0 ? Math.Sqrt(best * finest) : finest * 1.02;
            step = Math.Clamp(next, StepSearch.Finest, StepSearch.Coarsest);
            if (step == lastStep) break;
        }
        if (kept is not null)
        {
            kept.CopyTo(_encoded, 0);
            return best;
        }
        EncodeSteps(StepSearch.Coarsest);
        return StepSearch.Coarsest;
    }

    /// <summary>The step with which the tensors that wait for it are estimated to take so many bytes. Their forms are chosen for it.</summary>
    public double StepForBytes(double bytes)
    {
        double[] factors = [.. _stepTensors.Select(i => _factors[i])];
        TakeSamples(_stepTensors);
        double step = StepSearch.ForBytes(Samples(), bytes, factors), wanted = Math.Clamp(step, FirstGuess / 8, FirstGuess * 16);
        if (Math.Max(wanted / _guess, _guess / wanted) < MostFromGuess) return step;
        _guess = wanted;
        Array.Clear(_samples);
        TakeSamples(_stepTensors);
        return StepSearch.ForBytes(Samples(), bytes, factors);
    }

    /// <summary>Without a global step: the finest of the settings that are left open whose predicted artifact has at most
    /// <paramref name="budget"/> bytes.</summary>
    /// <returns>How coarse that is (<see cref="Coarseness"/>).</returns>
    public double ChooseForBytes(long budget)
    {
        if (!Specs.Any(s => s.IsFlexible)) return 0;
        TensorSpec[] given = (TensorSpec[])Specs.Clone();
        double coarseness = 0;
        for (; coarseness <= Coarseness.Coarsest; coarseness += 0.125)
        {
            for (int i = 0; i < given.Length; i++) Specs[i] = given[i].IsFlexible ? Coarseness.Apply(given[i], _weights[i], coarseness) : given[i];
            if (PredictedBytes <= budget) break;
        }
        return Math.Min(coarseness, Coarseness.Coarsest);
    }

    public CompressionResult Result(double step)
    {
        TensorLengths[] lengths = Lengths();
        var reports = new TensorReport[lengths.Length];
        HashSet<object> counted = [];
        long Own(StoredRange range) => range.Content is { } content && !counted.Add(content) ? 0 : range.Length;
        for (int i = 0; i < reports.Length; i++)
        {
            EncodedWeight encoded = Encoded(i);
            long own = lengths[i].Parameters + Own(lengths[i].Codes) + Own(lengths[i].Codebook) + Own(lengths[i].Dense);
            reports[i] = new TensorReport(_weights[i].Identity, Tensor(i).Format, Specs[i].Method, SlicingOf(Specs[i], encoded), encoded.K, encoded.M,
                encoded.D, encoded.Step, own, 4.0 * _weights[i].Length / Math.Max(1, own), Ratio(encoded.Error, encoded.Energy), encoded.WorstColumn);
        }
        int[] compressed = [.. Enumerable.Range(0, lengths.Length).Where(i => Specs[i].Treatment is not (TensorTreatment.Raw or TensorTreatment.Exact or TensorTreatment.Bias))];
        return new CompressionResult([.. reports.Select((report, i) => Tensor(i) with { RelativeError = (float)report.RelativeError })], reports,
            Ratio(compressed.Sum(ErrorOf), compressed.Sum(i => Encoded(i).Energy)), compressed.Select(i => reports[i].RelativeError).DefaultIfEmpty().Max(),
            compressed.Select(WorstColumnOf).DefaultIfEmpty().Max(), _fileLength(lengths), step);
    }

    /// <summary>All weights as they are encoded now, under their own names.</summary>
    public EncodedTensor[] Tensors => [.. Enumerable.Range(0, _weights.Count).Select(Tensor)];

    private EncodedWeight Encoded(int index) => _encoded[_equal[index].First]!;

    /// <summary>The bytes of the weight that it is equal to, under its own name.</summary>
    private EncodedTensor Tensor(int index) => AsReader(index, Encoded(index));

    /// <summary>A weight that has the bytes of an equal one.</summary>
    public EncodedTensor AsReader(int index, EncodedWeight encoded)
    {
        TensorIdentity identity = _weights[index].Identity;
        if (_equal[index].IsTurned) return TurnedTensor.Pack(identity, encoded.Tensor);
        return encoded.Tensor with { Name = identity.Name, Role = identity.Role, Shape = identity.Shape, Groups = identity.Groups };
    }

    private Dictionary<int, VectorCodebook> TrainShared()
    {
        var groups = new Dictionary<int, VectorCodebook>();
        int[] numbers = [.. Specs.Where((s, i) => s.Share > 0 && _encoded[_equal[i].First] is null).Select(s => s.Share).Distinct().Order()];
        foreach (int number in numbers)
        {
            int[] members = [.. Enumerable.Range(0, Specs.Length).Where(i => Specs[i].Share == number)];
            VectorShape shape = Specs[members[0]].Vector!;
            groups[number] = VectorQuantization.Train([.. members.Select(i => _weights[i])], shape,
                SeededRandom.For(_options.Seed, "shared " + shape.Axis + shape.M), _workers);
            Report(0.2 / numbers.Length, "cluster");
        }
        return groups;
    }

    private void TakeSamples(int[] tensors)
    {
        int[] missing = Array.FindAll(tensors, i => _samples[i] is null);
        ForEach(missing, 0.15, "analyse", i => _samples[i] = TransformSample.Take(_weights[i], _guess, LevelsOf(i), _cancellation));
    }

    private TransformSample[] Samples() => [.. _stepTensors.Select(i => _samples[i]!)];

    private void EncodeSteps(double step)
    {
        foreach (int i in _stepTensors) _encoded[i] = null;
        ForEach(_stepTensors, (1 - _done) * 0.6, "encode", i =>
            _encoded[i] = TensorEncoder.Encode(_weights[i], Specs[i], Math.Clamp(step * _factors[i], StepSearch.Finest, StepSearch.Coarsest), _samples[i]!.Form, null, _options.Seed, _cancellation));
    }

    private TensorLengths[] Lengths() => [.. _weights.Select((weight, i) =>
        _encoded[_equal[i].First] is null ? new TensorLengths(weight.Identity, default, 0, default, default, default) : TensorLengths.Of(Tensor(i)))];

    /// <summary>Runs over tensors on the threads allowed, the largest first; what each gives does not depend on the others.</summary>
    private void ForEach(int[] indices, double share, string stage, Action<int> action)
    {
        double total = Math.Max(1.0, indices.Sum(i => (double)_weights[i].Length));
        _workers.Run(indices.Length, n => _weights[indices[n]].Length, n =>
        {
            action(indices[n]);
            Report(share * _weights[indices[n]].Length / total, stage);
        });
    }

    private void Report(double share, string stage)
    {
        double done;
        lock (_samples) done = _done = Math.Min(1, _done + share);
        _progress?.Report(new CompressionProgress(done, stage));
    }

    private static string SlicingOf(TensorSpec spec, EncodedWeight encoded) => spec.Vector?.Axis switch
    {
        SliceAxis.Spatial => "sp",
        SliceAxis.InputChannel => "ic",
        SliceAxis.OutputChannel => "oc",
        _ => TransformTensor.Has(encoded.Tensor.Format) && encoded.Tensor.Codebook.Length > 0 ? "sp" : "",
    };

    private static double Ratio(double error, double energy) => energy > 0 ? error / energy : 0;
}
