using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Bernoulli: one where a random number from 0 to below 1 is less than the probability.</summary>
internal sealed class Bernoulli() : OnnxOperator("Bernoulli")
{
    public override void Import(NodeContext node)
    {
        Value probabilities = node.Floats(0);
        var type = (ElementType)node.Int("dtype", (int)node.TypeOf(0));
        if (type is ElementType.Undefined or ElementType.String || ElementTypes.ByteLength(type) == 0 || ElementTypes.IsNarrow(type)) throw node.UnsupportedType(type);
        Value drawn = node.Builder.Binary("Less", RandomStep.Uniform(node, probabilities.Shape, 0, 1), probabilities, ElementType.Bool);
        if (ElementTypes.IsFloat(type)) node.FloatType = type;
        node.Return(node.Builder.Cast(drawn, ElementTypes.IsFloat(type) ? ElementType.Float32 : type, node.OutputName()));
    }
}
