using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>GroupNormalization: groups of channels of each image.</summary>
internal sealed class GroupNormalization() : OnnxOperator("GroupNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), scale = node.Floats(1), bias = node.Floats(2);
        if (x.Rank < 3) throw node.Invalid($"its input has {x.Rank} dimensions");
        int groups = node.Int("num_groups", 0);
        if (groups < 1 || !x.Shape[1].IsConstant || x.Shape[1].Value % groups != 0) throw node.Invalid($"{x.Shape[1]} channels cannot be divided into {groups} groups");
        AttributeList attributes = new AttributeList().Add("epsilon", node.Float("epsilon", 1e-5f)).Add("num_groups", groups);
        // One number for each group until opset 20, for each channel since.
        if (node.Opset < 21) (scale, bias) = (PerChannel(node, scale, groups, x.Shape[1].Value), PerChannel(node, bias, groups, x.Shape[1].Value));
        InstanceNormalization.Emit(node, x, scale, bias, attributes);
    }

    private static Value PerChannel(NodeContext node, Value perGroup, int groups, long channels)
    {
        if (perGroup.Rank != 1 || !Shapes.MayBeEqual(perGroup.Shape[0], groups)) throw node.Invalid($"{perGroup} does not fit {groups} groups");
        GraphBuilder builder = node.Builder;
        return builder.Reshape(builder.Expand(builder.Reshape(perGroup, [groups, 1]), [groups, channels / groups]), [channels]);
    }
}
