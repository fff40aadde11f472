using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>TopK: k is an attribute before opset 10, an input since.</summary>
internal sealed class TopK() : OnnxOperator("TopK")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (!x.IsFloat && x.Type is not (ElementType.Int32 or ElementType.Int64)) throw node.UnsupportedType(x.Type);
        int axis = node.Axis(node.Int("axis", -1), x.Rank);
        Dimension k = node.Opset < 10 ? node.Int("k", 0) : node.Sizes(1, "k") is [{ } only] ? only : throw node.Invalid("k is not one number");
        if (k.IsConstant && (k.Value < 0 || x.Shape[axis].IsConstant && k.Value > x.Shape[axis].Value)) throw node.Invalid($"k is {k}, the axis has {x.Shape[axis]} elements");
        Dimension[] shape = [.. x.Shape.Select((length, i) => i == axis ? k : length)];
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("largest", node.Int("largest", 1), 1).Add("sorted", node.Int("sorted", 1), 1);
        string name = node.Builder.Graph.Name;
        node.Return(node.Builder.Emit("TopK", [x], attributes,
            [new Value(node.OutputName() ?? name, x.Type, shape), new Value(node.OutputName(1) ?? name, ElementType.Int64, shape)]));
    }
}
