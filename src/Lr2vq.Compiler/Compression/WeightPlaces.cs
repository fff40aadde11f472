using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>What the place of a weight in its network says: the first and the last products want more care than the rest.</summary>
internal static class WeightPlaces
{
    /// <summary>Identifiers of the weights that are multiplied with inputs of the network, nothing but element-wise and layout steps between.</summary>
    public static HashSet<string> First(Plan plan)
    {
        var first = new HashSet<string>(StringComparer.Ordinal);
        var reached = new HashSet<string>(plan.Inputs.Select(input => input.Value), StringComparer.Ordinal);
        foreach (PlanStep step in plan.Steps)
        {
            if (step.Inputs.Count == 0 || step.Inputs[0] is not { } x || !reached.Contains(x)) continue;
            if (Weight(step) is { } weight) first.Add(weight);
            else foreach (PlanResult output in step.Outputs) reached.Add(output.Value);
        }
        return first;
    }

    /// <summary>Identifiers of the weights whose products make the outputs, nothing but element-wise and layout steps between.</summary>
    public static HashSet<string> Last(Plan plan)
    {
        var last = new HashSet<string>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(plan.Outputs.Select(output => output.Value), StringComparer.Ordinal);
        foreach (PlanStep step in plan.Steps.Reverse())
        {
            if (!step.Outputs.Any(output => wanted.Contains(output.Value))) continue;
            if (Weight(step) is { } weight) last.Add(weight);
            else foreach (string? input in step.Inputs) if (input is not null) wanted.Add(input);
        }
        return last;
    }

    /// <summary>True for a network that rounds its own values to a few bits.</summary>
    public static bool IsQuantized(Plan plan) => plan.Steps.Any(step => step.Operator is nameof(RoundToGrid) or nameof(QuantizeLinear) or nameof(DequantizeLinear)
        or nameof(DynamicQuantizeLinear) or nameof(QLinearConv) or nameof(QLinearMatMul) or nameof(ConvInteger) or nameof(MatMulInteger));

    /// <summary>Identifiers of the weights that nothing reads but steps in branches that data choose, or in loops whose turns data count.</summary>
    public static HashSet<string> InBranches(Plan plan)
    {
        var inside = new HashSet<int>();
        foreach (PlanStep step in plan.Steps)
        {
            if (step.Operator == nameof(Loop))
            {
                PlanStep turn = plan.Steps[step.Number - 2 - Loop.Body(step.Attributes)];
                bool isCounted = step.Inputs[0] is null && step.Inputs[3] is null && (turn.Inputs.Count < 2 || turn.Inputs[1] is null);
                if (!isCounted) inside.UnionWith(Body(step));
            }
            if (step.Operator != nameof(If) || If.Condition(step.Attributes) is { HasSize: false }) continue;
            inside.UnionWith(Branches(step));
        }
        var weights = new HashSet<string>(StringComparer.Ordinal);
        if (inside.Count == 0) return weights;
        foreach (PlanStep step in plan.Steps.Where(step => inside.Contains(step.Number))) weights.UnionWith(step.Inputs.OfType<string>());
        foreach (PlanStep step in plan.Steps.Where(step => !inside.Contains(step.Number))) weights.ExceptWith(step.Inputs.OfType<string>());
        return weights;
    }

    /// <summary>Numbers of the steps that lie in bodies of loops.</summary>
    public static HashSet<int> InBodies(Plan plan) =>
        [.. plan.Steps.Where(step => step.Operator == nameof(Loop)).SelectMany(step => Body(step))];

    /// <summary>Numbers of the steps whose results are no outputs: those in branches and bodies, and what a Turn makes.</summary>
    public static HashSet<int> Enclosed(Plan plan) => [.. InBodies(plan), .. plan.Steps.Where(step => step.Operator == nameof(Turn)).Select(step => step.Number),
        .. plan.Steps.Where(step => step.Operator == nameof(If)).SelectMany(Branches)];

    private static IEnumerable<int> Branches(PlanStep choice)
    {
        (int positive, int other) = If.Branches(choice.Attributes);
        return Enumerable.Range(choice.Number - positive - other, positive + other);
    }

    private static IEnumerable<int> Body(PlanStep loop) => Enumerable.Range(loop.Number - Loop.Body(loop.Attributes), Loop.Body(loop.Attributes));

    private static string? Weight(PlanStep step) => step.Operator is "Conv" or "Conv3D" or "ConvTranspose" or "ConvTranspose3D" or "Gemm" ? step.Inputs[1] : null;
}
