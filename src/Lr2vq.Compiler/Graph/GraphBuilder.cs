using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Adds nodes to a graph; what can be computed now becomes a constant instead.</summary>
/// <param name="graph">The graph.</param>
/// <param name="name">Name that the new nodes get: that of the ONNX node they come from.</param>
/// <param name="before">The node in front of which they are added; null for the end.</param>
internal sealed partial class GraphBuilder(Graph graph, string name, Node? before = null)
{
    public Graph Graph => graph;

    /// <summary>Name of the ONNX node that the new nodes come from.</summary>
    public string Name => name;

    /// <summary>Adds a node with one output.</summary>
    public Value Emit(string op, IEnumerable<Value?> inputs, StepAttributes attributes, ElementType type, Dimension[] shape, string? output = null) =>
        Emit(op, inputs, attributes, [new Value(output ?? name + "/" + op, type, shape)])[0];

    /// <summary>Adds a node. The values given are its outputs, unless it folds; the values returned are those to use.</summary>
    public Value[] Emit(string op, IEnumerable<Value?> inputs, StepAttributes attributes, Value[] outputs)
    {
        List<Value?> operands = [.. inputs];
        while (operands.Count > 0 && operands[^1] is null) operands.RemoveAt(operands.Count - 1);
        foreach (Value? value in operands.Where(operand => operand?.Constant is not null).Concat(outputs)) Shapes.CheckResult(value!.Shape);
        if (SizeFolding.Fold(op, operands, attributes, outputs) is { } elements)
        {
            var folded = new Value[outputs.Length];
            for (int i = 0; i < outputs.Length; i++)
            {
                folded[i] = outputs[i];
                if (Constant(elements[i], outputs[i]) is { } constant) folded[i] = Value.Of(outputs[i].Name, constant);
                else outputs[i].Know(elements[i]);
            }
            if (folded.All(value => value.Constant is not null)) return folded;
        }
        else if (ConstantFolding.Fold(name, op, operands, attributes, outputs) is { } constants) return constants;
        else UnfollowedSizes.Mark(name, op, operands, outputs);
        graph.Add(new Node(name, op, operands, outputs, attributes), before);
        return outputs;
    }

    /// <summary>Adds a node that finds a size in the data.</summary>
    /// <param name="bound">What the size is never above.</param>
    /// <param name="outputs">The outputs for a size.</param>
    public Value[] Find(string op, IEnumerable<Value?> inputs, StepAttributes attributes, Dimension bound, Func<Dimension, Value[]> outputs)
    {
        List<Value?> operands = [.. inputs];
        while (operands.Count > 0 && operands[^1] is null) operands.RemoveAt(operands.Count - 1);
        if (FoundConstants.Of(name, op, operands, attributes, bound, outputs) is { } constants) return constants;
        PlanSize size = graph.NewSize(bound);
        Value[] made = outputs(Dimension.Symbol(size.Identifier));
        foreach (Value value in made) Shapes.CheckResult(value.Shape);
        graph.Add(new Node(name, op, operands, made, attributes) { Size = size }, before);
        return made;
    }

    /// <summary>Known sizes that are numbers as a constant; null if they are expressions.</summary>
    private static ConstantTensor? Constant(SizeElements elements, Value output)
    {
        int[] shape = Shapes.Numbers(output.Shape)!;
        if (elements.Reals is { } reals)
            return Array.TrueForAll(reals, real => real.IsConstant) ? ConstantTensor.Of(shape, Array.ConvertAll(reals, real => real.Value)) : null;
        return Array.TrueForAll(elements.Dimensions!, d => d.IsConstant)
            ? ConstantTensor.Of(output.Type, shape, Array.ConvertAll(elements.Dimensions!, d => d.Value))
            : null;
    }

    /// <summary>A constant that the network itself does not have.</summary>
    public Value Constant(ConstantTensor constant, string suffix) => Value.Of(name + "/" + suffix, constant);
}
