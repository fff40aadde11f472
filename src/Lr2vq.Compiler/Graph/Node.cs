using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>One use of an operator of the run time (see docs/operators.md), or of one that a pass will replace.</summary>
internal sealed class Node
{
    private readonly List<Value?> _inputs = [];

    public Node(string name, string op, IEnumerable<Value?> inputs, IEnumerable<Value> outputs, StepAttributes attributes)
    {
        (Name, Operator, Attributes) = (name, op, attributes);
        Outputs = [.. outputs];
        foreach (Value output in Outputs) output.Producer = this;
        foreach (Value? input in inputs) AddInput(input);
    }

    /// <summary>Name of the ONNX node it comes from.</summary>
    public string Name { get; }

    /// <summary>Class in <c>Lr2vq.Operators</c>.</summary>
    public string Operator { get; }
    public IReadOnlyList<Value?> Inputs => _inputs;
    public IReadOnlyList<Value> Outputs { get; }
    public StepAttributes Attributes { get; set; }

    /// <summary>The size that the node finds in the data; null for most.</summary>
    public PlanSize? Size { get; init; }

    /// <summary>The BatchNormalization that was folded into this node's weights, if any.</summary>
    public BatchNormStatistics? Norm { get; set; }

    /// <summary>The side of an If or body of a Loop that it is in; null for none.</summary>
    public Branch? Branch { get; set; }

    /// <summary>The sides of an If; for a Loop and the Turn that it begins with twice the body; null for all else.</summary>
    public (Branch Then, Branch Else)? Sides { get; init; }

    /// <summary>Where its results may be read: what a Turn makes changes with the turns.</summary>
    public Branch? ResultBranch => Operator == "Turn" ? Sides!.Value.Then : Branch;

    /// <summary>Its place in the graph; null once it was removed.</summary>
    internal LinkedListNode<Node>? Place { get; set; }

    /// <summary>The sizes that its expressions name.</summary>
    public IEnumerable<string> Sizes => Outputs.SelectMany(output => output.Shape).Where(dimension => !dimension.IsConstant).Select(dimension => dimension.ToString())
        .Concat(Attributes.Pairs.Select(pair => pair.Value)).Concat(Size is null ? [] : [Size.Bound.ToString()]).SelectMany(Dimension.SizesIn);

    /// <summary>The only output of most operators.</summary>
    public Value Output => Outputs[0];

    /// <summary>An input, or null if it is absent.</summary>
    public Value? Input(int index) => index < _inputs.Count ? _inputs[index] : null;

    public void SetInput(int index, Value? value)
    {
        while (_inputs.Count <= index) _inputs.Add(null);
        _inputs[index]?.Users.Remove(this);
        _inputs[index] = value;
        value?.Users.Add(this);
    }

    public void AddInput(Value? value)
    {
        _inputs.Add(value);
        value?.Users.Add(this);
    }

    /// <summary>Forgets the inputs; the node is about to go.</summary>
    internal void Disconnect()
    {
        foreach (Value? input in _inputs) input?.Users.Remove(this);
        _inputs.Clear();
    }

    public override string ToString() =>
        Operator + " \"" + Name + "\" (" + string.Join(", ", _inputs.Select(v => v?.Name ?? "_")) + ") -> " + string.Join(", ", Outputs);
}
