using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Lr2vq.Testing;

namespace Lr2vq.Fuzz;

/// <summary>Mutated Plans with fresh hashes, and mutated models, over the networks of <see cref="SmallModels.All"/>, in watched processes.</summary>
internal static class MutationRun
{
    /// <summary>Runs and prints; the last line is the count. Returns 0 if no harm was done.</summary>
    public static int Run(int count, TextWriter output)
    {
        List<string> harm = [];
        foreach (string kind in (string[])["plan", "model"])
        {
            SortedDictionary<CaseOutcome, int> counts = [];
            CaseResult slowest = new(CaseOutcome.Ran, 0, 0, ""), largest = slowest;
            foreach ((string name, CaseResult result) in Cases(kind, count))
            {
                counts[result.Outcome] = counts.GetValueOrDefault(result.Outcome) + 1;
                if (result.Milliseconds > slowest.Milliseconds) slowest = result;
                if (result.Megabytes > largest.Megabytes) largest = result;
                if (result.IsHarmless) continue;
                harm.Add($"{name}: {result}");
                output.WriteLine($"  {harm[^1]}");
            }
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{kind}: {counts.Values.Sum()} mutated; {string.Join(", ", counts.Select(c => $"{c.Value} {c.Key.ToString().ToLowerInvariant()}"))}; at most {slowest.Milliseconds} ms and {largest.Megabytes} MB"));
        }
        output.WriteLine(harm.Count == 0 ? "0 findings" : $"{harm.Count} findings");
        return harm.Count == 0 ? 0 : 1;
    }

    /// <summary>The cases of a kind, spread over the networks that are there; one process watches the left sides, the other the right ones.</summary>
    public static IReadOnlyList<(string Name, CaseResult Result)> Cases(string kind, int count, int firstSeed = 0)
    {
        string[] networks = [.. SmallModels.All.Where(IsThere)];
        (string, CaseResult)[] results = new (string, CaseResult)[count];
        Parallel.ForEach((string[])["right", "left"], side =>
        {
            using CaseWorker worker = new(side);
            for (int i = 0; i < count; i++)
            {
                if (i / networks.Length % 2 == 0 != (side == "right")) continue;
                string network = networks[i % networks.Length], seed = (firstSeed + i).ToString(CultureInfo.InvariantCulture);
                results[i] = ($"{kind} {network} {seed} {side}", worker.Run(kind, network, seed));
            }
        });
        return results;
    }

    /// <summary>False for a file that is not at hand.</summary>
    public static bool IsThere(string network) => !network.EndsWith(".onnx", StringComparison.Ordinal) || TestData.FindModel(network, out _) is not null;
}
