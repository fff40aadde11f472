using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>The table: a row for each network and setting.</summary>
/// <param name="settings">The rows of a network.</param>
/// <param name="isKept">Whether a row that the file has already is kept instead of measured.</param>
internal sealed class AccuracyTable(Func<NetworkCase, IReadOnlyList<TableSetting>> settings, Func<AccuracyRow, bool> isKept)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly List<AccuracyRow> _rows = [];
    private readonly List<string> _failures = [];
    private List<AccuracyRow> _known = [];

    /// <returns>False if a network missed what is promised.</returns>
    public bool Run(string? part, string? json)
    {
        Console.WriteLine(Line("network", "setting", "calib", "bytes", "ratio", "rel. error", "step", "top-1", "agree", "KL", "s"));
        _known = json is not null && File.Exists(json) ? JsonSerializer.Deserialize<List<AccuracyRow>>(File.ReadAllText(json), s_json) ?? [] : [];
        foreach (NetworkCase network in NetworkCase.All)
        {
            if (part is not null && !network.File.Contains(part, StringComparison.OrdinalIgnoreCase)) continue;
            if (TestData.FindModel(network.File, out string reason) is not { } path)
            {
                Console.WriteLine($"{network.File}: skipped, {reason}");
                continue;
            }
            try
            {
                Measure(network, path, json);
            }
            catch (Exception e) when (e is IOException or DllNotFoundException)
            {
                Console.WriteLine($"{network.File}: skipped, {e.Message}");
            }
        }
        // A whole run leaves nothing of before.
        if (part is null) _known = [];
        Save(json);
        foreach (string failure in _failures) Console.WriteLine(failure);
        return _failures.Count == 0;
    }

    private void Measure(NetworkCase network, string path, string? json)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-accuracy-").FullName;
        try
        {
            Measurement? original = null;
            AccuracyRow? originalRow = null;
            string artifact = Path.Combine(folder, "model.lr2vq");
            IReadOnlyList<TableSetting> rows = settings(network);
            if (rows.Count == 0) return;
            foreach (TableSetting setting in rows.Prepend(TableSetting.Original))
            {
                CalibrationInputs? calibration = !setting.Calibrated ? null : setting.Samples is { } samples ? network.CalibrationWith(samples) : network.Calibration;
                AccuracyRow? row = _known.FirstOrDefault(r => r.Network == network.File && r.Setting == setting.Options && r.Calib == (calibration?.Count ?? 0) && r.Method == setting.Method && isKept(r));
                try
                {
                    if (row is null && original is null && setting != TableSetting.Original) Measure(network, path, artifact, TableSetting.Original, null, ref original);
                    row ??= Measure(network, path, artifact, setting, calibration, ref original);
                }
                catch (DiagnosticException problem)
                {
                    _failures.Add($"MISSED: {network.File} {setting.Options}{(calibration is null ? "" : " with data")}: {problem.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Text}");
                    continue;
                }
                originalRow ??= row;
                _rows.Add(row);
                Print(row);
                _failures.AddRange(setting.Missed(row, originalRow).Select(what => $"MISSED: {network.File} {setting.Options}{(calibration is null ? "" : $" with {calibration.Count} samples")}: {what}"));
                if (setting == TableSetting.Original && network.Fp32Correct is { } expected && row.Correct != expected)
                    _failures.Add($"MISSED: {network.File} {setting.Options}: {row.Correct} right instead of {expected}");
                Save(json);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Writes what was measured, and of what the file had before what was not measured yet, in the order of the networks.</summary>
    private void Save(string? json)
    {
        if (json is null) return;
        IEnumerable<AccuracyRow> before = _known.Where(k => !_rows.Any(r => (r.Network, r.Setting, r.Calib, r.Method) == (k.Network, k.Setting, k.Calib, k.Method)));
        ILookup<string, AccuracyRow> rows = _rows.Concat(before).ToLookup(row => row.Network);
        File.WriteAllText(json, JsonSerializer.Serialize(NetworkCase.All.SelectMany(network => rows[network.File]), s_json) + "\n");
    }

    private static AccuracyRow Measure(NetworkCase network, string path, string artifact, TableSetting setting, CalibrationInputs? calibration, ref Measurement? original)
    {
        long start = Stopwatch.GetTimestamp();
        CompressedModel compressed = SettingText.Compress(path, artifact, calibration is null ? setting.Options : $"{setting.Options};{calibration.Options}", new DiagnosticBag(), setting.Parts);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Measurement measured = network.Measure(artifact);
        original ??= measured;
        return new AccuracyRow(network.File, setting.Options, compressed.FileBytes, compressed.Ratio, compressed.Result.RelativeError, compressed.Result.Step,
            measured.Correct(original), measured.Count, measured.Agreement(original), measured.DivergenceFrom(original), seconds, calibration?.Count ?? 0, setting.Method, ModelCompressor.AlgorithmVersion)
        {
            Letters = network.ReadsLines ? measured.AgreementOfLetters(original) : null,
        };
    }

    private static void Print(AccuracyRow row) => Console.WriteLine(Line(row.Network, row.Setting, Text(row.Calib), Text(row.Bytes), Text(row.Ratio, "0.00"), Text(row.RelativeError, "0.00000"),
        Text(row.Step, "0.0000"), $"{row.Correct}/{row.Count}", Text(row.Agree), Text(row.Kl, "0.0000"), Text(row.Seconds, "0.0")) + "  " + row.Method);

    private static string Text(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Line(params string[] cells) => string.Create(CultureInfo.InvariantCulture,
        $"{cells[0],-27} {cells[1],-18} {cells[2],5} {cells[3],10} {cells[4],6} {cells[5],10} {cells[6],7} {cells[7],11} {cells[8],6} {cells[9],8} {cells[10],6}");
}

/// <summary>One line of the table.</summary>
/// <param name="Bytes">Length of the artifact.</param>
/// <param name="Ratio">Bytes of the .onnx ÷ bytes of the artifact.</param>
/// <param name="RelativeError">Squared weight error ÷ squared weights.</param>
/// <param name="Step">The global step of uniform levels; 0 if there is none.</param>
/// <param name="Correct">Right answers.</param>
/// <param name="Agree">Answers that are those of fp32.</param>
/// <param name="Kl">Mean KL(fp32 ‖ compressed) in nats.</param>
/// <param name="Seconds">Time of the compression.</param>
/// <param name="Calib">Unlabelled samples that calibrated the compression.</param>
/// <param name="Method">The parts of calibration that worked together; nothing without data.</param>
/// <param name="Algorithm">Version of what chooses bytes; 0 where nobody noted it.</param>
internal sealed record AccuracyRow(string Network, string Setting, long Bytes, double Ratio, double RelativeError, double Step, int Correct, int Count, int Agree,
    double Kl, double Seconds, int Calib = 0, string Method = "", int Algorithm = 0)
{
    /// <summary>Lines of text that are those of fp32 but for spaces.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Letters { get; init; }

    /// <summary>Whether the same would come out today.</summary>
    [JsonIgnore]
    public bool IsOfToday => Algorithm == ModelCompressor.AlgorithmVersion;
}
