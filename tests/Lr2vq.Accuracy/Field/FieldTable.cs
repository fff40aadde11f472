using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;

namespace Lr2vq.Accuracy;

/// <summary>Networks that people publish, under the default preset and without data: what their outputs lose on real inputs, and whether the build said so.</summary>
internal sealed class FieldTable(string setting)
{
    public const string UsualSetting = "Preset=Balanced";

    /// <summary>JSON has no infinity, which a broken network may show.</summary>
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly List<FieldRow> _rows = [];

    /// <returns>False if a promise is broken.</returns>
    public bool Run(string? part, string? json)
    {
        List<FieldRow> known = json is not null && File.Exists(json) ? JsonSerializer.Deserialize<List<FieldRow>>(File.ReadAllText(json), s_json) ?? [] : [];
        Console.WriteLine(Line("network", "ratio", "largest L2", "predicted", "warned", "measure", "", "inputs", "s"));
        int refused = 0, skipped = 0;
        foreach (FieldNetwork network in FieldNetworks.All)
        {
            if (part is not null && !network.File.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                // A restricted run leaves the others as they are.
                _rows.AddRange(known.Where(row => row.Network == NameOf(network)));
                continue;
            }
            string reason = "";
            if ((network.Path ?? TestData.FindModel(network.File, out reason)) is not { } path)
            {
                skipped++;
                Console.WriteLine($"{network.File}: skipped, {reason}");
                continue;
            }
            try
            {
                FieldRow row = Measure(network, path, known);
                _rows.Add(row);
                Print(row);
            }
            catch (DiagnosticException problem)
            {
                refused++;
                Console.WriteLine($"{network.File}: refused, {problem.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Text}");
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or DllNotFoundException)
            {
                skipped++;
                Console.WriteLine($"{network.File}: skipped, {missing.Message}");
            }
            Save(json);
        }
        // Those after the last one of a restricted run, too.
        Save(json);
        return Summarize(refused, skipped);
    }

    private void Save(string? json)
    {
        if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(_rows, s_json) + "\n");
    }

    private FieldRow Measure(FieldNetwork network, string path, List<FieldRow> known)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-field-").FullName;
        try
        {
            string artifact = Path.Combine(folder, "model.lr2vq");
            long start = Stopwatch.GetTimestamp();
            DiagnosticBag bag = new();
            CompressedModel compressed = SettingText.Compress(path, artifact, setting, bag, given: TestNetworks.FixedOf(network.File));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(artifact)));
            if (known.FirstOrDefault(row => row.Network == NameOf(network) && row.Artifact == hash) is { } kept) return kept;

            using var original = new OriginalEngine(path);
            using var ours = new ArtifactEngine(artifact, original.InputNames);
            OutputChange[] changes = [.. original.OutputNames.Select(_ => new OutputChange(network.LeastSize))];
            TaskMeasure measure = network.Measure();
            int calls = 0;
            foreach (FieldSequence sequence in network.Inputs())
            {
                HostTensor[]? before = null, compressedBefore = null;
                foreach (HostTensor[] inputs in sequence.Calls)
                {
                    before = original.Run(WithStates(network, inputs, before));
                    compressedBefore = ours.Run(WithStates(network, inputs, compressedBefore));
                    for (int i = 0; i < changes.Length; i++) changes[i].Add(before[i], compressedBefore[i]);
                    measure.Add(before, compressedBefore);
                    calls++;
                }
            }
            return new FieldRow(NameOf(network), compressed.FileBytes, compressed.Ratio, original.OutputNames, [.. changes.Select(c => c.RelativeL2)], GateFigures.Predicted(compressed),
                GateFigures.Warned(bag), measure.Value, measure.Name, measure.Original, calls, compressed.Result.RelativeError, seconds, hash);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The inputs of a call; states are what the same network gave before.</summary>
    private static HostTensor[] WithStates(FieldNetwork network, HostTensor[] inputs, HostTensor[]? before)
    {
        if (before is null || network.Carried.Length == 0) return inputs;
        HostTensor[] all = [.. inputs];
        foreach ((int output, int input) in network.Carried) all[input] = before[output];
        return all;
    }

    private bool Summarize(int refused, int skipped)
    {
        if (_rows.Count == 0) return true;
        List<string> missed = [];
        double kept = _rows.Count(row => row.Largest <= FieldRow.Kept && !row.Warned) / (double)_rows.Count;
        double[] ratios = [.. _rows.Select(row => row.Ratio).Order()];
        double median = (ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2;
        FieldRow[] silent = [.. _rows.Where(row => row.IsSilent)], predicted = [.. _rows.Where(row => row.IsForeseen is not null)];
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_rows.Count} networks: {kept:P0} changed by at most {FieldRow.Kept} without a warning, {_rows.Count(row => row.Warned)} warned, {silent.Length} lost in silence, median ratio {median:0.00}, ")
            + (predicted.Length == 0 ? "no predictions" : string.Create(CultureInfo.InvariantCulture, $"prediction within a factor of 3 for {predicted.Count(row => row.IsForeseen == true) / (double)predicted.Length:P0}"))
            + $"; {refused} refused, {skipped} skipped");
        foreach (FieldRow row in silent)
            missed.Add(string.Create(CultureInfo.InvariantCulture, $"MISSED: {row.Network}: an output changed by {row.Largest:P1} and no warning said so"));
        missed.AddRange(FieldBars.Missed(_rows));
        foreach (string line in missed) Console.WriteLine(line);
        return missed.Count == 0;
    }

    private static string NameOf(FieldNetwork network) => Path.GetFileName(network.File);

    private static void Print(FieldRow row) => Console.WriteLine(Line(row.Network, Text(row.Ratio, "0.00"), Text(row.Largest, "0.00000"), row.Predicted is { Count: > 0 } predicted ? Text(predicted.Max(), "0.00000") : "-",
        row.Warned ? "yes" : "no", Text(row.Measure, "0.####") + (row.Original is { } original ? Text(original, " 'of' 0.####") : ""), row.MeasureName, Text(row.Inputs, "0"), Text(row.Seconds, "0.0")));

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Line(params string[] cells) =>
        $"{cells[0],-46} {cells[1],6} {cells[2],10} {cells[3],9} {cells[4],6} {cells[5],14} {cells[6],-26} {cells[7],6} {cells[8],6}";
}
