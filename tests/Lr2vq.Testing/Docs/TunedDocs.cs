using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Lr2vq.Testing.Docs;

/// <summary>The part of docs/accuracy.md about methods with and without training, from docs/measurements/accuracy-tuned.json.</summary>
internal static class TunedDocs
{
    private const string Control = "fp32";

    /// <summary>Rows of one method at one size, over the seeds.</summary>
    private sealed record Entry(string Method, string Options, double Target, int Images, JsonElement[] Untrained, JsonElement[] Trained)
    {
        public string Name => DifferenceOf(Options) is { Length: > 0 } text ? $"{Method} ({text})" : Method;

        public JsonElement[] All => Trained.Length > 0 ? Trained : Untrained;
    }

    /// <summary>Text of the section; nothing without rows.</summary>
    public static string Section(IReadOnlyList<JsonElement> rows, string program)
    {
        if (rows.Count == 0) return "";
        var text = new StringBuilder($"""
            ## Methods, untrained and trained

            `{program} tuned --net NAME --json docs/measurements/accuracy-tuned.json`

            At each size the methods have the same number of bytes, of the whole artifact, and the same images in the same order; the control is the dense network trained with them. Lost: points of the 10,000 test pictures below the control. Nothing is chosen by the test pictures:
            what a training keeps is chosen by 1,000 training pictures that are held out. KL: mean KL(original ‖ compressed) of the test pictures in nats. With several seeds the mean, and the range in brackets. Seconds are of one thread on a machine that also had other work, pauses included: an order of magnitude.
            auto: scalars as a build makes them of 128 unlabelled pictures (`CalibrationData`), with error feedback and steps by sensitivity; the same pictures choose the codes of lr2vq, and bgd and svd-gram see them; the other searches see none.
            Rows of lr2vq that name no K are those of searches that share the entries out (docs/calibration.md), once where d̃ is given; with D=auto each codebook has its own d̃, from the least to the most that stand there, and the sharing begins twice. lr2vq-soft: LR²VQ as the paper trains it, with no pictures before that. docs/training.md has the recipes.

            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<string, JsonElement> network in rows.GroupBy(r => DocsTable.Word(r, "network")))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {Path.GetFileNameWithoutExtension(network.Key)}, trained\n\n{ControlText([.. network])}\n");
            foreach (IGrouping<(double Target, int Images), Entry> size in Entries(network).GroupBy(e => (e.Target, e.Images)).OrderBy(g => g.Key.Target).ThenBy(g => g.Key.Images))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{size.Key.Target}x{(size.Key.Images > 0 ? string.Create(CultureInfo.InvariantCulture, $", {size.Key.Images:N0} images") : "")}:\n\n");
                text.Append("| method | options | bytes | ratio | untrained: lost | KL | trained: right | lost | KL | seconds |\n|---|---|---|---|---|---|---|---|---|---|\n");
                foreach (Entry e in size.OrderBy(e => e.Trained.Length == 0).ThenBy(e => Mean(e.Trained.Length > 0 ? e.Trained : e.Untrained, "drop")))
                    text.Append("| ").AppendJoin(" | ", e.Method, e.Options, Of(e.All, "bytes", "N0", withRange: false), Of(e.All, "ratio", "F2", withRange: false), Of(e.Untrained, "drop", "F2"), Of(e.Untrained, "kl", "F4"),
                        Of(e.Trained, "correct", "N0"), Of(e.Trained, "drop", "F2"), Of(e.Trained, "kl", "F4"), Of(e.Trained, "seconds", "F0", withRange: false)).Append(" |\n");
            }
        }
        return text.Append("\n![Points lost against bytes, trained methods](accuracy-tuned.svg)\n\n").ToString();
    }

    /// <summary>A panel for each network: points lost of the trained methods against bytes.</summary>
    public static List<(string Network, IReadOnlyList<LossCurve> Curves)> Panels(IReadOnlyList<JsonElement> rows) =>
        [.. rows.GroupBy(r => DocsTable.Word(r, "network")).Select(network => (Path.GetFileNameWithoutExtension(network.Key), (IReadOnlyList<LossCurve>)
            [.. Usual([.. Entries(network).Where(e => e.Trained.Length > 0)]).GroupBy(e => e.Name).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new LossCurve(g.Key, [.. g.OrderBy(e => e.Target).Select(e => (Mean(e.Trained, "bytes"), Mean(e.Trained, "drop")))]))])).Where(panel => panel.Item2.Count > 0)];

    /// <summary>Rows of the budget that most have; a long run is no point of a curve.</summary>
    private static IEnumerable<Entry> Usual(Entry[] entries)
    {
        if (entries.Length == 0) return [];
        int images = entries.GroupBy(e => e.Images).OrderByDescending(g => g.Count()).First().Key;
        return entries.Where(e => e.Images == images);
    }

    private static List<Entry> Entries(IEnumerable<JsonElement> network)
    {
        List<Entry> entries = [];
        // What a search found differs from seed to seed; different ones of one seed are those of two searches.
        foreach (var method in network.Where(r => DocsTable.Word(r, "method") != Control).GroupBy(r => (DocsTable.Word(r, "method"), SettingOf(DocsTable.Word(r, "options")), DocsTable.Value(r, "target")!.Value))
            .SelectMany(g => g.GroupBy(r => DocsTable.Value(r, "seed")).All(seed => seed.Select(r => DocsTable.Word(r, "options")).Distinct().Count() == 1) ? [g]
                : g.GroupBy(r => (g.Key.Item1, DocsTable.Word(r, "options"), g.Key.Item3))))
        {
            string options = string.Join(" or ", method.Select(r => DocsTable.Word(r, "options")).Distinct().Select((text, i) => i == 0 ? text : FoundOf(text)));
            JsonElement[] untrained = [.. method.Where(r => !IsTuned(r))];
            int[] budgets = [.. method.Where(IsTuned).Select(r => (int)DocsTable.Value(r, "images")!.Value).Distinct().Order()];
            foreach (int images in budgets.DefaultIfEmpty())
                entries.Add(new Entry(method.Key.Item1, options, method.Key.Item3, images, untrained, [.. method.Where(r => IsTuned(r) && (int)DocsTable.Value(r, "images")!.Value == images)]));
        }
        // Untrained rows stand beside the trained ones of their size.
        return entries;
    }

    private static string ControlText(JsonElement[] rows)
    {
        JsonElement[] control = [.. rows.Where(r => DocsTable.Word(r, "method") == Control)];
        string untrained = string.Join(", ", control.Where(r => !IsTuned(r)).Select(r => Number(r, "correct", "N0")).Distinct());
        IEnumerable<string> trained = control.Where(IsTuned).GroupBy(r => DocsTable.Value(r, "images")).Select(g => string.Create(CultureInfo.InvariantCulture, $"{Of([.. g], "correct", "N0")} after {g.Key:N0} images"));
        return $"Dense: {(untrained.Length > 0 ? untrained + " of 10,000 right, " : "")}{string.Join(", ", trained)}.";
    }

    /// <summary>What distinguishes options of one method: the clustering dimensionality.</summary>
    private static string DifferenceOf(string options) => options.Split(';').FirstOrDefault(word => word.StartsWith("D=", StringComparison.Ordinal)) is { } d ? d.Replace("D=", "d̃ = ", StringComparison.Ordinal) : "";

    /// <summary>Options without what a search found for them, which may differ from seed to seed.</summary>
    private static string SettingOf(string options) => string.Join(';', options.Split(';').Where(word => !IsFound(word)));

    private static string FoundOf(string options) => string.Join(';', options.Split(';').Where(IsFound));

    private static bool IsFound(string word) => word.Contains(" of ", StringComparison.Ordinal);

    private static bool IsTuned(JsonElement row) => row.GetProperty("tuned").GetBoolean();

    private static double Mean(JsonElement[] rows, string field) => rows.Average(r => DocsTable.Value(r, field)!.Value);

    private static string Number(JsonElement row, string field, string format) => DocsTable.Value(row, field)!.Value.ToString(format, CultureInfo.InvariantCulture);

    private static string Of(JsonElement[] rows, string field, string format, bool withRange = true)
    {
        if (rows.Length == 0) return "";
        double[] values = [.. rows.Select(r => DocsTable.Value(r, field)!.Value).Order()];
        string mean = values.Average().ToString(format, CultureInfo.InvariantCulture);
        return values.Length == 1 || !withRange ? mean : $"{mean} ({values[0].ToString(format, CultureInfo.InvariantCulture)} to {values[^1].ToString(format, CultureInfo.InvariantCulture)})";
    }
}
