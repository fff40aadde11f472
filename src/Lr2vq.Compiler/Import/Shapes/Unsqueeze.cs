using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Unsqueeze: axes are an attribute before opset 13, an input since.</summary>
internal sealed class Unsqueeze() : OnnxOperator("Unsqueeze")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int[] given = node.AttributeOrInput("axes", 1, 13) ?? throw node.Invalid("its axes are missing");
        int rank = x.Rank + given.Length, next = 0;
        int[] axes = node.Axes(given, rank);
        node.Return(node.Builder.Reshape(x, [.. Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? Dimension.One : x.Shape[next++])], node.OutputName()));
    }
}
