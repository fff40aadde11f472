using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>What the values of an output are, as far as the Plan tells; decides how a change is judged.</summary>
internal enum OutputKind
{
    /// <summary>Any numbers.</summary>
    Values,
    /// <summary>As many pixels as an input picture or more: people look at them.</summary>
    Picture,
    /// <summary>Out of a sigmoid: the logits count too, since 0 and 1 hide changes.</summary>
    Sigmoid,
    /// <summary>Out of a softmax, likewise.</summary>
    Softmax,
    /// <summary>Integers: a position or a class changes by a whole step or not at all, so only their agreement is told.</summary>
    Discrete,
}

internal static class OutputKinds
{
    private static readonly HashSet<string> s_moves = ["Cast", "Concat", "Expand", "Gather", "Reshape", "Slice", "Split", "Tile", "ToBlocked", "ToPlain", "Transpose"];

    public static OutputKind Of(Plan plan, PlanPort output)
    {
        if (!ElementTypes.IsFloat(output.Type)) return OutputKind.Discrete;
        Dictionary<string, PlanStep> makers = plan.Steps.SelectMany(step => step.Outputs.Select(o => (o.Value, step))).ToDictionary(p => p.Value, p => p.step, StringComparer.Ordinal);
        HashSet<OutputKind> kinds = [];
        Stack<string> open = new([output.Value]);
        HashSet<string> seen = [];
        while (open.TryPop(out string? value))
        {
            if (!seen.Add(value)) continue;
            if (!makers.TryGetValue(value, out PlanStep? step)) kinds.Add(OutputKind.Values);
            else if (s_moves.Contains(step.Operator))
                foreach (string? input in step.Operator == "Concat" ? step.Inputs : step.Inputs.Take(1)) { if (input is not null) open.Push(input); }
            else kinds.Add(step.Operator switch
            {
                "Sigmoid" => OutputKind.Sigmoid,
                "Softmax" => OutputKind.Softmax,
                _ when step.Attributes.Find("act") == "sigmoid" => OutputKind.Sigmoid,
                _ => OutputKind.Values,
            });
        }
        OutputKind kind = kinds.Count == 1 ? kinds.First() : OutputKind.Values;
        return kind == OutputKind.Values && IsPicture(plan, output) ? OutputKind.Picture : kind;
    }

    private static bool IsPicture(Plan plan, PlanPort output)
    {
        if (!SampleShapes.IsPicture(output)) return false;
        (Dimension height, Dimension width) = Sides(output);
        foreach (PlanPort input in plan.Inputs)
        {
            if (!SampleShapes.IsPicture(input)) continue;
            (Dimension h, Dimension w) = Sides(input);
            // Lengths that are symbols are made of the input's.
            if (!height.IsConstant || !h.IsConstant || height.Value >= h.Value && width.Value >= w.Value) return true;
        }
        return false;
    }

    private static (Dimension Height, Dimension Width) Sides(PlanPort port) => SampleShapes.IsInterleaved(port) ? (port.Shape[1], port.Shape[2]) : (port.Shape[2], port.Shape[3]);
}
