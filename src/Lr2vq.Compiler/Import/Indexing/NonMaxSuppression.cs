using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>NonMaxSuppression: how many boxes of a class at most is an attribute where it is known, so that less memory is planned.</summary>
internal sealed class NonMaxSuppression() : OnnxOperator("NonMaxSuppression")
{
    public override void Import(NodeContext node)
    {
        Value boxes = node.Floats(0), scores = node.Floats(1);
        if (boxes.Rank != 3 || scores.Rank != 3) throw node.Invalid("its boxes and scores have not three dimensions");
        AttributeList attributes = new AttributeList().Flag("center_point_box", node.Int("center_point_box", 0) != 0);
        Value? most = node.Optional(2);
        Dimension each = scores.Shape[2];
        if (most is null || most.Dimensions is not null)
        {
            Dimension known = most is null ? 0 : node.Sizes(2, "how many boxes it finds at most") is [{ } only] ? only : throw node.Invalid("how many boxes it finds at most is not one number");
            // Models say "all" with the largest number.
            if (known.IsConstant) known = NodeContext.Narrow(known.Value);
            attributes.Add("most", [known]);
            each = Dimension.Max(Dimension.Min(known, each), 0);
            most = null;
        }
        node.Return(node.Builder.Find("NonMaxSuppression", [boxes, scores, most, Threshold(node, 3), Threshold(node, 4)], attributes, scores.Shape[0] * scores.Shape[1] * each,
            size => [new Value(node.OutputName() ?? "", ElementType.Int64, [size, 3])]));
    }

    private static Value? Threshold(NodeContext node, int input) => node.Optional(input) is null ? null : node.Floats(input);
}
