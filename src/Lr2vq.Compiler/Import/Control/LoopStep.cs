using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>A loop as a step: nodes of its body once, between a Turn and a Loop.</summary>
/// <param name="node">The loop.</param>
/// <param name="stacks">How many results are stacked.</param>
/// <param name="refuse">How it is refused, with a reason that is added to what is said.</param>
internal sealed class LoopStep(NodeContext node, int stacks, Func<string, ImportException> refuse)
{
    /// <summary>The most turns, where data say; null where <see cref="Count"/> does or nothing.</summary>
    public Value? Trips { get; init; }

    /// <summary>The most turns, where input shapes say; never below 0.</summary>
    public Dimension? Count { get; init; }

    /// <summary>Whether there is any turn; null where that is certain.</summary>
    public Value? Condition { get; init; }

    /// <summary>Adds the nodes.</summary>
    /// <param name="first">What the carried values are before the first turn.</param>
    /// <param name="body">Number of the turn and carried values in; whether there is another turn (null where that is certain), next values and those that are stacked out.</param>
    /// <returns>The last carried values, then the stacks, along their first axis.</returns>
    public Value[] Add(Value[] first, Func<Value, Value[], (Value? More, Value[] Values)> body)
    {
        if (stacks > 0 && Count is null or { IsConstant: true, Value: > int.MaxValue }) throw refuse("");
        Graph graph = node.Builder.Graph;
        string name = node.Builder.Name;
        Value turn = new(name + "/turn", ElementType.Int64, []), going = new(name + "/going", ElementType.Bool, []);
        Value[] carried = [.. first.Select((value, i) => node.Like(value, $"{name}/carried{i}"))];
        Branch inside = new(graph.Branch) { Turn = turn };
        StepAttributes trips = Count is null ? StepAttributes.Empty : new AttributeList().Add("trips", [Count]);
        graph.Add(new Node(name, "Turn", Trimmed([Trips, Condition, .. first]), [turn, going, .. carried], trips) { Sides = (inside, inside) });
        (Value? more, Value[] made) = Inside(graph, inside, () => body(turn, carried));
        if (more is null && Trips is null && Count is null) throw node.Invalid("nothing ends it: it has no trip count, and its condition never becomes false");
        Value[] next = made[..first.Length], stacked = made[first.Length..];
        for (int i = 0; i < next.Length; i++) CheckNext(i, carried[i], next[i]);
        CheckStacked(graph, inside, stacked);
        bool isFound = stacks > 0 && (more ?? Condition) is not null;
        PlanSize? size = isFound ? graph.NewSize(Count!) : null;
        Dimension? length = size is null ? Count : Dimension.Symbol(size.Identifier);
        Value[] results = [.. carried.Select((value, i) => node.Like(value, node.OutputName(i) ?? $"{name}/last{i}")),
            .. stacked.Select((value, i) => node.Like(value, node.OutputName(first.Length + i) ?? $"{name}/stack{i}", [length!, .. value.Shape]))];
        foreach (Value result in results) Shapes.CheckResult(result.Shape);
        graph.Add(new Node(name, "Loop", Trimmed([Trips, turn, going, more, .. carried, .. next, .. stacked]), results, AttributeList.With(trips, new AttributeList().Flag("finds", isFound)))
            { Sides = (inside, inside), Size = size });
        if (results.FirstOrDefault(value => value.IsFloat) is { } real) node.FloatType = node.TypeOf(real);
        return results;
    }

    /// <summary>What is carried has one type and shape in all turns. Lengths that only look different are for whoever knows them.</summary>
    private void CheckNext(int index, Value carried, Value next)
    {
        if (next.Type != carried.Type) throw node.Invalid($"its carried value {index} becomes another type in a turn");
        if (next.HasShapeOf(carried)) return;
        bool mayFit = next.Rank == carried.Rank && next.Shape.Zip(carried.Shape).All(pair => NodeContext.Unify(pair.First, pair.Second));
        string change = $"its carried value {index} changes from [{string.Join(',', (object[])carried.Shape)}] to [{string.Join(',', (object[])next.Shape)}] in a turn";
        if (!mayFit) throw refuse(", and " + change);
        (Dimension before, Dimension after) = carried.Shape.Zip(next.Shape).First(pair => !pair.First.Equals(pair.Second));
        throw node.NotANumber($"lengths that stay in each turn ({change})", before.IsConstant ? after : before);
    }

    private T Inside<T>(Graph graph, Branch branch, Func<T> add)
    {
        Branch? outer = graph.Branch;
        int before = node.Inner.Problems.All.Count;
        try
        {
            graph.Branch = branch;
            return add();
        }
        catch (BranchException)
        {
            // Where a small input decides, turns of a known number may do.
            ImportException refusal = refuse("");
            if (refusal.More.Count == 0 || !refusal.More[^1].Contains("Constants=", StringComparison.Ordinal)) throw;
            // Then a number that a node of the body wants is one of its turn.
            if (node.Inner.Problems.All.Skip(before).All(problem => problem.Definition == DiagnosticCatalogue.DataDependentShape)) node.Inner.Problems.CutTo(before);
            throw refusal;
        }
        finally
        {
            graph.Branch = outer;
        }
    }

    /// <summary>What is stacked is as long in each turn.</summary>
    private void CheckStacked(Graph graph, Branch inside, Value[] stacked)
    {
        string[] named = [.. stacked.SelectMany(value => value.Shape).SelectMany(length => Dimension.SizesIn(length.ToString()))];
        if (named.Length > 0 && graph.Nodes.FirstOrDefault(other => other.Size is { } size && named.Contains(size.Identifier) && Branch.Holds(inside, other.Branch)) is { } finder)
            throw node.Unsupported($"a stacked result whose length is found anew in each turn, by node '{finder.Name}' ({finder.Operator})");
    }

    private static List<Value?> Trimmed(List<Value?> values)
    {
        while (values.Count > 0 && values[^1] is null) values.RemoveAt(values.Count - 1);
        return values;
    }
}
