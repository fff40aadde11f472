using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Planning;

/// <summary>Asks the operators of a Plan for their rules, as a session will. What is wrong whatever the lengths of the inputs are is refused at
/// build time; where a symbol is involved, the session decides.</summary>
internal static class PlanRules
{
    /// <summary>What symbols stand for here. No problem that this decides is reported.</summary>
    private const long Sample = 8;

    public static void Check(Plan plan, string? file, DiagnosticBag bag)
    {
        Dictionary<string, long> symbols = plan.Symbols.ToDictionary(symbol => symbol.Identifier, _ => Sample, StringComparer.Ordinal);
        Dictionary<string, (long Low, long High)> ranges = symbols.ToDictionary(symbol => symbol.Key, symbol => (symbol.Value, symbol.Value), StringComparer.Ordinal);
        var values = new Dictionary<string, (TensorView View, ValueOrigin Origin)>(StringComparer.Ordinal);
        foreach (PlanPort input in plan.Inputs)
            if (TryView(input.Type, TensorLayout.Plain, input.Shape, symbols, out TensorView view, out _)) values.Add(input.Value, (view, new ValueOrigin(input.Shape)));
        foreach (PlanWeight weight in plan.Weights)
            values.Add(weight.Value, (new TensorView { Type = weight.Type, Shape = [.. weight.Shape] }, new ValueOrigin(null, weight.Role, weight.Groups)));
        HashSet<int> chosen = ChosenByLengths(plan);
        foreach (PlanStep step in plan.Steps)
            if (!IsBounded(step, symbols, ranges, out string what))
                bag.Add(DiagnosticCatalogue.DataDependentShape.At(new DiagnosticPlace(file, step.Name), step.Name, step.Operator, what, "",
                    "Memory is planned for the most that can be found: export the model so that this length is never divided by how many are found"));
            else if (Problem(step, values, symbols) is { Causes.Length: 0 } problem && !chosen.Contains(step.Number))
                bag.Add(DiagnosticCatalogue.InvalidNode.At(new DiagnosticPlace(file, step.Name), step.Name, step.Operator, problem.Message.TrimEnd('.')));
    }

    /// <summary>Steps in branches that input shapes or sizes choose: those of a branch that is not taken may break rules.</summary>
    private static HashSet<int> ChosenByLengths(Plan plan)
    {
        var chosen = new HashSet<int>();
        foreach (PlanStep step in plan.Steps)
        {
            if (step.Operator != nameof(If) || If.Condition(step.Attributes) is null) continue;
            (int positive, int other) = If.Branches(step.Attributes);
            chosen.UnionWith(Enumerable.Range(step.Number - positive - other, positive + other));
        }
        return chosen;
    }

    /// <summary>True if memory can be planned for what a step makes, whatever is found in the data.</summary>
    private static bool IsBounded(PlanStep step, Dictionary<string, long> symbols, Dictionary<string, (long Low, long High)> ranges, out string what)
    {
        what = "";
        try
        {
            if (step.Size is { } size)
            {
                long most = ShapeRules.Largest([size.Bound], ranges)[0];
                // For the rules of the step itself, and for those of others as good as any.
                (symbols[size.Identifier], ranges[size.Identifier]) = (most, (0, most));
            }
            foreach (PlanResult output in step.Outputs)
                if (output.Shape.Any(dimension => dimension.HasSize)) ShapeRules.Largest(output.Shape, ranges);
            return true;
        }
        catch (StepRuleException problem)
        {
            what = "a bound of its result, but " + problem.Message;
            return false;
        }
    }

    private static StepRuleException? Problem(PlanStep step, Dictionary<string, (TensorView View, ValueOrigin Origin)> values, Dictionary<string, long> symbols)
    {
        var outputs = new TensorView[step.Outputs.Count];
        StepRuleException? first = null;
        for (int o = 0; o < outputs.Length; o++)
        {
            PlanResult result = step.Outputs[o];
            if (TryView(result.Type, result.Layout, result.Shape, symbols, out outputs[o], out StepRuleException? problem))
                values.Add(result.Value, (outputs[o], new ValueOrigin(result.Shape)));
            else first ??= problem;
        }
        if (first is not null || !step.Inputs.All(input => input is null || values.ContainsKey(input))) return first;
        var inputs = step.Inputs.Select(input => input is null ? (new TensorView { Shape = [] }, default) : values[input]).ToArray();
        ValueOrigin[] origins = [.. inputs.Select(input => input.Item2), .. step.Outputs.Select(output => new ValueOrigin(output.Shape))];
        try
        {
            if (OperatorTable.Read(step.Operator, step.Attributes) is not { } op) return null;
            ShapeRules.Check(op, new StepShapes([.. inputs.Select(input => input.Item1)], outputs, dimension => Evaluate(dimension, symbols)), origins);
            return null;
        }
        catch (StepRuleException problem)
        {
            return problem;
        }
        catch (FormatException problem)
        {
            // An attribute that the operator cannot read.
            return new StepRuleException(problem.Message);
        }
    }

    private static bool TryView(ElementType type, TensorLayout layout, IReadOnlyList<Dimension> shape, Dictionary<string, long> symbols, out TensorView view, out StepRuleException? problem)
    {
        view = default;
        problem = null;
        try
        {
            view = new TensorView { Type = type, Layout = layout, Shape = ShapeRules.Evaluate(shape, symbols) };
            _ = ShapeRules.Bytes(view, shape);
            return true;
        }
        catch (StepRuleException found)
        {
            problem = found;
            return false;
        }
    }

    private static long Evaluate(Dimension dimension, Dictionary<string, long> symbols)
    {
        try
        {
            return dimension.Evaluate(symbols);
        }
        catch (ArithmeticException e)
        {
            throw new ArgumentException(e.Message, e);
        }
    }
}
