using System;
using System.Collections.Generic;
using Lr2vq.Diagnostics;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Turns a broken rule into what the caller of a session sees: whose fault it is, where, and what would fit.</summary>
internal sealed class Refusal(Network network, InputShapes inputs, int[] dimensions, IReadOnlyDictionary<string, long> symbols)
{
    /// <summary>Farthest length that is tried when a fitting one is looked for.</summary>
    private const int Farthest = 1024;

    /// <param name="step">Index of the step; −1 for an input or a weight.</param>
    /// <param name="problem">The rule.</param>
    public Exception Of(int step, StepRuleException problem)
    {
        PlanStep? plan = step < 0 ? null : network.Steps[step].Plan;
        List<string> names = [];
        foreach (Dimension cause in problem.Causes) cause.CollectSymbols(names);
        // For a step that finds a size, that is the most that its inputs allow.
        if (plan?.Size is { } own) names.Remove(own.Identifier);
        if (plan is not null && names.Find(Dimension.IsSize) is { } size && symbols.ContainsKey(size)) return OfSize(plan, size, problem);
        // The order in which the inputs have them.
        names.Sort((a, b) => IndexOfSymbol(a).CompareTo(IndexOfSymbol(b)));
        // No length that the caller chooses is the cause; a symbol that no input brings is none either.
        if (plan is not null && (names.Count == 0 || !names.TrueForAll(symbols.ContainsKey))) return network.WrongStep(plan, problem.Message, problem);
        if (plan is null)
            return new InvalidArtifactException(DiagnosticCatalogue.InvalidPlan.At(new(File: network.Artifact.Name), problem.Message), problem);
        string remedy = WhatFits(step, names) is { } fitting ? "It fits with " + fitting : "Give lengths for which the model was exported";
        return InputProblemException.Of(DiagnosticCatalogue.InputMisfit.At(
            new(File: network.Artifact.Name, Node: plan.Name), InputsWith(names), plan.Name, plan.Operator, problem.Message, remedy), problem);
    }

    /// <summary>A step cannot take as many as another found.</summary>
    private Exception OfSize(PlanStep plan, string size, StepRuleException problem)
    {
        PlanStep finder = Array.Find(network.Steps, step => step.Plan.Size?.Identifier == size)!.Plan;
        return InputProblemException.Of(DiagnosticCatalogue.SizeMisfit.At(new(File: network.Artifact.Name, Node: plan.Name),
            plan.Name, plan.Operator, problem.Message.TrimEnd('.'), finder.Name, finder.Operator, symbols[size]), problem);
    }

    /// <summary>A session would own more memory than it may.</summary>
    public Exception OfMemory(NetworkValue value, in TensorView view, long needed, long most)
    {
        List<string> names = [];
        foreach (PlanPort port in network.Plan.Inputs)
            foreach (Dimension dimension in port.Shape) dimension.CollectSymbols(names);
        string maker = value.Step < 0 ? "an input or a weight" : $"node '{network.Steps[value.Step].Plan.Name}'";
        Diagnostic diagnostic = DiagnosticCatalogue.MemoryLimit.At(new(File: network.Artifact.Name), needed, names.Count > 0 ? " for " + InputsWith(names) : "",
            maker, string.Join(",", view.Shape), most);
        return names.Count > 0 ? InputProblemException.Of(diagnostic) : new InvalidArtifactException(diagnostic);
    }

    /// <summary>An index that is data is outside of what it points into.</summary>
    public Exception OfIndex(int step, IndexOutsideException problem)
    {
        PlanStep plan = network.Steps[step].Plan;
        List<string> sources = [];
        HashSet<int> seen = [];
        Stack<int> open = [];
        (int first, int last) = network.Steps[step].Operator.CheckedInputs;
        for (int i = first; i <= last && i < network.Steps[step].Inputs.Length; i++) open.Push(network.Steps[step].Inputs[i]);
        while (open.TryPop(out int value))
        {
            if (value < 0 || !seen.Add(value)) continue;
            if (network.Values[value].Input is >= 0 and var input) sources.Add($"'{network.Plan.Inputs[input].Name}'");
            if (network.Values[value].Step is >= 0 and var maker)
                foreach (int operand in network.Steps[maker].Inputs) open.Push(operand);
        }
        if (sources.Count == 0) return network.WrongStep(plan, problem.Message, problem);
        sources.Sort(StringComparer.Ordinal);
        return InputProblemException.Of(DiagnosticCatalogue.InputIndex.At(new(File: network.Artifact.Name, Node: plan.Name),
            string.Join(" and ", sources), plan.Name, plan.Operator, problem.Message.TrimEnd('.')), problem);
    }

    /// <summary>The inputs that bring some symbols, e.g. <c>input 'image' [4,3,7,7]</c>.</summary>
    private string InputsWith(List<string> names)
    {
        List<string> found = [];
        for (int i = 0; i < network.Plan.Inputs.Count; i++)
        {
            PlanPort port = network.Plan.Inputs[i];
            List<string> own = [];
            foreach (Dimension dimension in port.Shape) dimension.CollectSymbols(own);
            if (!own.Exists(names.Contains)) continue;
            int[] given = dimensions[inputs.Starts[i]..inputs.Starts[i + 1]];
            found.Add($"input '{port.Name}' [{string.Join(",", given)}]");
        }
        return string.Join(" and ", found);
    }

    /// <summary>Values of some symbols for which the step keeps its rules, the others staying as they are; null if none are found.</summary>
    private string? WhatFits(int step, List<string> names)
    {
        List<string[]> groups = [];
        foreach (string name in names) groups.Add([name]);
        // Height and width mostly are equal; then they are changed together first.
        if (names.Count > 1) groups.Insert(names.TrueForAll(name => symbols[name] == symbols[names[0]]) ? 0 : names.Count, [.. names]);
        foreach (string[] group in groups)
            for (int distance = 1; distance <= Farthest; distance++)
                foreach (long length in new[] { symbols[group[0]] - distance, symbols[group[0]] + distance })
                {
                    if (length < 1) continue;
                    Dictionary<string, long> tried = new(symbols);
                    foreach (string name in group) tried[name] = length;
                    if (!Fits(step, tried)) continue;
                    return string.Join(", ", Array.ConvertAll(group, name => FormattableString.Invariant($"{DisplayName(name)} = {length}")));
                }
        return null;
    }

    private bool Fits(int index, Dictionary<string, long> tried)
    {
        NetworkStep step = network.Steps[index];
        try
        {
            if (step.Plan.Size is { } size) tried[size.Identifier] = Math.Max(0, InputShapes.Evaluate(size.Bound, tried));
            TensorView[] before = Array.ConvertAll(step.Inputs, value => value < 0 ? new TensorView { Shape = [] } : View(value, tried));
            TensorView[] after = Array.ConvertAll(step.Outputs, value => View(value, tried));
            ShapeRules.Check(step.Operator, new StepShapes(before, after, dimension => InputShapes.Evaluate(dimension, tried)), step.Origins);
            return true;
        }
        catch (Exception e) when (e is StepRuleException or ArgumentException)
        {
            return false;
        }
    }

    private TensorView View(int index, Dictionary<string, long> tried)
    {
        NetworkValue value = network.Values[index];
        return new TensorView
        {
            Type = value.Type, Layout = value.Layout, Shape = value.Shape is null ? value.WeightShape : ShapeRules.Evaluate(value.Shape, tried),
        };
    }

    private string DisplayName(string identifier)
    {
        foreach (PlanSymbol symbol in network.Plan.Symbols)
            if (symbol.Identifier == identifier && symbol.Name.Length > 0) return symbol.Name;
        return identifier;
    }

    private int IndexOfSymbol(string identifier)
    {
        for (int i = 0; i < network.Plan.Symbols.Count; i++)
            if (network.Plan.Symbols[i].Identifier == identifier) return i;
        return network.Plan.Symbols.Count;
    }
}
