using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Training.FineTuning;

/// <summary>Consecutive steps with one value in and one out: a residual or attention block, or a few steps of a chain.</summary>
/// <param name="Steps">In their order.</param>
/// <param name="Entry">The only value, besides weights, that they read from before.</param>
/// <param name="Exit">The only value that is read behind them.</param>
internal sealed record NetworkBlock(IReadOnlyList<PlanStep> Steps, string Entry, string Exit)
{
    /// <summary>Products of a chain that go together.</summary>
    private const int MostOfChain = 3;

    /// <summary>The blocks of a network, in their order. A network with several inputs has none before their ways have met.</summary>
    public static IReadOnlyList<NetworkBlock> Of(Plan plan)
    {
        string?[] cuts = Cuts(plan);
        HashSet<string> weights = [.. plan.Weights.Where(w => w.Role is not (WeightRole.Bias or WeightRole.Constant)).Select(w => w.Value)];
        bool IsProduct(int step) => plan.Steps[step].Inputs.Any(input => input is not null && weights.Contains(input));
        List<NetworkBlock> blocks = [];
        int first = 0, products = 0;
        bool branches = false;
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            if (IsProduct(i)) products++;
            if (cuts[i + 1] is not { } exit)
            {
                branches = true;
                continue;
            }
            bool isLast = i + 1 == plan.Steps.Count, nextBranches = !isLast && cuts[i + 2] is null, nextIsPlain = !isLast && !nextBranches && !IsProduct(i + 1);
            // Activations behind a block belong to it.
            if (!isLast && (products == 0 || nextIsPlain || !branches && !nextBranches && products < MostOfChain)) continue;
            if (products > 0 && cuts[first] is { } entry) blocks.Add(new NetworkBlock([.. plan.Steps.Skip(first).Take(i + 1 - first)], entry, exit));
            (first, products, branches) = (i + 1, 0, false);
        }
        return blocks;
    }

    /// <summary>For each place between two steps, the first before them all, the value that all behind it depends on; null where there are several.</summary>
    private static string?[] Cuts(Plan plan)
    {
        int count = plan.Steps.Count;
        HashSet<string> weights = [.. plan.Weights.Select(w => w.Value)];
        Dictionary<string, (int From, int To, bool IsFloat)> lives = plan.Inputs.ToDictionary(port => port.Value, port => (0, 0, port.Type == ElementType.Float32), StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            foreach (string? input in plan.Steps[i].Inputs)
                if (input is not null && !weights.Contains(input)) lives[input] = lives[input] with { To = i };
            foreach (PlanResult result in plan.Steps[i].Outputs) lives[result.Value] = (i + 1, i, result.Type == ElementType.Float32);
        }
        foreach (PlanPort output in plan.Outputs)
            if (lives.TryGetValue(output.Value, out var life)) lives[output.Value] = life with { To = count };
        string?[] cuts = new string?[count + 1];
        for (int place = 0; place <= count; place++)
        {
            KeyValuePair<string, (int From, int To, bool IsFloat)>[] live = [.. lives.Where(pair => pair.Value.From <= place && pair.Value.To >= place)];
            cuts[place] = live is [{ Value.IsFloat: true } only] ? only.Key : null;
        }
        return cuts;
    }
}
