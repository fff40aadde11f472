using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Pictures;

namespace Lr2vq.Options;

/// <summary>Turns words into <see cref="ModelOptions"/>. Every problem is reported; nothing is ignored.</summary>
internal sealed class OptionParser
{
    private readonly Dictionary<string, string> _words = new(StringComparer.OrdinalIgnoreCase);
    private readonly DiagnosticBag _problems;
    private readonly OptionSpelling _spelling;
    private string _folder = "";

    private OptionParser(DiagnosticBag problems, OptionSpelling spelling) => (_problems, _spelling) = (problems, spelling);

    /// <param name="words">Option names of <see cref="OptionTable"/> (any case) and what the user wrote; an empty word is no setting.</param>
    /// <param name="modelPath">The model; <c>MODEL.lr2vq.json</c> beside it is read unless <c>Config</c> names another file. May be null.</param>
    /// <param name="problems">Receives what is wrong; the result is only of use if there is no error.</param>
    /// <param name="spelling">How the user writes them; by default as metadata.</param>
    /// <param name="folder">What relative paths of data are relative to; null for the current folder.</param>
    public static ModelOptions Parse(IEnumerable<KeyValuePair<string, string>> words, string? modelPath, DiagnosticBag problems, OptionSpelling? spelling = null, string? folder = null)
    {
        OptionParser parser = new(problems, spelling ?? OptionSpelling.Metadata) { _folder = System.IO.Path.GetFullPath(folder ?? ".") };
        foreach ((string name, string word) in words)
        {
            if (word.Trim().Length == 0) continue;
            if (OptionTable.Find(name) is { } option) parser._words[option.Name] = word.Trim();
            else parser.Problem(name, DiagnosticCatalogue.OptionUnknown, name, string.Join(", ", OptionTable.Names), Spelling.Hint(name, OptionTable.Names));
        }
        return parser.Parse(modelPath);
    }

    private ModelOptions Parse(string? modelPath)
    {
        OptionConfig config = OptionConfig.Read(_words.GetValueOrDefault("Config"), modelPath, _problems);
        CompressionOptions compression = new()
        {
            Preset = Word("Preset", OptionValues.Presets, Preset.Balanced),
            Method = Word("Method", OptionValues.Methods, CompressionMethod.Auto),
            Slicing = Word("Slicing", OptionValues.Slicings, Slicing.Auto),
            K = Whole("K", OptionNumbers.K),
            M = Whole("M", OptionNumbers.M),
            D = _words.TryGetValue("D", out string? d) ? ParseD(d, "D") : null,
            Step = Real("Step", OptionNumbers.Step),
            TargetRatio = Real("TargetRatio", OptionNumbers.TargetRatio),
            MaxBytes = Real("MaxBytes", OptionNumbers.MaxBytes) is { } bytes ? (long)bytes : null,
            MaxError = Real("MaxError", OptionNumbers.MaxError),
            Trellis = Word("Trellis", OptionValues.Trellises, default),
            Form = Word("Form", OptionValues.Forms, default),
            Seed = Whole("Seed", OptionNumbers.Seed) ?? 0,
            Overrides = config.Overrides,
        };
        DataOptions data = new(_words, _folder, _spelling, _problems);
        IReadOnlyList<string> labels = data.ParseLabels();
        string[] aims = [.. new[] { "TargetRatio", "MaxBytes", "MaxDrop", "Step" }.Where(_words.ContainsKey)];
        if (aims.Length > 1) Problem(aims[1], DiagnosticCatalogue.OptionsExcludeEachOther, string.Join(" and ", aims.Select(Spell)));
        return new ModelOptions
        {
            ClassName = _words.GetValueOrDefault("ClassName"),
            Namespace = _words.GetValueOrDefault("Namespace"),
            IsPublic = Word("Access", OptionValues.Access, true),
            Storage = Word("Storage", OptionValues.Storages, ArtifactStorage.Embedded),
            Rename = Pairs("Rename", "input.1=image;495=logits"),
            Fixed = new FixedInputs(ParseDimensions(), Pairs("Constants", "sr=16000;mask=1,1,0")),
            Compression = compression,
            Config = config,
            PreProcessing = data.ParsePreProcessing(PreProcessing.None),
            Labels = labels,
            Calibration = data.ParseCalibration(labels),
            MaxDrop = Real("MaxDrop", OptionNumbers.MaxDrop),
            OptimizesSpeed = Word("Optimize", OptionValues.Optimizations, false),
            Report = Word("Report", OptionValues.Reports, false),
            FineTune = Word("FineTune", OptionValues.FineTunings, FineTuneMode.None),
            TimeLimit = ParseTimeLimit(),
            Backend = Word("Backend", OptionValues.Backends, Backend.Managed),
            Spelling = _spelling,
        };
    }

    internal string Spell(string option) => _spelling.Of(option);

    internal void Problem(string option, DiagnosticDefinition definition, params object?[] arguments) =>
        _problems.Add(definition.At(new DiagnosticPlace { Option = option }, arguments));

    /// <summary>The clustering dimensionality: <c>auto</c>, <c>m</c> or a number.</summary>
    internal static ClusteringDimensionality? TryParseD(string word) => word switch
    {
        "auto" => ClusteringDimensionality.Auto,
        "m" => ClusteringDimensionality.Whole,
        _ => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 4096
            ? new ClusteringDimensionality(number)
            : null,
    };

    private ClusteringDimensionality? ParseD(string word, string name)
    {
        ClusteringDimensionality? d = TryParseD(word);
        if (d is null) Problem(name, DiagnosticCatalogue.OptionNumberInvalid, Spell(name), word, "auto, m, or a number from 1 to 4096");
        return d;
    }

    private T Word<T>(string name, (string Word, T? Value)[] known, T absent) where T : struct
    {
        if (!_words.TryGetValue(name, out string? word)) return absent;
        foreach ((string candidate, T? value) in known)
        {
            if (!candidate.Equals(word, StringComparison.OrdinalIgnoreCase)) continue;
            if (value is { } found) return found;
            Problem(name, DiagnosticCatalogue.OptionNotInThisVersion, Spell(name), word, OptionValues.List(known));
            return absent;
        }
        Problem(name, DiagnosticCatalogue.OptionValueUnknown, Spell(name), word, OptionValues.List(known), Spelling.Hint(word, OptionValues.WordsOf(known)));
        return absent;
    }

    private double? Real(string name, OptionNumbers kind) => kind.Parse(_words.GetValueOrDefault(name), name, this);

    private int? Whole(string name, OptionNumbers kind) => kind.Parse(_words.GetValueOrDefault(name), name, this) is { } value ? (int)value : null;

    private TimeSpan? ParseTimeLimit()
    {
        if (!_words.TryGetValue("TimeLimit", out string? word)) return null;
        // Hours may be more than a day's; TimeSpan's own words would take 5 for five days.
        string[] parts = word.Split(':');
        int[] numbers = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        if (numbers is [>= 0 and <= 168, >= 0 and < 60, >= 0 and < 60] && new TimeSpan(numbers[0], numbers[1], numbers[2]) is var limit
            && limit >= FineTuneLimits.Shortest && limit <= FineTuneLimits.Longest) return limit;
        Problem("TimeLimit", DiagnosticCatalogue.TimeLimitInvalid, Spell("TimeLimit"), word);
        return null;
    }

    private Dictionary<string, long> ParseDimensions()
    {
        const string Example = "N=1;H=640";
        Dictionary<string, long> dimensions = new(StringComparer.Ordinal);
        foreach ((string symbol, string word) in Pairs("Dimensions", Example))
        {
            if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size is >= 1 and <= int.MaxValue) dimensions[symbol] = size;
            else Problem("Dimensions", DiagnosticCatalogue.OptionListInvalid, Spell("Dimensions"), $"{symbol}={word}", Example);
        }
        return dimensions;
    }

    private Dictionary<string, string> Pairs(string name, string example)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        if (!_words.TryGetValue(name, out string? list)) return pairs;
        foreach (string part in list.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.LastIndexOf('=');
            string key = equals > 0 ? part[..equals].Trim() : "", value = equals > 0 ? part[(equals + 1)..].Trim() : "";
            if (key.Length == 0 || value.Length == 0 || !pairs.TryAdd(key, value)) Problem(name, DiagnosticCatalogue.OptionListInvalid, Spell(name), part, example);
        }
        return pairs;
    }
}
