using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>An input of the network as the caller sees it.</summary>
/// <param name="Value">The value that nodes read.</param>
internal sealed record GraphInput(string Name, Value Value);

/// <summary>An output of the network.</summary>
internal sealed class GraphOutput(string name, Value value)
{
    public string Name { get; } = name;

    public Value Value
    {
        get;
        set
        {
            field.OutputUses--;
            value.OutputUses++;
            field = value;
        }
    } = Counted(value);

    private static Value Counted(Value value)
    {
        value.OutputUses++;
        return value;
    }
}

/// <summary>A network between ONNX and Plan: operators of the run time, every shape known as an expression, nodes in an order in which they can run.</summary>
internal sealed class Graph
{
    /// <summary>How many sizes nodes find in the data.</summary>
    private int _sizes;

    public required string Name { get; init; }

    /// <summary>The ONNX file, for diagnostics.</summary>
    public string? File { get; init; }
    public int Opset { get; init; }

    /// <summary>Bytes of the model with its external data; constants that are computed from others may not make it grow.</summary>
    public long ModelBytes { get; init; }
    public List<PlanSymbol> Symbols { get; } = [];
    public List<GraphInput> Inputs { get; } = [];
    public List<GraphOutput> Outputs { get; } = [];
    public LinkedList<Node> Nodes { get; } = [];

    /// <summary>Where nodes go that are added at the end.</summary>
    public Branch? Branch { get; set; }

    /// <summary>A size of its own for a node.</summary>
    /// <param name="bound">What it is never above.</param>
    public PlanSize NewSize(Dimension bound) => new(FormattableString.Invariant($"_s{_sizes++}"), bound);

    /// <summary>Adds a node before another, in the same branch, or at the end.</summary>
    public Node Add(Node node, Node? before = null)
    {
        node.Branch = before is null ? Branch : before.Branch;
        node.Place = before?.Place is { } place ? Nodes.AddBefore(place, node) : Nodes.AddLast(node);
        return node;
    }

    /// <summary>A step that gives a value back: an output is made by a step, never a constant or an input itself.</summary>
    public Node View(Value value, string name, Node? before = null) =>
        Add(new Node(before?.Name ?? name, "Reshape", [value], [new Value(name, value.Type, value.Shape)], StepAttributes.Empty), before);

    /// <summary>Removes a node that nothing reads any more.</summary>
    public void Remove(Node node)
    {
        node.Disconnect();
        if (node.Place is { } place) Nodes.Remove(place);
        node.Place = null;
    }

    /// <summary>Lets everything that reads <paramref name="old"/> read <paramref name="replacement"/>.</summary>
    public void Replace(Value old, Value replacement)
    {
        foreach (Node user in old.Users.ToArray())
            for (int i = 0; i < user.Inputs.Count; i++)
                if (user.Inputs[i] == old) user.SetInput(i, replacement);
        if (!old.IsOutput) return;
        foreach (GraphOutput output in Outputs)
            if (output.Value == old) output.Value = replacement.Producer is not null ? replacement : View(replacement, old.Name, old.Producer).Output;
    }

    /// <summary>The only node that reads a value that is no output of the network; else null.</summary>
    public Node? OnlyUser(Value value) => value.Users.Count == 1 && !value.IsOutput ? value.Users[0] : null;

    /// <summary>The node that makes a value which only one node reads, if it is of the given operator; else null.</summary>
    public Node? ProducerUsedOnce(Value? value, string op) =>
        value?.Producer is { } producer && producer.Operator == op && producer.Outputs.Count == 1 && OnlyUser(value) is not null ? producer : null;

    /// <summary>Removes nodes that no output depends on; returns how many.</summary>
    public int RemoveUnused()
    {
        int removed = 0;
        // A size is needed wherever an expression names it, also if nobody reads the values.
        var needed = new HashSet<string>(StringComparer.Ordinal);
        for (LinkedListNode<Node>? place = Nodes.Last; place is not null;)
        {
            LinkedListNode<Node>? previous = place.Previous;
            Node node = place.Value;
            if (node.Outputs.All(output => output.Users.Count == 0 && !output.IsOutput) && !Finds(node, needed))
            {
                Remove(node);
                removed++;
            }
            else if (_sizes > 0) needed.UnionWith(node.Sizes);
            place = previous;
        }
        return removed;
    }

    /// <summary>Whether a node finds one of these sizes, or decides whether one is found.</summary>
    private static bool Finds(Node node, HashSet<string> sizes)
    {
        if (sizes.Count == 0) return false;
        if (node.Size is { } size && sizes.Contains(size.Identifier)) return true;
        if (node is not { Operator: "If", Sides: { } sides }) return false;
        for (LinkedListNode<Node>? place = node.Place!.Previous; place is not null && (Graphs.Branch.Holds(sides.Then, place.Value.Branch) || Graphs.Branch.Holds(sides.Else, place.Value.Branch)); place = place.Previous)
            if (place.Value.Size is { } inner && sizes.Contains(inner.Identifier)) return true;
        return false;
    }

    /// <summary>Removes the nodes that were added last.</summary>
    /// <param name="count">How many stay.</param>
    public void CutTo(int count)
    {
        while (Nodes.Count > count) Remove(Nodes.Last!.Value);
    }

    /// <summary>Lets the nodes of a branch be computed always.</summary>
    public void Dissolve(Branch branch)
    {
        foreach (Node node in Nodes)
        {
            if (node.Branch == branch) node.Branch = branch.Outer;
            foreach (Branch inner in node.Sides is { } sides ? [sides.Then, sides.Else] : (Branch[])[])
                if (inner.Outer == branch) inner.Outer = branch.Outer;
        }
    }

    /// <summary>Checks order, uses, branches and producers; a pass that breaks them has a defect.</summary>
    public void Verify()
    {
        var known = new HashSet<Value>(Inputs.Select(input => input.Value));
        var sizes = new HashSet<string>(StringComparer.Ordinal);
        foreach (Node node in Nodes)
        {
            foreach (Value? input in node.Inputs)
                if (input is not null && input.Constant is null && !known.Contains(input))
                    throw new InvalidOperationException($"{node} reads '{input.Name}' before it is made");
                else if (input is not null && !input.Users.Contains(node))
                    throw new InvalidOperationException($"{node} is no user of '{input.Name}'");
                else if (input?.Producer?.ResultBranch is { } branch && !Graphs.Branch.Holds(branch, node.Branch) && node.Sides?.Then != branch && node.Sides?.Else != branch)
                    throw new InvalidOperationException($"{node} reads '{input.Name}', which a branch makes");
            if (node.Size is { } size) sizes.Add(size.Identifier);
            if (_sizes > 0 && node.Sizes.FirstOrDefault(name => !sizes.Contains(name)) is { } early) throw new InvalidOperationException($"{node} needs the size {early} before it is found");
            foreach (Value output in node.Outputs)
                if (output.Producer != node || !known.Add(output)) throw new InvalidOperationException($"{node} does not make '{output.Name}'");
        }
        foreach (GraphOutput output in Outputs)
            if (output.Value.Producer is null || !known.Contains(output.Value))
                throw new InvalidOperationException($"The output '{output.Name}' is not made");
    }
}
