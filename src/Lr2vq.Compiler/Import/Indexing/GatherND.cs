using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>GatherND: each index is a position in the leading axes after those of the batch.</summary>
internal sealed class GatherND() : OnnxOperator("GatherND")
{
    public override void Import(NodeContext node)
    {
        Value data = node[0], indices = node.Indices(1);
        int batch = node.Int("batch_dims", 0);
        if (indices.Rank < 1) throw node.Invalid("its indices have no dimension");
        if (!indices.Shape[^1].IsConstant) throw node.NotANumber("the length of an index", indices.Shape[^1]);
        long depth = indices.Shape[^1].Value;
        if (batch < 0 || batch >= indices.Rank || depth < 1 || batch + depth > data.Rank) throw node.Invalid($"{indices} does not fit {data}");
        Dimension[] shape = [.. indices.Shape[..^1], .. data.Shape[(int)(batch + depth)..]];
        node.Return(node.Builder.Emit("GatherND", [data, indices], new AttributeList().Add("batch_dims", batch, 0), data.Type, shape, node.OutputName()));
    }
}
