using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>The table: a row for each network and setting.</summary>
internal sealed class AccuracyTable(IReadOnlyList<string> settings)
{
    /// <summary>fp32: the weights exactly as they are, through our own run time.</summary>
    private const string Reference = "Preset=Lossless";

    private readonly List<AccuracyRow> _rows = [];
    private readonly List<string> _failures = [];

    public static IReadOnlyList<string> UsualSettings { get; } = ["Preset=Fast", "Preset=Balanced", "Preset=Tiny"];

    /// <returns>False if a network missed what is promised.</returns>
    public bool Run(string? part, string? json)
    {
        Console.WriteLine(Line("network", "setting", "bytes", "ratio", "rel. error", "step", "top-1", "agree", "KL", "s"));
        PictureSet? loaded = null;
        LabelledPictures? pictures = null;
        foreach (NetworkCase network in NetworkCase.All.Where(n => part is null || n.File.Contains(part, StringComparison.OrdinalIgnoreCase)))
        {
            if (TestData.FindModel(network.File, out string reason) is not { } path)
            {
                Console.WriteLine($"{network.File}: skipped, {reason}");
                continue;
            }
            try
            {
                if (loaded != network.Pictures) (pictures, loaded) = (LabelledPictures.Load(network.Pictures), network.Pictures);
            }
            catch (Exception e) when (e is IOException)
            {
                Console.WriteLine($"{network.File}: skipped, {e.Message}");
                continue;
            }
            Measure(network, path, pictures!);
        }
        foreach (string failure in _failures) Console.WriteLine(failure);
        if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(_rows, new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
        return _failures.Count == 0;
    }

    private void Measure(NetworkCase network, string path, LabelledPictures pictures)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-accuracy-").FullName;
        try
        {
            Measurement? reference = null;
            foreach (string setting in settings.Prepend(Reference))
            {
                string artifact = Path.Combine(folder, "model.lr2vq");
                long start = Stopwatch.GetTimestamp();
                CompressedModel compressed = Compress(path, artifact, setting);
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                Measurement measured = Measurement.Of(artifact, network, pictures);
                reference ??= measured;
                var row = new AccuracyRow(network.File, setting, compressed.FileBytes, compressed.Ratio, compressed.Result.RelativeError, compressed.Result.Step,
                    measured.Correct, measured.Count, measured.Agreement(reference), measured.DivergenceFrom(reference), seconds);
                _rows.Add(row);
                Console.WriteLine(Line(row.Network, row.Setting, Text(row.Bytes), Text(row.Ratio, "0.00"), Text(row.RelativeError, "0.00000"), Text(row.Step, "0.0000"),
                    $"{row.Correct}/{row.Count}", Text(row.Agree), Text(row.Kl, "0.0000"), Text(row.Seconds, "0.0")));
                Judge(network, row);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Judge(NetworkCase network, AccuracyRow row)
    {
        if (row.Setting == Reference && row.Correct != network.Fp32Correct)
            _failures.Add($"MISSED: {network.File} {row.Setting}: {row.Correct} correct instead of {network.Fp32Correct}");
        if (row.Setting != "Preset=Balanced" || network.Bar == 0) return;
        if (row.Correct < network.Bar || row.Ratio < NetworkCase.BarRatio)
            _failures.Add(string.Create(CultureInfo.InvariantCulture,
                $"MISSED: {network.File} {row.Setting}: {row.Correct} correct at {row.Ratio:0.00}x; promised are {network.Bar} at {NetworkCase.BarRatio}x"));
    }

    private static CompressedModel Compress(string path, string artifact, string setting)
    {
        var bag = new DiagnosticBag();
        IEnumerable<KeyValuePair<string, string>> words = setting.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => word.Split('=', 2)).Select(word => new KeyValuePair<string, string>(word[0], word.Length > 1 ? word[1] : ""));
        ModelOptions options = OptionParser.Parse(words, null, bag);
        bag.ThrowIfErrors();
        CompressedModel? compressed = ModelCompressor.Compress(path, artifact, options, null, bag, CancellationToken.None);
        return compressed ?? throw new DiagnosticException(bag.All);
    }

    private static string Text(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Line(params string[] cells) => string.Create(CultureInfo.InvariantCulture,
        $"{cells[0],-27} {cells[1],-24} {cells[2],10} {cells[3],6} {cells[4],10} {cells[5],7} {cells[6],11} {cells[7],6} {cells[8],8} {cells[9],6}");
}

/// <summary>One line of the table.</summary>
/// <param name="Bytes">Length of the artifact.</param>
/// <param name="Ratio">Bytes of the .onnx ÷ bytes of the artifact.</param>
/// <param name="RelativeError">Squared weight error ÷ squared weights.</param>
/// <param name="Step">The global step of uniform levels; 0 if there is none.</param>
/// <param name="Correct">Top-1.</param>
/// <param name="Agree">Pictures with the answer of fp32.</param>
/// <param name="Kl">Mean KL(fp32 ‖ compressed) in nats.</param>
/// <param name="Seconds">Time of the compression.</param>
internal sealed record AccuracyRow(string Network, string Setting, long Bytes, double Ratio, double RelativeError, double Step, int Correct, int Count, int Agree,
    double Kl, double Seconds);
