using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

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
