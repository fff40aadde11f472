using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>Where a network decides by values that weights made: the largest of some, equal or not, above a threshold.</summary>
internal sealed class Decisions
{
    /// <summary>Outputs do not depend on more of them than are worth looking at.</summary>
    private const int MostOperands = 8;
    private static readonly HashSet<string> s_shapes = ["Shape", "Size"];
    /// <summary>What is chosen is another one when values change a little. A threshold may well be one of a function without a jump.</summary>
    private static readonly HashSet<string> s_choices = ["ArgMax", "ArgMin", "Equal", "NonMaxSuppression", "TopK"];

    private readonly Dictionary<string, PlanStep> _makers;
    private readonly Dictionary<string, string> _finders;
    private readonly HashSet<string> _learned = [];
    private readonly HashSet<int> _enclosed;
    /// <summary>What is found in a value: each of its elements is a choice.</summary>
    private readonly HashSet<string> _searched;

    /// <param name="plan">The network.</param>
    public Decisions(Plan plan)
    {
        _makers = plan.Steps.SelectMany(step => step.Outputs.Select(output => (output.Value, step))).ToDictionary(p => p.Value, p => p.step, StringComparer.Ordinal);
        _enclosed = WeightPlaces.Enclosed(plan);
        _finders = plan.Steps.Where(step => step.Size is not null).ToDictionary(step => step.Size!.Identifier, step => step.Outputs[0].Value, StringComparer.Ordinal);
        _searched = [.. plan.Steps.Where(step => step.Size is not null).SelectMany(step => step.Inputs).OfType<string>()];
        _learned.UnionWith(plan.Weights.Where(weight => weight.Role != WeightRole.Constant).Select(weight => weight.Value));
        foreach (PlanStep step in plan.Steps)
            if (!s_shapes.Contains(step.Operator) && step.Inputs.Any(input => input is not null && _learned.Contains(input))) _learned.UnionWith(step.Outputs.Select(output => output.Value));
    }

    /// <summary>The values that decide an output, as outputs of their own. Where the data decides the lengths of all of them, as in the second stage of a detector, they cannot be compared
    /// where something else was found before: then also those that are always as long and that no choice made.</summary>
    public IReadOnlyList<PlanPort> OperandsOf(PlanPort output)
    {
        IEnumerable<PlanPort> all = BehindOf(output).SelectMany(OperandsOf).DistinctBy(port => port.Value);
        PlanPort[] nearest = [.. all.Take(MostOperands)];
        return nearest.All(HasSize) ? [.. nearest, .. all.Where(port => !HasSize(port) && ChoicesOf(port).Count == 0).Take(MostOperands)] : nearest;
    }

    private static bool HasSize(PlanPort port) => port.Shape.Any(dimension => dimension.HasSize);

    /// <summary>Numbers of the steps that choose for an output of floats: it jumps where they choose otherwise, however little the values changed.</summary>
    public IReadOnlyList<int> ChoicesOf(PlanPort output) => ElementTypes.IsFloat(output.Type) ? [.. BehindOf(output).Where(IsChoice).Select(step => step.Number)] : [];

    private bool IsChoice(PlanStep step) => s_choices.Contains(step.Operator) || step.Outputs.Any(output => _searched.Contains(output.Value));

    /// <summary>The steps by which values become a decision that the output depends on, the last first.</summary>
    private IEnumerable<PlanStep> BehindOf(PlanPort output)
    {
        Stack<string> open = new([output.Value]);
        HashSet<string> seen = [];
        while (open.TryPop(out string? value))
        {
            if (!seen.Add(value) || !_makers.TryGetValue(value, out PlanStep? step) || s_shapes.Contains(step.Operator)) continue;
            if (!ElementTypes.IsFloat(step.Outputs.First(o => o.Value == value).Type) && OperandsOf(step).Any()) yield return step;
            foreach (string? input in step.Inputs)
                if (input is not null) open.Push(input);
            // What chooses by how much is found depends on what was searched.
            if (step.Operator != nameof(If) || If.Condition(step.Attributes) is not { HasSize: true } on) continue;
            foreach (string size in Dimension.SizesIn(on.ToString()))
                if (_finders.TryGetValue(size, out string? found)) open.Push(found);
        }
    }

    /// <summary>Floats in plain layout that weights made; where they are made in a branch or turn, those outside that they come from.</summary>
    private IEnumerable<PlanPort> OperandsOf(PlanStep step)
    {
        Stack<PlanStep> open = new([step]);
        HashSet<string> seen = [];
        while (open.TryPop(out PlanStep? reader))
            foreach (string? input in reader.Inputs)
            {
                if (input is null || !_learned.Contains(input) || !_makers.TryGetValue(input, out PlanStep? maker) || !seen.Add(input)) continue;
                if (_enclosed.Contains(maker.Number)) open.Push(maker);
                else if (maker.Outputs.First(o => o.Value == input) is { Layout: TensorLayout.Plain } made && ElementTypes.IsFloat(made.Type)) yield return new PlanPort(input, input, made.Type, made.Shape);
            }
    }
}
