using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>BatchNormalization for inference. Stays a node of its own until the passes fold it or spell it out.</summary>
internal sealed class BatchNormalization() : OnnxOperator("BatchNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (x.Rank < 2) throw node.Invalid($"its input has {x.Rank} dimensions");
        if (node.Int("training_mode", 0) != 0) throw node.Unsupported("training mode");
        if (node.Opset < 9 && node.Int("spatial", 1) == 0) throw node.Unsupported("statistics for each position (spatial=0)");
        Value[] statistics = [node.Floats(1), node.Floats(2), node.Floats(3), node.Floats(4)];
        foreach (Value statistic in statistics)
            if (statistic.Rank != 1 || !NodeContext.Unify(x.Shape[1], statistic.Shape[0])) throw node.Invalid($"{statistic} does not fit the channels of {x}");
        float epsilon = node.Float("epsilon", 1e-5f);
        if (statistics.All(statistic => statistic.Constant is not null))
        {
            node.Return(node.Builder.Emit("BatchNormalization", [x, .. statistics], new AttributeList().Add("epsilon", epsilon), x.Type, x.Shape, node.OutputName()));
            return;
        }
        GraphBuilder builder = node.Builder;
        Dimension[] perChannel = [statistics[0].Shape[0], .. Enumerable.Repeat(Dimension.One, x.Rank - 2)];
        Value deviation = builder.Unary("Sqrt", builder.Binary("Add", statistics[3], builder.Scalar(epsilon, "epsilon")));
        Value gain = builder.Binary("Div", statistics[0], deviation);
        Value offset = builder.Binary("Sub", statistics[1], builder.Binary("Mul", statistics[2], gain));
        Value scaled = builder.Binary("Mul", x, builder.Reshape(gain, perChannel));
        node.Return(builder.Binary("Add", scaled, builder.Reshape(offset, perChannel), output: node.OutputName()));
    }
}

/// <summary>LayerNormalization and RMSNormalization over the last axes.</summary>
internal sealed class LayerNormalization() : OnnxOperator("LayerNormalization", "RMSNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), scale = node.Floats(1);
        int axis = node.Axis(node.Int("axis", -1), x.Rank);
        Value? bias = node.OpType == "LayerNormalization" && node.Optional(2) is not null ? node.Floats(2) : null;
        foreach (Value? operand in new[] { scale, bias })
            if (operand is not null && (operand.Rank > x.Rank - axis || Shapes.Broadcast(x.Shape, operand.Shape) is null))
                throw node.Unsupported($"an operand {operand} that is no vector of the normalized axes");
        AttributeList attributes = new AttributeList().Add("axis", axis).Add("epsilon", node.Float("epsilon", 1e-5f));
        node.Return(node.Builder.Emit(node.OpType, [x, scale, bias], attributes, x.Type, x.Shape, node.OutputName()));
    }
}

/// <summary>InstanceNormalization and GroupNormalization.</summary>
internal sealed class ChannelNormalization() : OnnxOperator("InstanceNormalization", "GroupNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), scale = node.Floats(1), bias = node.Floats(2);
        if (x.Rank < 3) throw node.Invalid($"its input has {x.Rank} dimensions");
        AttributeList attributes = new AttributeList().Add("epsilon", node.Float("epsilon", 1e-5f));
        if (node.OpType == "GroupNormalization")
        {
            int groups = node.Int("num_groups", 0);
            if (groups < 1 || !x.Shape[1].IsConstant || x.Shape[1].Value % groups != 0) throw node.Invalid($"{x.Shape[1]} channels cannot be divided into {groups} groups");
            attributes.Add("num_groups", groups);
            // One number for each group until opset 20, for each channel since.
            if (node.Opset < 21) (scale, bias) = (PerChannel(node, scale, groups, x.Shape[1].Value), PerChannel(node, bias, groups, x.Shape[1].Value));
        }
        foreach (Value operand in new[] { scale, bias })
            if (operand.Rank != 1 || !Shapes.MayBeEqual(operand.Shape[0], x.Shape[1])) throw node.Invalid($"{operand} does not fit the channels of {x}");
        node.Return(node.Builder.Emit(node.OpType, [x, scale, bias], attributes, x.Type, x.Shape, node.OutputName()));
    }

    private static Value PerChannel(NodeContext node, Value perGroup, int groups, long channels)
    {
        if (perGroup.Rank != 1 || !Shapes.MayBeEqual(perGroup.Shape[0], groups)) throw node.Invalid($"{perGroup} does not fit {groups} groups");
        GraphBuilder builder = node.Builder;
        return builder.Reshape(builder.Expand(builder.Reshape(perGroup, [groups, 1]), [groups, channels / groups]), [channels]);
    }
}

/// <summary>LpNormalization and LRN.</summary>
internal sealed class ResponseNormalization() : OnnxOperator("LpNormalization", "LRN")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        AttributeList attributes = node.OpType == "LRN"
            ? new AttributeList().Add("alpha", node.Float("alpha", 1e-4f)).Add("beta", node.Float("beta", 0.75f)).Add("bias", node.Float("bias", 1f)).Add("size", node.Int("size", 0))
            : new AttributeList().Add("axis", node.Axis(node.Int("axis", -1), x.Rank)).Add("p", node.Int("p", 2), 2);
        if (node.OpType == "LRN" && (x.Rank < 3 || node.Int("size", 0) < 1)) throw node.Invalid("its size or input does not fit");
        node.Return(node.Builder.Unary(node.OpType, x, attributes, node.OutputName()));
    }
}

/// <summary>MeanVarianceNormalization, spelled out as ONNX defines it.</summary>
internal sealed class MeanVarianceNormalization() : OnnxOperator("MeanVarianceNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        GraphBuilder builder = node.Builder;
        int[] axes = node.Axes(node.Ints("axes") ?? [0, 2, 3], x.Rank);
        Dimension[] kept = [.. x.Shape.Select((length, axis) => axes.Contains(axis) ? Dimension.One : length)];
        Value Average(Value v) => builder.Emit("ReduceMean", [v], new AttributeList().Add("axes", axes), v.Type, kept);
        Value mean = Average(x), centred = builder.Binary("Sub", x, mean);
        Value variance = builder.Binary("Sub", Average(builder.Binary("Mul", x, x)), builder.Binary("Mul", mean, mean));
        Value deviation = builder.Binary("Add", builder.Unary("Sqrt", variance), builder.Scalar(1e-9f, "epsilon"));
        node.Return(builder.Binary("Div", centred, deviation, output: node.OutputName()));
    }
}
