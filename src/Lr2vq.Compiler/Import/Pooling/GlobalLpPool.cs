using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>GlobalLpPool: the p-norm of each channel.</summary>
internal sealed class GlobalLpPool() : OnnxOperator("GlobalLpPool")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0);
        if (x.Rank < 3) throw node.Invalid($"its input has {x.Rank} dimensions");
        int p = node.Int("p", 2);
        if (p < 1) throw node.Invalid($"p is {p}");
        Dimension[] shape = [x.Shape[0], x.Shape[1], .. Enumerable.Repeat(Dimension.One, x.Rank - 2)];
        Value Reduce(string op, Value of, string? output) => builder.Emit(op, [of], new AttributeList().Add("axes", Enumerable.Range(2, x.Rank - 2)), x.Type, shape, output);
        if (p <= 2)
        {
            node.Return(Reduce(p == 1 ? "ReduceL1" : "ReduceL2", x, node.OutputName()));
            return;
        }
        Value sum = Reduce("ReduceSum", builder.Binary("Pow", builder.Unary("Abs", x), builder.Scalar(p, "p")), null);
        node.Return(builder.Binary("Pow", sum, builder.Scalar(1f / p, "root"), output: node.OutputName()));
    }
}
