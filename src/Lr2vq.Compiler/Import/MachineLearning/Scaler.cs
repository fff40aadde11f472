using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Scaler: (x − offset) · scale, one of each or one for each feature.</summary>
internal sealed class Scaler() : MachineLearningOperator("Scaler")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = builder.Cast(node[0], ElementType.Float32);
        node.FloatType = ElementType.Float32;
        Value centred = builder.Binary("Sub", x, Features.Of(node, x, "offset"));
        node.Return(builder.Binary("Mul", centred, Features.Of(node, x, "scale"), output: node.OutputName()));
    }
}
