using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>SkipLayerNormalization and its simplified form: the sum of two values and a bias is normalized along the last axis.</summary>
internal sealed class SkipLayerNormalization() : MicrosoftOperator("SkipLayerNormalization", "SkipSimplifiedLayerNormalization")
{
    private const int Sum = 3;

    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0), skip = node.Floats(1), gamma = node.Floats(2);
        bool simplified = node.OpType == "SkipSimplifiedLayerNormalization";
        Value? beta = !simplified && node.Optional(3) is not null ? node.Floats(3) : null;
        if (x.Rank is < 2 or > 3) throw node.Invalid($"{x} does not have two or three dimensions");
        if (Shapes.Broadcast(x.Shape, skip.Shape) is not { } shape || shape.Length != x.Rank) throw node.Invalid($"{skip} does not fit {x}");
        int bias = simplified ? 3 : 4;
        Value sum = node.Optional(bias) is not null ? BiasAdd.Sum(node, x, bias) : x;
        sum = node.Builder.Binary("Add", sum, skip, output: node.OutputName(Sum));
        Value y = LayerNormalization.Last(node, simplified ? "RMSNormalization" : "LayerNormalization", sum, gamma, beta, 1e-12f, node.OutputName());
        node.Results[0] = y;
        if (node.Wants(Sum)) node.Results[Sum] = sum;
    }
}
