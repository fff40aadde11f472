using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Expand: broadcasts to a shape.</summary>
internal sealed class Expand() : OnnxOperator("Expand")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension[] wanted = node.Sizes(1, "its shape");
        if (wanted.Any(length => length.IsConstant && length.Value < 0)) throw node.Invalid("a length is negative");
        Dimension[] shape = Shapes.Broadcast(x.Shape, wanted) ?? throw node.Invalid($"{x} cannot become [{string.Join(",", (object[])wanted)}]");
        node.Return(node.Builder.Expand(x, shape, node.OutputName()));
    }
}
