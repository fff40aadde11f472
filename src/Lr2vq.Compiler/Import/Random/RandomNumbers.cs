using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>RandomNormal, RandomUniform, and those that take their shape from an input.</summary>
internal sealed class RandomNumbers() : OnnxOperator("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike")
{
    public override void Import(NodeContext node)
    {
        bool isLike = node.OpType.EndsWith("Like", System.StringComparison.Ordinal);
        Dimension[] shape = isLike ? node[0].Shape : [.. (node.Ints("shape") ?? throw node.Invalid("the attribute shape is missing")).Select(length => Dimension.Of(length))];
        if (shape.Any(length => length is { IsConstant: true, Value: < 0 })) throw node.Invalid("a length of its shape is negative");
        node.FloatType = RandomStep.FloatType(node, isLike ? node.TypeOf(0) : ElementType.Float32);
        node.Return(node.OpType.StartsWith("RandomNormal", System.StringComparison.Ordinal)
            ? RandomStep.Normal(node, shape, node.Float("mean", 0), node.Float("scale", 1), node.OutputName())
            : RandomStep.Uniform(node, shape, node.Float("low", 0), node.Float("high", 1), node.OutputName()));
    }
}
