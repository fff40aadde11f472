using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Gather along an axis; an embedding when the data is a constant matrix.</summary>
internal sealed class GatherAxis() : OnnxOperator("Gather")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = Indices(node, 1);
        int axis = node.Axis(node.Int("axis", 0), data.Rank);
        Dimension[] shape = [.. data.Shape[..axis], .. indices.Shape, .. data.Shape[(axis + 1)..]];
        node.Return(node.Builder.Emit("Gather", [data, indices], new AttributeList().Add("axis", axis), data.Type, shape, node.OutputName()));
    }

    internal static Value Indices(NodeContext node, int input) => node[input].Type is ElementType.Int32 or ElementType.Int64
        ? node[input]
        : throw node.Invalid("its indices are not i32 or i64");
}

/// <summary>GatherElements and GatherND.</summary>
internal sealed class GatherMany() : OnnxOperator("GatherElements", "GatherND")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = GatherAxis.Indices(node, 1);
        if (node.OpType == "GatherElements")
        {
            if (indices.Rank != data.Rank) throw node.Invalid($"{indices} does not fit {data}");
            node.Return(node.Builder.Emit("GatherElements", [data, indices], new AttributeList().Add("axis", node.Axis(node.Int("axis", 0), data.Rank)),
                data.Type, indices.Shape, node.OutputName()));
            return;
        }
        int batch = node.Int("batch_dims", 0);
        if (indices.Rank < 1 || !indices.Shape[^1].IsConstant) throw node.DataDependent("the length of an index");
        long depth = indices.Shape[^1].Value;
        if (batch < 0 || batch >= indices.Rank || depth < 1 || batch + depth > data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        Dimension[] shape = [.. indices.Shape[..^1], .. data.Shape[(int)(batch + depth)..]];
        node.Return(node.Builder.Emit("GatherND", [data, indices], new AttributeList().Add("batch_dims", batch, 0), data.Type, shape, node.OutputName()));
    }
}

/// <summary>ScatterElements (Scatter before opset 11) and ScatterND.</summary>
internal sealed class ScatterMany() : OnnxOperator("Scatter", "ScatterElements", "ScatterND")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = GatherAxis.Indices(node, 1), updates = node[2];
        if (updates.Type != data.Type) throw node.Invalid("its updates have another type than its data");
        AttributeList attributes = new AttributeList();
        bool elements = node.OpType != "ScatterND";
        if (elements)
        {
            if (indices.Rank != data.Rank || updates.Rank != data.Rank) throw node.Invalid($"{indices} does not fit {data}");
            attributes.Add("axis", node.Axis(node.Int("axis", 0), data.Rank));
        }
        else if (indices.Rank < 1 || !indices.Shape[^1].IsConstant || indices.Shape[^1].Value > data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        attributes.Add("reduction", node.Text("reduction", "none"), "none");
        node.Return(node.Builder.Emit(elements ? "ScatterElements" : "ScatterND", [data, indices, updates], attributes, data.Type, data.Shape, node.OutputName()));
    }
}
