using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Binarizer: 1 above the threshold, else 0.</summary>
internal sealed class Binarizer() : MachineLearningOperator("Binarizer")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0);
        Value above = builder.Binary("Greater", x, builder.Scalar(node.Float("threshold", 0f), "threshold"), ElementType.Bool);
        node.Return(builder.Cast(above, ElementType.Float32, node.OutputName()));
    }
}
