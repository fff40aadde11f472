using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>TopK: k is an attribute before opset 10, an input since.</summary>
internal sealed class TopK() : OnnxOperator("TopK")
{
    public override void Import(NodeContext node)
    {
        ElementType type = node[0].Type;
        Value x = type == ElementType.UInt64 ? Shifted(node, node.Builder.Cast(node[0], ElementType.Int64)) : Widening.Of(node, node[0]);
        int axis = node.Axis(node.Int("axis", -1), x.Rank);
        Dimension k = node.Opset < 10 ? node.Int("k", 0) : node.Sizes(1, "k") is [{ } only] ? only : throw node.Invalid("k is not one number");
        if (k.IsConstant && (k.Value < 0 || x.Shape[axis].IsConstant && k.Value > x.Shape[axis].Value)) throw node.Invalid($"k is {k}, the axis has {x.Shape[axis]} elements");
        Dimension[] shape = [.. x.Shape.Select((length, i) => i == axis ? k : length)];
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("largest", node.Int("largest", 1), 1).Add("sorted", node.Int("sorted", 1), 1);
        string name = node.Builder.Graph.Name;
        Value[] found = node.Builder.Emit("TopK", [x], attributes,
            [new Value((x.Type == type ? node.OutputName() : null) ?? name, x.Type, shape), new Value(node.OutputName(1) ?? name, ElementType.Int64, shape)]);
        node.Return(node.Builder.Cast(type == ElementType.UInt64 ? Shifted(node, found[0]) : found[0], type, node.OutputName()), found[1]);
    }

    /// <summary>With the other sign, numbers without sign have the order of those with one.</summary>
    private static Value Shifted(NodeContext node, Value x) => node.Builder.Binary("BitwiseXor", x, node.Builder.Constant(ConstantTensor.Of([], [long.MinValue]), "sign"));
}
