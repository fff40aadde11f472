using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Unique: integers that the run time does not sort are sorted as wider ones.</summary>
internal sealed class Unique() : OnnxOperator("Unique")
{
    public override void Import(NodeContext node)
    {
        ElementType type = node[0].Type;
        Value x = type == ElementType.UInt64 ? throw node.UnsupportedType(type)
            : type == ElementType.Bool ? node.Builder.Cast(node[0], ElementType.Int32) : Widening.Of(node, node[0]);
        int? axis = node.Has("axis") ? node.Axis(node.Int("axis", 0), x.Rank) : null;
        Dimension[] shape = axis is null ? [Shapes.Product(x.Shape)] : [.. x.Shape];
        AttributeList attributes = (axis is { } along ? new AttributeList().Add("axis", along) : []).Add("sorted", node.Int("sorted", 1), 1);
        Value[] found = node.Builder.Find("Unique", [x], attributes, shape[axis ?? 0], size =>
        {
            Dimension[] taken = [.. shape];
            taken[axis ?? 0] = size;
            Value[] all = [
                new Value((x.Type == type ? node.OutputName() : null) ?? "", x.Type, taken), new Value(node.OutputName(1) ?? "", ElementType.Int64, [size]),
                new Value(node.OutputName(2) ?? "", ElementType.Int64, [shape[axis ?? 0]]), new Value(node.OutputName(3) ?? "", ElementType.Int64, [size])];
            return [.. all.Take(node.Results.Length)];
        });
        node.Return([node.Builder.Cast(found[0], type, node.OutputName()), .. found.Skip(1)]);
    }
}
