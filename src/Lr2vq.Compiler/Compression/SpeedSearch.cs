using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.FineTuning;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>A compression, and what is to be said of it.</summary>
internal sealed record Attempt(CompressionResult Result, IReadOnlyList<Diagnostic> Said);

/// <summary>The second aim <c>Optimize="Speed"</c>: a compression is made for the first aim alone, tensors then take other forms where change, bytes and time together
/// are least, and the whole is compressed again with those, by the same aim.</summary>
/// <remarks>Bytes and change have one price, that of levels: n weights less a bit are n/8 bytes less and four times the change. Time has another: the highest at
/// which all that is given up for it is worth no more than a twentieth of the artifact. What was found only counts if it meets the aim, is predicted to be faster, and
/// changes outputs by no more than is allowed, or than a tenth above what they change by anyway.</remarks>
internal sealed class SpeedSearch
{
    /// <summary>What time may cost, as a part of the artifact: tried in turn until the result is accepted.</summary>
    private static readonly double[] s_shares = [0.05, 0.025];
    /// <summary>Most bytes, where the aim is no size, and most that outputs beyond what is allowed change, in proportion to those without this aim.</summary>
    private const double MoreBytes = 1.05, MoreChange = 1.1;
    /// <summary>Least that has to be gained.</summary>
    private const double Gain = 0.97;
    /// <summary>Relative error from which codes of subvectors come near levels of the same bytes.</summary>
    private const double ErrorOfCodes = 0.02;
    private const int Entries = 256;
    private static readonly int[] s_lengths = [4, 8];
    /// <summary>Steps of levels without scales of columns, which may need finer ones.</summary>
    private static readonly double[] s_steps = [1, 0.7];
    /// <summary>Most relative error of a column, in proportion to that of its tensor.</summary>
    private const double MostOfColumn = 10;
    private const double Negligible = 1e-9, NaturalLogOfTwo = 0.69314718055994531;

    private readonly IReadOnlyList<WeightSource> _weights;
    private readonly CompressionOptions _options;
    private readonly TimeModel _times;
    private readonly OutputGate? _gate;
    private readonly Workers _workers;
    private readonly Attempt _size;

    /// <param name="weights">In the order of the Plan.</param>
    /// <param name="gate">Measures the outputs; null for none.</param>
    /// <param name="size">What is made for the first aim alone.</param>
    public SpeedSearch(IReadOnlyList<WeightSource> weights, CompressionOptions options, TimeModel times, OutputGate? gate, Attempt size, CancellationToken cancellation)
    {
        (_weights, _options, _times, _gate) = (weights, options, times, gate);
        _workers = new Workers(options.Threads, cancellation);
        _size = gate is null || size.Result.Outputs is not null ? size : size with { Result = size.Result with { Outputs = gate.Measure(size.Result.Tensors) } };
    }

    /// <summary>True if this aim has a say with these options: where forms are chosen by Balanced, or by Tiny within a size or a drop.</summary>
    public static bool Serves(ModelOptions options) => options is { FineTune: FineTuneMode.None, Compression.Method: CompressionMethod.Auto } && options.Compression.Preset switch
    {
        Preset.Balanced => true,
        Preset.Tiny => options is { MaxDrop: not null } or { Compression.TargetRatio: not null } or { Compression.MaxBytes: not null },
        _ => false,
    };

    /// <param name="budget">Bytes of the artifact that the aim allows; null for what its change needs.</param>
    /// <param name="compress">Compresses by other options; null where those do not reach the aim.</param>
    public Attempt Run(long? budget, Func<CompressionOptions, Attempt?> compress)
    {
        Candidate[][] menus = Menus();
        if (menus.Length == 0) return _size;
        double before = _times.Of(_size.Result.Tensors);
        HashSet<string> tried = [];
        foreach (double share in s_shares)
        {
            Dictionary<string, TensorOverride> found = Choose(menus, share * _size.Result.FileBytes);
            if (found.Count == 0) break;
            if (!tried.Add(string.Join('\n', found.Select(f => f.Key + " " + f.Value)))) continue;
            if (compress(_options with { Found = found }) is not { } attempt) continue;
            if (_gate is not null && attempt.Result.Outputs is null) attempt = attempt with { Result = attempt.Result with { Outputs = _gate.Measure(attempt.Result.Tensors) } };
            if (attempt.Result.FileBytes <= (budget ?? MoreBytes * _size.Result.FileBytes) && ChangesLittle(attempt.Result.Outputs) && WarnsOfNothingElse(attempt)
                && _times.Of(attempt.Result.Tensors) <= Gain * before) return attempt;
        }
        return _size;
    }

    /// <summary>The prediction for a result.</summary>
    public PredictedTime Predict(CompressionResult result)
    {
        double exact = Exact();
        return exact > 0 ? new PredictedTime(_times.Of(_size.Result.Tensors) / exact, _times.Of(result.Tensors) / exact) : new PredictedTime(1, 1);
    }

    private double Exact()
    {
        var times = new double[_weights.Count];
        var exact = new TensorSpec(TensorTreatment.Lossless, CompressionMethod.Lossless);
        _workers.Run(times.Length, i => _weights[i].Length, i =>
        {
            if (_weights[i].Identity.Type == ElementType.Float32 && _times.Of(i, _size.Result.Tensors[i]) > 0) times[i] = _times.Of(i, Encode(i, exact).Tensor);
        });
        return times.Sum();
    }

    private bool ChangesLittle(OutputMeasure? outputs) => outputs is null || outputs.Share <= Math.Max(1, MoreChange * _size.Result.Outputs!.Share);

    /// <summary>What the aim, or a limit, is missed by is said in a warning.</summary>
    private bool WarnsOfNothingElse(Attempt attempt) =>
        attempt.Said.Where(d => d.Severity == DiagnosticSeverity.Warning).All(d => _size.Said.Any(said => said.Id == d.Id));

    private EncodedWeight Encode(int weight, TensorSpec spec) => TensorEncoder.Encode(_weights[weight], spec, 0, null, null, _options.Seed, _workers.Cancellation);

    /// <summary>A form that the weights of a tensor may have.</summary>
    /// <param name="Setting">Null for what they have.</param>
    /// <param name="Cost">Bytes more than they have, with what the change is worth.</param>
    /// <param name="Time">Of a call, predicted.</param>
    private sealed record Candidate(IReadOnlyList<string> Names, TensorOverride? Setting, double Cost, double Time);

    /// <summary>What may become of each tensor whose form is ours to choose, the form that it has first.</summary>
    private Candidate[][] Menus()
    {
        EqualWeight[] equal = EqualWeights.Find(_weights, _options);
        int[] tensors = [.. Enumerable.Range(0, _weights.Count).Where(i => equal[i].First == i && !equal.Any(e => e.First == i && e.IsTurned) && IsOpen(i) && _times.Of(i, _size.Result.Tensors[i]) > 0)];
        int[][] readers = [.. tensors.Select(i => Enumerable.Range(0, equal.Length).Where(other => equal[other].First == i).ToArray())];
        double weights = tensors.Sum(i => (double)_weights[i].Length);
        double[] changes = _gate?.MeasureAlone(tensors, readers, _size.Result.Tensors) ?? [.. tensors.Select(i => _weights[i].Length / weights)];
        // A bit less of all weights, for a change that is four times as large.
        double worth = weights / (16 * NaturalLogOfTwo * Math.Max(changes.Sum(), 1e-30));
        var made = new (TensorOverride Setting, EncodedWeight Encoded)[tensors.Length][];
        _workers.Run(tensors.Length, t => _weights[tensors[t]].Length, t =>
        {
            TensorReport report = _size.Result.Reports[tensors[t]];
            made[t] = [.. Forms(tensors[t], report).Select(form => (form.Item1, Encode(tensors[t], form.Item2)))
                .Where(form => form.Item2.WorstColumn <= Math.Max(report.WorstColumn, MostOfColumn * report.RelativeError))];
        });
        Dictionary<EncodedWeight, double> measured = OfCodes(tensors, readers, made);
        var menus = new Candidate[tensors.Length][];
        _workers.Run(tensors.Length, t => _weights[tensors[t]].Length, t =>
        {
            string[] names = [.. readers[t].Select(i => _weights[i].Identity.Name)];
            EncodedTensor now = _size.Result.Tensors[tensors[t]];
            double Time(EncodedTensor encoded) => readers[t].Sum(i => _times.Of(i, AsReader(i, encoded)));
            double Change(EncodedWeight form) => measured.TryGetValue(form, out double known) ? known
                : changes[t] * form.Error / form.Energy / Math.Max(_size.Result.Reports[tensors[t]].RelativeError, Negligible);
            long Bytes(EncodedTensor encoded) => TensorLengths.Of(encoded).Payload;
            menus[t] = [new Candidate(names, null, 0, Time(now)), .. made[t].Select(form =>
                new Candidate(names, form.Setting, Bytes(form.Encoded.Tensor) - Bytes(now) + worth * (Change(form.Encoded) - changes[t]), Time(form.Encoded.Tensor)))];
        });
        return [.. menus.Where(menu => menu.Length > 1)];
    }

    /// <summary>What codes do to the outputs is measured: errors that were fed back do less than others of the same size.</summary>
    private Dictionary<EncodedWeight, double> OfCodes(int[] tensors, int[][] readers, (TensorOverride Setting, EncodedWeight Encoded)[][] made)
    {
        Dictionary<EncodedWeight, double> changes = new(ReferenceEqualityComparer.Instance);
        foreach (int m in s_lengths)
        {
            int[] places = [.. Enumerable.Range(0, tensors.Length).Where(t => made[t].Any(form => form.Setting.M == m))];
            EncodedWeight[] codes = [.. places.Select(t => made[t].First(form => form.Setting.M == m).Encoded)];
            EncodedTensor[] with = [.. _size.Result.Tensors];
            for (int p = 0; p < places.Length; p++)
                foreach (int reader in readers[places[p]]) with[reader] = AsReader(reader, codes[p].Tensor);
            if (places.Length == 0 || _gate?.MeasureAlone([.. places.Select(t => tensors[t])], [.. places.Select(t => readers[t])], with) is not { } measured) continue;
            for (int p = 0; p < places.Length; p++) changes[codes[p]] = measured[p];
        }
        return changes;
    }

    private EncodedTensor AsReader(int weight, EncodedTensor encoded)
    {
        TensorIdentity identity = _weights[weight].Identity;
        return encoded with { Name = identity.Name, Role = identity.Role, Shape = identity.Shape, Groups = identity.Groups };
    }

    private bool IsOpen(int tensor)
    {
        TensorIdentity identity = _weights[tensor].Identity;
        return identity.Type == ElementType.Float32 && identity.Role is not (WeightRole.Bias or WeightRole.Constant or WeightRole.Gather) && _size.Result.Reports[tensor].RelativeError > Negligible
            && PresetRules.Match(_options, identity.Name) is null;
    }

    private IEnumerable<(TensorOverride, TensorSpec)> Forms(int tensor, TensorReport report)
    {
        WeightSource source = _weights[tensor];
        string name = source.Identity.Name;
        EncodedTensor now = _size.Result.Tensors[tensor];
        if (TransformTensor.Has(now.Format))
        {
            if (now.Codebook.Length > 0 || now.Format is TensorFormat.ScaledTransform or TensorFormat.ScaledTrellis)
                foreach (double factor in s_steps) yield return (new TensorOverride(name) { IsPlain = true }, PresetRules.Levels(source, _options) with { Step = factor * report.Step, IsPlain = true });
        }
        else
        {
            // The step whose levels have the same error, by eighths of an octave.
            double step = ExactMath.Exp2(Math.Floor(8 * ExactMath.Log2(Math.Sqrt(12 * report.RelativeError))) / 8);
            yield return (new TensorOverride(name) { Method = CompressionMethod.Ecsq, Step = step, IsPlain = true }, PresetRules.Levels(source, _options, CompressionMethod.Ecsq) with { Step = step, IsPlain = true });
        }
        yield return (new TensorOverride(name) { Method = CompressionMethod.Lossless }, new TensorSpec(TensorTreatment.Lossless, CompressionMethod.Lossless));
        if (report.RelativeError < ErrorOfCodes || PresetRules.ReasonToSpare(source) is not null) yield break;
        foreach (int m in s_lengths.Where(m => source.Identity.Canonical.Inputs % m == 0))
        {
            if (PresetRules.ClampK(Entries, source.Length / m) < Entries) continue;
            TensorOverride codes = new(name) { Method = CompressionMethod.KMeans, Slicing = Slicing.InputChannel, M = m, K = Entries };
            yield return (codes, new TensorSpec(TensorTreatment.Vector, CompressionMethod.Pq) { Vector = new VectorShape(SliceAxis.InputChannel, m, Entries, 0, 1, EntryEncoding.Int8, Scaled: true), K = Entries });
        }
    }

    /// <summary>The settings at the highest price of time whose costs are at most <paramref name="most"/>.</summary>
    private static Dictionary<string, TensorOverride> Choose(Candidate[][] menus, double most)
    {
        double low = -60, high = 40;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            if (At(menus, ExactMath.Exp2(middle)).Sum(c => Math.Max(0, c.Cost)) <= most) low = middle;
            else high = middle;
        }
        Dictionary<string, TensorOverride> found = new(StringComparer.Ordinal);
        foreach (Candidate taken in At(menus, ExactMath.Exp2(low)).Where(c => c.Setting is not null))
            foreach (string name in taken.Names) found[name] = taken.Setting!;
        return found;
    }

    /// <param name="price">Bytes for a nanosecond.</param>
    private static IEnumerable<Candidate> At(Candidate[][] menus, double price)
    {
        foreach (Candidate[] menu in menus)
        {
            // What is no faster is no business of this search.
            Candidate best = menu[0];
            foreach (Candidate other in menu.Skip(1))
                if (other.Time < menu[0].Time && Math.Max(0, other.Cost) + price * other.Time < Math.Max(0, best.Cost) + price * best.Time) best = other;
            yield return best;
        }
    }
}
