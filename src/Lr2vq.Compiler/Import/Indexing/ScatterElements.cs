using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ScatterElements (Scatter before opset 11): an index for each update.</summary>
internal sealed class ScatterElements() : OnnxOperator("Scatter", "ScatterElements")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1), updates = node[2];
        if (indices.Rank != data.Rank || updates.Rank != data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        Emit(node, "ScatterElements", data, indices, updates, new AttributeList().Add("axis", node.Axis(node.Int("axis", 0), data.Rank)));
    }

    /// <summary>The step, whatever it joins updates with data by.</summary>
    internal static void Emit(NodeContext node, string op, Value data, Value indices, Value updates, AttributeList attributes)
    {
        if (updates.Type != data.Type) throw node.Invalid("its updates have another type than its data");
        string reduction = node.Choice("reduction", "none", "none", "add", "mul", "max", "min");
        if (reduction != "none" && data.Type == ElementType.Bool) throw node.UnsupportedType(data.Type);
        node.Return(node.Builder.Emit(op, [data, indices, updates], attributes.Add("reduction", reduction, "none"), data.Type, data.Shape, node.OutputName()));
    }
}
