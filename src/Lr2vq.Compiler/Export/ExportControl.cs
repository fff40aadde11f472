using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Steps that decide which others run.</summary>
internal static class ExportControl
{
    /// <summary>Loop, with its body as a graph.</summary>
    /// <param name="step">The step.</param>
    /// <param name="turn">The Turn in front of its body.</param>
    /// <param name="index">Its place in the Plan.</param>
    /// <param name="write">Writes the steps from one place to another.</param>
    public static void Loop(ExportStep step, ExportStep turn, int index, Action<int, int> write)
    {
        OnnxGraphBuilder builder = step.Builder;
        int body = Operators.Loop.Body(step.Attributes), carried = Operators.Loop.Carried(step.InputCount, step.Outputs.Count), next = Operators.Loop.FirstCarried + carried;
        string? trips = Operators.Turn.Trips(step.Attributes) is { } count ? builder.ScalarExpression(count) : step.Optional(0) is { } given ? builder.Node("Squeeze", [given]) : null;
        string? condition = turn.Optional(1) is { } first ? builder.Node("Squeeze", [first]) : null;
        // Shapes are known once the body is written; a condition is one number there.
        IEnumerable<(string, ElementType, int)> made = Enumerable.Range(next, step.InputCount - next).Select(i => (step[i], step.Type(i), step.Shape(i).Count));
        OnnxGraph inner = builder.Inner(() => write(index - body, index), Enumerable.Range(0, 1).Select(_ => (More(), ElementType.Bool, 0)).Concat(made),
            turn.Outputs.Select((result, o) => (turn.Output(o), result.Type, result.Shape.Count)));
        builder.Node("Loop", [trips, condition, .. Enumerable.Range(0, carried).Select(c => turn[Operators.Turn.FirstCarried + c])],
            Enumerable.Range(0, step.Outputs.Count).Select(step.Output), [OnnxAttribute.Of("body", inner)]);
        if (step.Size is { } size) builder.Find(size.Identifier, step.Output(carried), 0);

        string More() => step.Optional(3) is not { } data ? turn.Output(1) : step.Shape(3).Count == 0 ? data : builder.Node("Squeeze", [data]);
    }

    /// <summary>If, with its branches as graphs. What they find and others name are results too.</summary>
    /// <param name="step">The step.</param>
    /// <param name="plan">What it is of.</param>
    /// <param name="index">Its place in the Plan.</param>
    /// <param name="write">Writes the steps from one place to another.</param>
    public static void If(ExportStep step, Plan plan, int index, Action<int, int> write)
    {
        OnnxGraphBuilder builder = step.Builder;
        (int positive, int other) = Operators.If.Branches(step.Attributes);
        int middle = index - other, count = step.Outputs.Count;
        string condition = Operators.If.Condition(step.Attributes) is { } on ? builder.Node("Greater", [builder.ScalarExpression(on), builder.Node("Squeeze", [builder.Integers(0)])]) : step[0];
        HashSet<string> named = [.. plan.Steps.Skip(index).SelectMany(Sizes)];
        string[] ofThen = Found(plan, middle - positive, middle, named), ofElse = Found(plan, middle, index, named);
        OnnxGraph first = builder.Inner(() => write(middle - positive, middle), Results(1).Concat(Numbers(ofThen, true)).Concat(Numbers(ofElse, false)));
        OnnxGraph second = builder.Inner(() => write(middle, index), Results(1 + count).Concat(Numbers(ofThen, false)).Concat(Numbers(ofElse, true)));
        string[] found = [.. ofThen, .. ofElse], numbers = [.. found.Select(_ => builder.Fresh("found"))];
        builder.Node("If", [condition], Enumerable.Range(0, count).Select(step.Output).Concat(numbers), [OnnxAttribute.Of("then_branch", first), OnnxAttribute.Of("else_branch", second)]);
        for (int i = 0; i < found.Length; i++) builder.Know(found[i], numbers[i]);

        IEnumerable<(string, ElementType, int)> Results(int first) => step.Outputs.Select((result, o) => (step[first + o], result.Type, result.Shape.Count));

        IEnumerable<(string, ElementType, int)> Numbers(string[] sizes, bool isTaken) =>
            sizes.Select(size => (isTaken ? builder.Expression(Dimension.Symbol(size)) : builder.Integers(0), ElementType.Int64, 1));
    }

    /// <summary>The sizes that some steps find, those of turns left out, if they are named.</summary>
    private static string[] Found(Plan plan, int from, int to, HashSet<string> named)
    {
        List<string> found = [];
        for (int i = to - 1; i >= from; i--)
        {
            PlanStep step = plan.Steps[i];
            if (step.Size is { } size && named.Contains(size.Identifier)) found.Add(size.Identifier);
            if (step.Operator == nameof(Operators.Loop)) i -= Operators.Loop.Body(step.Attributes);
        }
        return [.. found];
    }

    private static IEnumerable<string> Sizes(PlanStep step) => step.Outputs.SelectMany(output => output.Shape).Select(dimension => dimension.ToString())
        .Concat(step.Attributes.Pairs.Select(pair => pair.Value)).Concat(step.Size is null ? [] : [step.Size.Bound.ToString()]).SelectMany(Dimension.SizesIn);
}
