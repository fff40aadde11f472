using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.FineTuning;
using Lr2vq.Kernels;

namespace Lr2vq.Options;

/// <summary>The words that options take. A word without a value is known, but not part of this version.</summary>
internal static class OptionValues
{
    public static readonly (string Word, Preset? Value)[] Presets =
    [
        ("Balanced", Preset.Balanced), ("Fast", Preset.Fast), ("Tiny", Preset.Tiny), ("Lr2vq", Preset.Lr2vq), ("Lossless", Preset.Lossless),
    ];

    public static readonly (string Word, CompressionMethod? Value)[] Methods =
    [
        ("auto", CompressionMethod.Auto), ("uniform", CompressionMethod.Uniform), ("kmeans", CompressionMethod.KMeans), ("rvq", CompressionMethod.Rvq),
        ("ecsq", CompressionMethod.Ecsq), ("tc-ecsq", CompressionMethod.TcEcsq), ("lr2vq", CompressionMethod.Lr2vq),
        ("binary", CompressionMethod.Binary), ("svd", CompressionMethod.Svd), ("svd-gram", CompressionMethod.SvdGram), ("joint", CompressionMethod.Joint), ("joint-compact", CompressionMethod.JointCompact), ("bgd", CompressionMethod.Bgd), ("pqf", CompressionMethod.Pqf), ("qswd", CompressionMethod.Qswd),
        ("int8", CompressionMethod.Int8), ("fp16", CompressionMethod.Fp16), ("bf16", CompressionMethod.BFloat16), ("fp32", CompressionMethod.Fp32),
        ("lossless", CompressionMethod.Lossless),
        ("pq", null), ("dkm", null),
    ];

    public static readonly (string Word, Slicing? Value)[] Slicings =
    [
        ("auto", Slicing.Auto), ("sp", Slicing.Spatial), ("ic", Slicing.InputChannel), ("oc", Slicing.OutputChannel),
        ("papers-small", Slicing.PapersSmall), ("papers-large", Slicing.PapersLarge),
    ];

    public static readonly (string Word, ConvForm? Value)[] Forms = [.. ConvForm.Words.Select(w => (w.Word, (ConvForm?)w.Form))];

    public static readonly (string Word, TrellisUse? Value)[] Trellises = [("auto", TrellisUse.Auto), ("on", TrellisUse.On), ("off", TrellisUse.Off)];

    public static readonly (string Word, bool? Value)[] Access = [("public", true), ("internal", false)];

    public static readonly (string Word, ArtifactStorage? Value)[] Storages =
        [("Embedded", ArtifactStorage.Embedded), ("File", ArtifactStorage.File), ("None", ArtifactStorage.None)];

    /// <summary>Whether speed is the second aim.</summary>
    public static readonly (string Word, bool? Value)[] Optimizations = [("Size", false), ("Speed", true)];

    public static readonly (string Word, bool? Value)[] Reports = [("false", false), ("true", true)];

    public static readonly (string Word, FineTuneMode? Value)[] FineTunings = [("None", FineTuneMode.None), ("Blocks", FineTuneMode.Blocks), ("EndToEnd", FineTuneMode.EndToEnd)];

    public static readonly (string Word, Backend? Value)[] Backends = [("Managed", Backend.Managed), ("OnnxRuntime", Backend.OnnxRuntime)];

    /// <summary>The words of this version.</summary>
    public static string[] WordsOf<T>(IEnumerable<(string Word, T? Value)> words) where T : struct =>
        [.. words.Where(w => w.Value is not null).Select(w => w.Word)];

    /// <summary>The words of this version, for people.</summary>
    public static string List<T>(IEnumerable<(string Word, T? Value)> words) where T : struct => string.Join(", ", WordsOf(words));

    /// <summary>The word of a value.</summary>
    public static string WordOf<T>(IEnumerable<(string Word, T? Value)> words, T value) where T : struct =>
        words.First(w => w.Value is { } known && known.Equals(value)).Word;
}

/// <summary>Where an app has its artifact.</summary>
internal enum ArtifactStorage { Embedded, File, None }
/// <summary>What computes a network in the app.</summary>
internal enum Backend { Managed, OnnxRuntime }

