using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Lr2vq.Calibration;

namespace Lr2vq.Testing.Docs;

/// <summary>Writes docs/accuracy.md and its chart from the figures in docs/measurements.</summary>
internal static class AccuracyDocs
{
    private const string Program = "dotnet run -c Release --project tests/Lr2vq.Accuracy --";

    private const double Kept = 0.05;

    /// <summary>Path below the root, and text, of every file that follows from the figures.</summary>
    public static IEnumerable<(string Path, string Text)> Pages(string root)
    {
        List<JsonElement> table = DocsFiles.Figures(root, "accuracy"), ablation = DocsFiles.Figures(root, "ablation"), field = DocsFiles.Figures(root, "field"), tuned = DocsFiles.Figures(root, "accuracy-tuned");
        var text = new StringBuilder();
        text.Append($"""
            # Accuracy

            What networks lose when they are compressed, table by table with the command. `{Program} docs` writes this page and its chart from the figures in `docs/measurements`; a test compares them.

            Ratio: bytes of the .onnx with its external data ÷ bytes of the whole artifact. Every figure is of the artifact as it was written, run by our own run time.


            """.ReplaceLineEndings("\n"));
        JsonElement[] methods = [.. table.Where(IsOfMethod)];
        table.RemoveAll(IsOfMethod);
        text.Append(Field(field)).Append(Table(table)).Append(Methods(methods, table)).Append(TunedDocs.Section(tuned, Program)).Append(RankDocs.Section(DocsFiles.Figures(root, "rank-rule"), Program)).Append(FineTuned(DocsFiles.Figures(root, "fine-tune"))).Append(Ablation(ablation));
        if (TunedDocs.Panels(tuned) is { Count: > 0 } losses) yield return ("docs/accuracy-tuned.svg", LossChart.Write(losses));
        List<(string, IReadOnlyList<RateCurve>)> panels = Panels([.. table, .. DocsFiles.Figures(root, "rates")]);
        if (panels.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"## Rate against accuracy\n\n`{Program} rates --json docs/measurements/rates.json` adds ratios to those of the table.\n\n");
            text.Append("Mean KL(original ‖ compressed) of the answers in nats; below 0.03 the right answers are as many as before, within what pictures scatter.\n\n![Mean KL of the answers against the ratio](accuracy.svg)\n");
            yield return ("docs/accuracy.svg", RateChart.Write(panels));
        }
        yield return ("docs/accuracy.md", text.ToString().TrimEnd('\n') + "\n");
    }

    private static string Field(List<JsonElement> rows)
    {
        if (rows.Count == 0) return "";
        double[] ratios = [.. rows.Select(r => DocsTable.Value(r, "ratio")!.Value).Order()];
        double median = (ratios[(ratios.Length - 1) / 2] + ratios[ratios.Length / 2]) / 2;
        int kept = rows.Count(r => Largest(r, "l2") <= Kept && !IsWarned(r)), warned = rows.Count(IsWarned), silent = rows.Count(r => !(Largest(r, "l2") <= Kept) && !IsWarned(r));
        return string.Create(CultureInfo.InvariantCulture, $"""
            ## No loss in silence

            `{Program} field --json docs/measurements/field.json`

            Networks that people publish, under the default preset and without data, on real inputs that the build does not see: photographs with each network's own pre-processing, speech made by espeak-ng,
            rendered lines of text, files. The original runs in ONNX Runtime. Networks with states carry their own on. Change: √(Σ(a − b)² ÷ Σa²) of the output that changes most.
            Predicted: the same on the inputs that the build generates for itself. Kept: at most {Kept}.

            {rows.Count} networks: {kept} kept without a warning, {warned} with one, {silent} lost in silence; median ratio {median:F2}.


            """).ReplaceLineEndings("\n") + DocsTable.Write(rows,
            DocsColumn.Of("network", "network"), DocsColumn.Number("ratio", "ratio", "F2"), new("change", r => Percent(Largest(r, "l2"))), new("predicted", r => Percent(Largest(r, "predicted"))),
            new("warned", r => IsWarned(r) ? "yes" : "no"), DocsColumn.Of("measure", "measureName"), new("value", Measure), DocsColumn.Number("calls", "inputs", "F0")) + "\n";
    }

    private static string Table(List<JsonElement> rows)
    {
        if (rows.Count == 0) return "";
        var text = new StringBuilder($"""
            ## Size and accuracy

            `{Program} table --json docs/measurements/accuracy.json`

            Right: of 400 ImageNet validation pictures, of the 10,000 CIFAR-10 test pictures as JPEG, or lines of text that are read as the original reads them. Lost: points against the original. Alike: answers that are the original's.
            KL: mean KL(original ‖ compressed) in nats. Data: unlabelled pictures that calibrated the compression, none of those that are counted. Seconds: of the compression, two cores, for some rows beside other work.

            """.ReplaceLineEndings("\n"));
        if (rows.Exists(ReadsLines)) text.Append("But for spaces: lines that are alike when spaces are left out. The original itself finds spaces where nothing is written.\n");
        foreach (IGrouping<string, JsonElement> network in rows.GroupBy(r => DocsTable.Word(r, "network")))
        {
            JsonElement original = network.First();
            text.Append(CultureInfo.InvariantCulture, $"\n### {Path.GetFileNameWithoutExtension(network.Key)}\n\nOriginal: {Count(original, "correct")} of {Count(original, "count")}.\n\n").Append(Rows(network.Skip(1), original));
        }
        return text.Append('\n').ToString();
    }

    /// <summary>Rows of single methods, by size.</summary>
    private static string Methods(JsonElement[] rows, List<JsonElement> table)
    {
        if (rows.Length == 0) return "";
        var text = new StringBuilder("""
            ## Methods without training

            Rows of the same table: the papers' methods, each for every tensor but first, depthwise and small ones. A method without a ratio is as large as it comes. Seconds were taken beside other work and are too long.

            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<string, JsonElement> network in rows.GroupBy(r => DocsTable.Word(r, "network")))
            text.Append(CultureInfo.InvariantCulture, $"\n### {Path.GetFileNameWithoutExtension(network.Key)}, methods\n\n")
                .Append(Rows(network.OrderBy(r => DocsTable.Value(r, "ratio")), table.First(r => DocsTable.Word(r, "network") == network.Key)));
        return text.Append('\n').ToString();
    }

    /// <summary>Networks that a build trains, beside the same without.</summary>
    private static string FineTuned(List<JsonElement> rows)
    {
        if (rows.Count == 0) return "";
        var text = new StringBuilder($"""
            ## Fine-tuning in a build

            `{Program} fine-tune --json docs/measurements/fine-tune.json`

            Columns as above. Seconds are of compression and training together, on one core that other work shared: what a time limit allows depends on the machine, and more cores do more in it.

            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<string, JsonElement> network in rows.GroupBy(r => DocsTable.Word(r, "network")))
        {
            JsonElement original = network.First();
            text.Append(CultureInfo.InvariantCulture, $"\n### {Path.GetFileNameWithoutExtension(network.Key)}, fine-tuned\n\nOriginal: {Count(original, "correct")} of {Count(original, "count")}.\n\n").Append(Rows(network.Skip(1), original));
        }
        return text.Append('\n').ToString();
    }

    internal static string Rows(IEnumerable<JsonElement> rows, JsonElement original)
    {
        JsonElement[] all = [.. rows];
        DocsColumn[] letters = Array.Exists(all, ReadsLines) ? [DocsColumn.Number("but for spaces", "letters", "N0")] : [];
        return DocsTable.Write(all, [DocsColumn.Of("setting", "setting"), new("data", Data), DocsColumn.Number("ratio", "ratio", "F2"), new("right", r => Count(r, "correct")),
            new("lost", r => Lost(r, original)), new("alike", r => Count(r, "agree")), .. letters, DocsColumn.Number("KL", "kl", "F4"), DocsColumn.Number("seconds", "seconds", "F0")]);
    }

    private static bool ReadsLines(JsonElement row) => DocsTable.Value(row, "letters") is not null;

    private static bool IsOfMethod(JsonElement row) => DocsTable.Word(row, "setting").StartsWith("Method=", StringComparison.Ordinal);

    private static string Ablation(List<JsonElement> rows)
    {
        if (rows.Count == 0) return "";
        var text = new StringBuilder($"""
            ## What each part is worth

            `{Program} ablation --json docs/measurements/ablation.json`

            The same number of bytes with parts of the calibration alone, all but one, none and all. KL ÷: the KL with none ÷ the KL with these; above 1 they help.

            Feedback: later columns make up for the errors of earlier ones, by the Gram of the inputs. Allocation: steps of tensors by what they do to the answers. Bias: biases take over mean changes.
            Spared: first, depthwise and small tensors are coded like the others. Refinement: the allocation is done again where the steps came to lie. ColumnSteps: steps of columns by how well others can make up for them.
            Trellis: levels by paths through a trellis. Scales: scales of rows take over what of a changed output goes with the output. Softening: classes are softened for the allocation.
            Asymmetry: weights are coded again, layer after layer, from what makes up for the layers before.

            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<(string Network, string Setting), JsonElement> group in rows.Where(r => DocsTable.Word(r, "method").Length > 0).GroupBy(r => (DocsTable.Word(r, "network"), DocsTable.Word(r, "setting"))))
        {
            double none = group.Where(r => DocsTable.Word(r, "method") == "none").Select(r => DocsTable.Value(r, "kl") ?? 0).FirstOrDefault();
            text.Append(CultureInfo.InvariantCulture, $"\n### {Path.GetFileNameWithoutExtension(group.Key.Network)}, {group.Key.Setting}\n\n");
            text.Append(DocsTable.Write(group, new("parts", Parts), DocsColumn.Number("ratio", "ratio", "F2"), new("right", r => Count(r, "correct")), new("alike", r => Count(r, "agree")),
                DocsColumn.Number("KL", "kl", "F4"), new("KL ÷", r => DocsTable.Value(r, "kl") is > 0 and { } kl && none > 0 ? (none / kl).ToString("F2", CultureInfo.InvariantCulture) : "")));
        }
        return text.Append('\n').ToString();
    }

    /// <summary>One part alone by its name, all but one by the one that is missing.</summary>
    private static string Parts(JsonElement row)
    {
        string method = DocsTable.Word(row, "method");
        CalibrationParts parts = Enum.Parse<CalibrationParts>(method, ignoreCase: true), left = CalibrationParts.All & ~parts;
        return parts != CalibrationParts.None && BitOperations.IsPow2((int)left) ? $"all but {left}" : method;
    }

    /// <summary>A panel for each network: rows with a ratio as their aim, and the default preset, without and with data.</summary>
    private static List<(string, IReadOnlyList<RateCurve>)> Panels(List<JsonElement> rows)
    {
        List<(string, IReadOnlyList<RateCurve>)> panels = [];
        foreach (IGrouping<string, JsonElement> network in rows.GroupBy(r => DocsTable.Word(r, "network")))
        {
            RateCurve[] curves = [.. network.Where(r => DocsTable.Value(r, "kl") is > 0 && DocsTable.Word(r, "setting") is var setting && (setting.StartsWith("TargetRatio", StringComparison.Ordinal) || setting == "Preset=Balanced"))
                .GroupBy(r => (DocsTable.Value(r, "calib") ?? 0) > 0).OrderBy(g => g.Key)
                .Select(g => new RateCurve(g.Key ? "with unlabelled data" : "without data", [.. g.Select(r => (DocsTable.Value(r, "ratio")!.Value, DocsTable.Value(r, "kl")!.Value)).Distinct()]))];
            if (curves.Sum(c => c.Points.Count) > 2) panels.Add((Path.GetFileNameWithoutExtension(network.Key), curves));
        }
        return panels;
    }

    private static double Largest(JsonElement row, string field) =>
        row.TryGetProperty(field, out JsonElement values) && values.ValueKind == JsonValueKind.Array
            ? values.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number ? v.GetDouble() : double.PositiveInfinity).DefaultIfEmpty(double.NaN).Max()
            : double.NaN;

    private static bool IsWarned(JsonElement row) => row.TryGetProperty("warned", out JsonElement warned) && warned.GetBoolean();

    private static string Percent(double value) => double.IsNaN(value) ? "" : double.IsInfinity(value) ? "all" : (100 * value).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Measure(JsonElement row) => (DocsTable.Value(row, "measure")?.ToString("0.####", CultureInfo.InvariantCulture) ?? "")
        + (DocsTable.Value(row, "original") is { } original ? original.ToString(" 'of' 0.####", CultureInfo.InvariantCulture) : "");

    private static string Count(JsonElement row, string field) => DocsTable.Value(row, field)!.Value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Data(JsonElement row) => DocsTable.Value(row, "calib") is > 0 and { } calib ? calib.ToString("N0", CultureInfo.InvariantCulture) : "none";

    private static string Lost(JsonElement row, JsonElement original) =>
        (100 * (DocsTable.Value(original, "correct")!.Value - DocsTable.Value(row, "correct")!.Value) / DocsTable.Value(original, "count")!.Value).ToString("0.00", CultureInfo.InvariantCulture);
}
