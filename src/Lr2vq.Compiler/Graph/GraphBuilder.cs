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

    /// <summary>Adds a node with one output.</summary>
    public Value Emit(string op, IEnumerable<Value?> inputs, StepAttributes attributes, ElementType type, Dimension[] shape, string? output = null) =>
        Emit(op, inputs, attributes, [new Value(output ?? name + "/" + op, type, shape)])[0];

    /// <summary>Adds a node. The values given are its outputs, unless it folds; the values returned are those to use.</summary>
    public Value[] Emit(string op, IEnumerable<Value?> inputs, StepAttributes attributes, Value[] outputs)
    {
        List<Value?> operands = [.. inputs];
        while (operands.Count > 0 && operands[^1] is null) operands.RemoveAt(operands.Count - 1);
        if (SizeFolding.Fold(op, operands, attributes, outputs) is { } elements)
        {
            var folded = new Value[outputs.Length];
            for (int i = 0; i < outputs.Length; i++)
            {
                folded[i] = outputs[i];
                if (elements[i].All(e => e.IsConstant && e.IsInteger) && Shapes.Numbers(outputs[i].Shape) is { } shape
                    && ConstantTensor.Of(outputs[i].Type, shape, [.. elements[i].Select(e => e.Numerator.Value)]) is { } constant)
                    folded[i] = Value.Of(outputs[i].Name, constant);
                else outputs[i].Elements = elements[i];
            }
            if (folded.All(value => value.Constant is not null)) return folded;
        }
        else if (ConstantFolding.Fold(op, operands, attributes, outputs) is { } constants) return constants;
        graph.Add(new Node(name, op, operands, outputs, attributes), before);
        return outputs;
    }

    /// <summary>A constant that the network itself does not have.</summary>
    public Value Constant(ConstantTensor constant, string suffix) => Value.Of(name + "/" + suffix, constant);
}
