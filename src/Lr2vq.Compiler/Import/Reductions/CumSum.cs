using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>CumSum along an axis; where the axis is data, one of the sums along each is taken.</summary>
internal sealed class CumSum() : OnnxOperator("CumSum")
{
    /// <summary>Dimensions up to which all sums are made.</summary>
    private const int MostAxes = 4;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (node[1] is { Dimensions: null, Count: 1, Type: ElementType.Int32 or ElementType.Int64 } given && x.Rank is > 0 and <= MostAxes)
        {
            GraphBuilder builder = node.Builder;
            Value all = builder.Concat([.. Enumerable.Range(0, x.Rank).Select(axis => builder.Reshape(Along(node, x, axis), [Dimension.One, .. x.Shape]))], 0);
            node.Return(builder.Emit("Gather", [all, builder.Reshape(given, [])], new AttributeList().Add("axis", 0), x.Type, x.Shape, node.OutputName()));
            return;
        }
        node.Return(Along(node, x, node.Axis(node.Number(1, "its axis"), x.Rank)));
    }

    private static Value Along(NodeContext node, Value x, int axis) => Widening.Unary(node, "CumSum", x,
        new AttributeList().Add("axis", axis).Flag("exclusive", node.Int("exclusive", 0) != 0).Flag("reverse", node.Int("reverse", 0) != 0));
}
