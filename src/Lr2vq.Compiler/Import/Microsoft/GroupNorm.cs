using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>GroupNorm and SkipGroupNorm: groups of channels, which come last, then SiLU if it is asked for.</summary>
internal sealed class GroupNorm() : MicrosoftOperator("GroupNorm", "SkipGroupNorm")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0), gamma = node.Floats(1), beta = node.Floats(2);
        if (x.Rank != 4) throw node.Invalid($"{x} does not have four dimensions");
        bool last = node.Int("channels_last", 1) != 0;
        Dimension channels = x.Shape[last ? 3 : 1];
        int groups = node.Int("groups", 0);
        if (groups < 1 || !channels.IsConstant || channels.Value % groups != 0) throw node.Invalid($"{channels} channels cannot be divided into {groups} groups");
        foreach (Value operand in new[] { gamma, beta })
            if (operand.Rank != 1 || !Shapes.MayBeEqual(operand.Shape[0], channels)) throw node.Invalid($"{operand} does not fit {channels} channels");
        if (node.OpType == "SkipGroupNorm")
        {
            if (!last) throw node.Unsupported("channels in front (channels_last=0)");
            Value skip = node.Floats(3);
            if (skip.Rank == 2) skip = builder.Reshape(skip, [skip.Shape[0], 1, 1, skip.Shape[1]]);
            if (Shapes.Broadcast(x.Shape, skip.Shape) is not { Length: 4 }) throw node.Invalid($"{skip} does not fit {x}");
            x = builder.Binary("Add", node.Optional(4) is not null ? BiasAdd.Sum(node, x, 4) : x, skip, output: node.OutputName(1));
            if (node.Wants(1)) node.Results[1] = x;
        }
        if (last) x = builder.Transpose(x, [0, 3, 1, 2]);
        AttributeList attributes = new AttributeList().Add("epsilon", node.Float("epsilon", 1e-5f)).Add("num_groups", groups);
        x = builder.Emit("GroupNormalization", [x, gamma, beta], attributes, x.Type, x.Shape);
        switch (node.Int("activation", 0))
        {
            case 0:
                break;
            case 1:
                x = builder.Unary("Swish", x);
                break;
            case int other:
                throw node.Invalid($"the activation {other} is not known");
        }
        node.Results[0] = last ? builder.Transpose(x, [0, 2, 3, 1], node.OutputName()) : x;
    }
}
