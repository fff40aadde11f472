using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Enumeration;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>Says which settings the tensors of a network do not use, so that none is ignored in silence.</summary>
internal sealed class SettingUse
{
    private const int NamedTensors = 5;
    private const int MaxScalarLevels = 256;

    private readonly ModelOptions _options;
    private readonly CompressionOptions _compression;
    private readonly string _model;
    private readonly WeightSource[] _weights;
    private readonly TensorSpec[] _specs;
    private readonly DiagnosticBag _bag;

    /// <summary>For each weight the override that decides; −1 if none matches.</summary>
    private readonly int[] _deciding;

    /// <summary>A setting of a vector or scalar method.</summary>
    /// <param name="Option">Name of the option.</param>
    /// <param name="Given">Whether an override has it.</param>
    /// <param name="UsedBy">The methods that use it, for people.</param>
    /// <param name="IsUsed">Whether a decision uses it.</param>
    private sealed record Setting(string Option, Func<TensorOverride, bool> Given, string UsedBy, Func<TensorSpec, bool> IsUsed);

    private static readonly Setting[] s_settings =
    [
        new("K", o => o.K is not null, "uniform, kmeans, rvq, lr2vq, binary, svd and qswd",
            s => s.Treatment is TensorTreatment.Binary or TensorTreatment.LowRank or TensorTreatment.Sparse or TensorTreatment.Uniform or TensorTreatment.ScalarKMeans or TensorTreatment.Vector or TensorTreatment.Residual),
        new("M", o => o.M is not null, "kmeans, rvq, lr2vq, binary and qswd",
            s => s.Treatment is TensorTreatment.Sparse or TensorTreatment.Binary or TensorTreatment.ScalarKMeans or TensorTreatment.Vector or TensorTreatment.Residual),
        new("D", o => o.D is not null, "lr2vq, svd, qswd, and kmeans with M above 1", s => s is { Treatment: TensorTreatment.Vector or TensorTreatment.LowRank or TensorTreatment.Sparse, Method: not (CompressionMethod.Bgd or CompressionMethod.Pqf) }),
        new("Slicing", o => o.Slicing is { } slicing && slicing != Slicing.Auto, "rvq, lr2vq, and kmeans with M above 1",
            s => s.Treatment is TensorTreatment.Vector or TensorTreatment.Residual),
        new("Step", o => o.Step is not null, "ecsq, tc-ecsq, svd and qswd", s => s.Treatment is TensorTreatment.Transform or TensorTreatment.LowRank or TensorTreatment.Sparse),
    ];

    private SettingUse(ModelOptions options, string model, WeightSource[] weights, DiagnosticBag bag)
    {
        (_options, _compression, _model, _weights, _bag) = (options, options.Compression, model, weights, bag);
        _specs = PresetRules.Decide(_compression, weights);
        _deciding = [.. weights.Select(Deciding)];
    }

    /// <summary>Adds a diagnostic for every setting that does not do what it says.</summary>
    /// <param name="options">The options of the model.</param>
    /// <param name="model">The model, for messages.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="bag">Gets an error for each pattern that matches nothing, a warning for each setting that no tensor uses, and a note where
    /// a rule or the shape of a tensor stands above a setting.</param>
    public static void Check(ModelOptions options, string model, WeightSource[] weights, DiagnosticBag bag)
    {
        CompressionOptions given = options.Compression;
        bool isPlain = given is { Overrides.Count: 0, Method: CompressionMethod.Auto, Slicing: Slicing.Auto, K: null, M: null, D: null, Step: null, Trellis: not TrellisUse.On };
        if (isPlain) return;
        SettingUse use = new(options, model, weights, bag);
        use.CheckPatterns();
        if (bag.HasErrors) return;
        use.CheckOverrides();
        use.CheckGlobal();
        use.CheckMethod();
        use.CheckLimits();
    }

    private void CheckPatterns()
    {
        string[] names = [.. _weights.Select(w => w.Identity.Name)];
        for (int i = 0; i < _compression.Overrides.Count; i++)
        {
            string pattern = _compression.Overrides[i].Pattern;
            if (!names.Any(n => Matches(pattern, n)))
                _bag.Add(DiagnosticCatalogue.ConfigPatternUnused.At(PlaceOf(i), pattern, Path.GetFileName(_model), Spelling.Hint(pattern, PatternsOf(names, pattern))));
        }
    }

    /// <summary>Settings of the Config that nothing uses.</summary>
    private void CheckOverrides()
    {
        for (int i = 0; i < _compression.Overrides.Count; i++)
        {
            TensorOverride one = _compression.Overrides[i];
            int index = i;
            int[] own = [.. Enumerable.Range(0, _weights.Length).Where(w => _deciding[w] == index)];
            if (own.Length == 0)
            {
                Unused(i, $"'{one.Pattern}'", "patterns further down match all its tensors, and the last match decides");
                continue;
            }
            int[] free = [.. own.Where(w => IsChosen(_weights[w]))];
            bool sets = one.Method is not null || one.Form is not null || s_settings.Any(s => s.Given(one));
            if (free.Length == 0 && sets)
            {
                Unused(i, $"'{one.Pattern}'", "it matches only biases, constants and integers, whose form is not chosen");
                continue;
            }
            foreach (Setting setting in s_settings.Where(s => s.Given(one) && !free.Any(w => s.IsUsed(_specs[w]))))
                Unused(i, $"'{setting.Option.ToLowerInvariant()}' of '{one.Pattern}'", $"{setting.UsedBy} use it; its tensors take {Methods(free)}");
        }

        void Unused(int index, string setting, string reason) => _bag.Add(DiagnosticCatalogue.SettingNotUsed.At(PlaceOf(index), setting, reason));
    }

    /// <summary>Options for all tensors that no tensor uses.</summary>
    private void CheckGlobal()
    {
        TensorOverride all = new("*")
        {
            K = _compression.K, M = _compression.M, D = _compression.D, Step = _compression.Step, Slicing = _compression.Slicing,
        };
        int[] free = [.. Enumerable.Range(0, _weights.Length).Where(w => IsChosen(_weights[w]))];
        foreach (Setting setting in s_settings.Where(s => s.Given(all)))
        {
            bool used = free.Any(w => setting.IsUsed(_specs[w]) && !(_deciding[w] is >= 0 and int own && setting.Given(_compression.Overrides[own])));
            if (!used) NotUsed(setting.Option, $"{setting.UsedBy} use it; the tensors take {Methods(free)}");
        }
        if (_compression.Trellis == TrellisUse.On && !free.Any(w => _specs[w].Treatment == TensorTreatment.Transform)) NotUsed("Trellis", $"ecsq and tc-ecsq use it; the tensors take {Methods(free)}");
    }

    /// <summary>A method for all tensors that a rule keeps from some.</summary>
    private void CheckMethod()
    {
        CompressionMethod wanted = _compression.Method;
        if (wanted == CompressionMethod.Auto) return;
        int[] meant = [.. Enumerable.Range(0, _weights.Length).Where(w => IsChosen(_weights[w]) && !HasOwnMethod(w))];
        (int Weight, string Reason)[] others = [.. meant.Select(w => (w, ReasonAgainst(w, wanted))).Where(o => o.Item2 is not null)!];
        if (others.Length == 0) return;
        if (others.Length == meant.Length) NotUsed("Method", "no tensor takes it: " + Listed(others));
        else Overridden("Method", WordOf(wanted), others);
    }

    /// <summary>Numbers that are too large for a tensor.</summary>
    private void CheckLimits()
    {
        List<(int, string)> k = [], m = [], d = [];
        for (int w = 0; w < _weights.Length; w++)
        {
            if (!IsChosen(_weights[w])) continue;
            TensorOverride? own = _deciding[w] >= 0 ? _compression.Overrides[_deciding[w]] : null;
            TensorSpec spec = _specs[w];
            if (own?.K is null && _compression.K is { } entries)
            {
                if (spec.Treatment is TensorTreatment.Uniform or TensorTreatment.ScalarKMeans && entries > MaxScalarLevels) k.Add((w, $"at most {MaxScalarLevels} levels"));
                else if (spec.Treatment == TensorTreatment.Binary && entries > 1 << BinaryTensor.MaxStages) k.Add((w, $"at most {1 << BinaryTensor.MaxStages} sums"));
                else if (spec.Sparse is { } sparse && sparse.Atoms < entries) k.Add((w, $"at most {SparseTensor.MaxAtoms} atoms"));
                else if (spec.Vector is { } shape && shape.K < entries) k.Add((w, $"{shape.K} of {entries}, by its number of subvectors"));
            }
            if (own?.M is null && _compression.M is { } length && spec.Vector is { } vector && vector.M != length) m.Add((w, $"{vector.M}, by its shape"));
            if (own?.D is null && _compression.D is { Value: > 0 } rank && spec.LowRank is not null && Unfolding.Rows.SidesOf(_weights[w].Identity.Canonical) is var (rows, columns)
                && Math.Min(rows, columns) is var most && most < rank.Value) d.Add((w, $"{most}, by its shape"));
            if (spec.Sparse is { } part && own?.M is null && _compression.M is { } wanted && part.M != wanted) m.Add((w, $"{part.M}, by its shape"));
            if (spec.Sparse is { } dictionary && own?.D is null && _compression.D is { Value: > 0 } nonZeros && nonZeros.Value > dictionary.Atoms) d.Add((w, $"{dictionary.Atoms}, its atoms"));
            if (spec.Treatment == TensorTreatment.Binary && own?.M is null && _compression.M is { } group && spec.Group != group) m.Add((w, $"{spec.Group}, by its shape"));
        }
        if (d.Count > 0) Overridden("D", _compression.D!.Value.Value, d);
        if (k.Count > 0) Overridden("K", _compression.K!, k);
        if (m.Count > 0) Overridden("M", _compression.M!, m);
    }

    private string? ReasonAgainst(int weight, CompressionMethod wanted)
    {
        CompressionMethod taken = _specs[weight].Method;
        // Exact vector quantization is what kmeans is for subvectors longer than one.
        if (taken == wanted || wanted == CompressionMethod.KMeans && taken == CompressionMethod.Pq) return null;
        string why = wanted == CompressionMethod.TcEcsq && taken == CompressionMethod.Ecsq ? "one kernel tap" : PresetRules.ReasonToSpare(_weights[weight]) ?? "its shape";
        return $"{why}: {WordOf(taken)}";
    }

    private bool HasOwnMethod(int weight) => _deciding[weight] >= 0 && _compression.Overrides[_deciding[weight]].Method is { } own && own != CompressionMethod.Auto;

    private int Deciding(WeightSource weight)
    {
        for (int i = _compression.Overrides.Count - 1; i >= 0; i--)
            if (Matches(_compression.Overrides[i].Pattern, weight.Identity.Name)) return i;
        return -1;
    }

    private static bool IsChosen(WeightSource weight) =>
        weight.Identity.Type == ElementType.Float32 && weight.Identity.Role is not (WeightRole.Bias or WeightRole.Constant);

    private string Methods(int[] weights)
    {
        string[] words = [.. weights.Select(w => WordOf(_specs[w].Method)).Distinct().Order(StringComparer.Ordinal)];
        return words.Length == 0 ? "no method, since none is compressed" : string.Join(", ", words);
    }

    private void NotUsed(string option, string reason) =>
        _bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option }, _options.Spelling.Of(option), reason));

    private void Overridden(string option, object value, IReadOnlyList<(int, string)> tensors) => _bag.Add(DiagnosticCatalogue.SettingOverridden.At(
        new DiagnosticPlace { Option = option }, _options.Spelling.Of(option), Convert.ToString(value, CultureInfo.InvariantCulture), Listed(tensors)));

    private string Listed(IReadOnlyList<(int Weight, string Reason)> tensors)
    {
        string list = string.Join(", ", tensors.Take(NamedTensors).Select(t => $"{_weights[t.Weight].Identity.Name} ({t.Reason})"));
        return tensors.Count > NamedTensors ? $"{list} and {tensors.Count - NamedTensors} more" : list;
    }

    private DiagnosticPlace PlaceOf(int index) => new(_options.Config?.File ?? _model) { Line = _options.Config?.Lines[index] ?? 0 };

    private static string WordOf(CompressionMethod method) => OptionValues.WordOf(OptionValues.Methods, method == CompressionMethod.Pq ? CompressionMethod.KMeans : method);

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    /// <summary>What could have been meant: the names themselves, and where the pattern ends with a star their beginnings.</summary>
    private static IEnumerable<string> PatternsOf(string[] names, string pattern)
    {
        if (!pattern.EndsWith('*')) return names;
        char separator = pattern.Length > 1 ? pattern[^2] : '.';
        return names.SelectMany(n => Enumerable.Range(0, n.Length).Where(i => n[i] == separator).Select(i => n[..(i + 1)] + "*")).Distinct();
    }
}
