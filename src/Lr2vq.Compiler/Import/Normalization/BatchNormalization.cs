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
        if (node.Int("training_mode", 0) != 0) throw node.Training("training_mode is 1");
        // Before opset 14 the further outputs, which training needs, say it; opset 7 and 8 have the attribute of opset 6 no more.
        if (node.Opset < 14 && Enumerable.Range(1, 4).Any(node.Wants)) throw node.Training($"it has {node.OutputCount} outputs");
        if (node.Opset < 9 && node.Int("spatial", 1) == 0) throw node.Unsupported("statistics for each position (spatial=0)");
        Value[] statistics = [node.Floats(1), node.Floats(2), node.Floats(3), node.Floats(4)];
        foreach (Value statistic in statistics)
            if (statistic.Rank != 1 || !NodeContext.Unify(x.Shape[1], statistic.Shape[0])) throw node.Invalid($"{statistic} does not fit the channels of {x}");
        float epsilon = node.Float("epsilon", 1e-5f);
        if (x.Constant is null && statistics.All(statistic => statistic.Constant is not null))
        {
            node.Return(node.Builder.Emit("BatchNormalization", [x, .. statistics], new AttributeList().Add("epsilon", epsilon), x.Type, x.Shape, node.OutputName()));
            return;
        }
        GraphBuilder builder = node.Builder;
        // One number for each channel, no other count: nothing is broadcast.
        statistics = [.. statistics.Select(statistic => builder.Reshape(statistic, [x.Shape[1]]))];
        Dimension[] perChannel = [x.Shape[1], .. Enumerable.Repeat(Dimension.One, x.Rank - 2)];
        Value deviation = builder.Unary("Sqrt", builder.Binary("Add", statistics[3], builder.Scalar(epsilon, "epsilon")));
        Value gain = builder.Binary("Div", statistics[0], deviation);
        Value offset = builder.Binary("Sub", statistics[1], builder.Binary("Mul", statistics[2], gain));
        Value scaled = builder.Binary("Mul", x, builder.Reshape(gain, perChannel));
        node.Return(builder.Binary("Add", scaled, builder.Reshape(offset, perChannel), output: node.OutputName()));
    }
}
