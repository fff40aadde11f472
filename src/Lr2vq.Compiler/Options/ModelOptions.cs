using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Lr2vq.Calibration;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.FineTuning;
using Lr2vq.Pictures;

namespace Lr2vq.Options;

/// <summary>Everything that can be chosen for one model, checked. Made by <see cref="OptionParser"/> from the words of the item or of the command line.</summary>
internal sealed record ModelOptions
{
    /// <summary>Null: from the file name.</summary>
    public string? ClassName { get; init; }

    public string? Namespace { get; init; }

    public bool IsPublic { get; init; } = true;

    public ArtifactStorage Storage { get; init; }

    /// <summary>ONNX names of inputs and outputs → names in the generated class.</summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();

    /// <summary>Lengths of symbolic dimensions, and values of inputs.</summary>
    public FixedInputs Fixed { get; init; } = FixedInputs.None;

    /// <summary>How to compress. <see cref="CompressionOptions.Threads"/> is the tool's.</summary>
    public CompressionOptions Compression { get; init; } = new();

    /// <summary>Where the settings of single tensors come from, for messages.</summary>
    public OptionConfig? Config { get; init; }

    /// <summary>How pictures become inputs; kept in the artifact.</summary>
    public PreProcessing PreProcessing { get; init; } = PreProcessing.None;

    /// <summary>Names of the classes; empty if none are given. Part of the generated class, not of the artifact.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Files of calibration data; null if none are given. <see cref="CalibrationSet.Open"/> makes samples of them.</summary>
    public CalibrationFiles? Calibration { get; init; }

    /// <summary>What calibration does with them; all of it but in measurements.</summary>
    public CalibrationParts Parts { get; init; } = CalibrationParts.All;

    /// <summary>Points of the calibration measure that may be lost; null for no such aim.</summary>
    public double? MaxDrop { get; init; }

    /// <summary>Whether speed is the second aim.</summary>
    public bool OptimizesSpeed { get; init; }

    /// <summary>Whether a report page is written beside the artifact.</summary>
    public bool Report { get; init; }

    /// <summary>Training after compression.</summary>
    public FineTuneMode FineTune { get; init; }

    /// <summary>Time that it may take; null for <see cref="FineTuneLimits.Usual"/>.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>What computes the network.</summary>
    public Backend Backend { get; init; }

    /// <summary>Whether a network of integers is computed as one: nothing is asked for that would change its weights, which else are recovered as floats.</summary>
    public bool KeepsIntegers => this is { Backend: Backend.Managed, MaxDrop: null, FineTune: FineTuneMode.None }
        && Compression is { Method: CompressionMethod.Auto or CompressionMethod.Lossless, Preset: Preset.Balanced or Preset.Lossless, TargetRatio: null, MaxBytes: null, Step: null, Overrides.Count: 0 };

    /// <summary>How the user writes options, for messages.</summary>
    public OptionSpelling Spelling { get; init; } = OptionSpelling.Metadata;

    /// <summary>What decides the bytes of the artifact, in one form for equal options: part of the cache's key.</summary>
    public string ToCanonicalText()
    {
        StringBuilder text = new();
        CompressionOptions c = Compression;
        Line("preset", OptionValues.WordOf(OptionValues.Presets, c.Preset));
        Line("method", OptionValues.WordOf(OptionValues.Methods, c.Method));
        Line("slicing", OptionValues.WordOf(OptionValues.Slicings, c.Slicing));
        Line("k", c.K);
        Line("m", c.M);
        Line("d", c.D?.Value);
        Line("step", c.Step);
        if (c.Trellis != default) Line("trellis", OptionValues.WordOf(OptionValues.Trellises, c.Trellis));
        Line("targetRatio", c.TargetRatio);
        Line("maxBytes", c.MaxBytes);
        Line("maxError", c.MaxError);
        Line("seed", c.Seed);
        if (c.Form != default) Line("form", c.Form);
        Line("maxDrop", MaxDrop);
        if (OptimizesSpeed) Line("optimize", "Speed");
        foreach ((string key, string word) in PreProcessing.ToPairs()) Line(key, word);
        Line("calibration", Calibration?.Fingerprint());
        if (Parts != CalibrationParts.All) Line("parts", Parts);
        if (FineTune != FineTuneMode.None)
        {
            Line("fineTune", OptionValues.WordOf(OptionValues.FineTunings, FineTune));
            Line("timeLimit", TimeLimit ?? FineTuneLimits.Usual);
        }
        if (Backend != default) Line("backend", OptionValues.WordOf(OptionValues.Backends, Backend));
        foreach ((string key, string word) in Fixed.ToPairs()) Line(key, word);
        foreach (TensorOverride one in c.Overrides)
        {
            Line("tensor", one.Pattern);
            if (one.Method is { } method) Line(" method", OptionValues.WordOf(OptionValues.Methods, method));
            if (one.Slicing is { } slicing) Line(" slicing", OptionValues.WordOf(OptionValues.Slicings, slicing));
            Line(" k", one.K);
            Line(" m", one.M);
            Line(" d", one.D?.Value);
            Line(" step", one.Step);
            Line(" form", one.Form);
        }
        return text.ToString();

        void Line(string key, object? value)
        {
            if (value is not null) text.Append(key).Append('=').Append(Convert.ToString(value, CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
