using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>For each convolution of three networks: the form that is chosen, the one that is fastest, and how far apart they are.</summary>
internal static class ChoicesBench
{
    /// <summary>Chosen ÷ best that a choice may have.</summary>
    private const double Bar = 1.10;

    /// <summary>Ratios above this are measured again, longer: a busy machine makes differences of its own.</summary>
    private const double Doubt = 1.04;

    private sealed record Row(string Case, string Layer, int Count, string Chosen, string Best, double ChosenMs, double BestMs, double Ratio, Dictionary<string, double> Ms);

    private static readonly string[] s_cases =
    [
        .. from network in new[] { "resnet18", "resnet50" } from setting in new[] { "exact", "m8d4", "m16d4", "balanced", "dense" } select $"{network}-{setting}",
        "mobilenetv2-exact", "mobilenetv2-balanced",
    ];

    internal static IEnumerable<PeersBench.Case> Cases => PeersBench.Cases().Where(c => s_cases.Contains(c.Name));

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        int single = 0;
        Console.WriteLine($"{"layer",-52}{"times",6}{"chosen",26}{"best",26}{"chosen ms",11}{"best ms",9}{"ratio",7}");
        foreach (PeersBench.Case one in Cases.Where(c => options.Wants(c.Name)))
        {
            if (TestData.FindModel(one.Model, out string reason) is not { } path)
            {
                Console.WriteLine($"{one.Name}: skipped: {reason}");
                continue;
            }
            using PlanRunner model = PeersBench.Load(one, path);
            Console.WriteLine(one.Name);
            List<ConvCase> cases = ConvCase.Of(model, one.Shape, out long others);
            WarmUp(cases, Lanes.Widest, isFirst: rows.Count + single == 0);
            foreach (ConvCase layer in cases)
            {
                if (layer.Forms.Count == 1)
                {
                    single++;
                    continue;
                }
                Row row = Measure(one.Name, layer, others, options.Rounds);
                rows.Add(row);
                Console.WriteLine($"{row.Layer,-52}{row.Count,6}{row.Chosen,26}{row.Best,26}{row.ChosenMs,11:F3}{row.BestMs,9:F3}{row.Ratio,7:F2}{(row.Ratio > Bar ? " *" : "")}");
            }
        }
        if (options.Json is { } json)
            File.WriteAllText(json, JsonSerializer.Serialize(rows, new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
        if (rows.Count == 0) return 0;
        int above = rows.Count(r => r.Ratio > Bar);
        Console.WriteLine($"{rows.Count} layers with a choice ({single} without): largest ratio {rows.Max(r => r.Ratio):F2}; {above} above {Bar:F2}");
        return above == 0 ? 0 : 1;
    }

    private static Row Measure(string name, ConvCase layer, long others, int rounds)
    {
        List<ConvForm> forms = layer.Forms;
        ConvForm chosen = ConvKernels.Best(layer.Geometry, layer.Weight, layer.Input, layer.Output, Lanes.Widest);
        double[] ms = [.. layer.Measure(forms, Lanes.Widest, others, rounds).Select(Median)];
        int at = forms.IndexOf(chosen), best = Array.IndexOf(ms, ms.Min());
        double ratio = ms[at] / ms[best];
        if (ratio > Doubt)
        {
            // Only these two, in pairs: what disturbs one round disturbs both.
            double[][] pair = layer.Measure([chosen, forms[best]], Lanes.Widest, others, 3 * rounds);
            (ms[at], ms[best]) = (Median(pair[0]), Median(pair[1]));
            ratio = Math.Max(1, Median(pair[0].Zip(pair[1], (a, b) => a / b)));
        }
        return new Row(name, layer.ToString(), layer.Count, chosen.ToString(), forms[best].ToString(), ms[at], ms[best], ratio,
            forms.Zip(ms).ToDictionary(p => p.First.ToString(), p => p.Second));
    }

    /// <summary>Until the JIT has done what it does.</summary>
    /// <param name="isFirst">No case was measured before: it waits while there is new code, so several times.</param>
    internal static void WarmUp(IEnumerable<ConvCase> cases, Isa isa, bool isFirst)
    {
        ConvCase[] small = [.. cases.OrderBy(c => (long)c.Geometry.OutputHeight * c.Geometry.OutputWidth * c.Weight.Rows * c.Weight.Columns).Take(6)];
        for (int pass = 0; pass < (isFirst ? 4 : 1); pass++)
        {
            foreach (ConvCase layer in small) layer.Measure(layer.Forms, isa, 0, 40);
            Thread.Sleep(300);
        }
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
