using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>SoftmaxCrossEntropyLoss: the loss of the logarithms of softmax over axis 1, which are the second output.</summary>
internal sealed class SoftmaxCrossEntropyLoss() : OnnxOperator("SoftmaxCrossEntropyLoss")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (x.Rank < 2) throw node.Invalid($"{x} has no axis of classes");
        Value logarithms = node.Builder.Unary("LogSoftmax", x, new AttributeList().Add("axis", 1), node.OutputName(1));
        node.Return(NegativeLogLikelihoodLoss.Of(node, logarithms, node.OutputName()), logarithms);
    }
}
