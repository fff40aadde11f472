using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>BiasSplitGelu: a bias is added, and one half of the channels multiplied by Gelu of the other.</summary>
internal sealed class BiasSplitGelu() : MicrosoftOperator("BiasSplitGelu")
{
    public override void Import(NodeContext node)
    {
        Value x = BiasAdd.Sum(node, node.Floats(0), 1);
        if (!x.Shape[^1].IsConstant) throw node.NotANumber("how many channels it halves", x.Shape[^1]);
        int channels = NodeContext.Narrow(x.Shape[^1].Value), half = channels / 2;
        if (channels % 2 != 0) throw node.Invalid($"{channels} channels have no halves");
        Value left = node.Builder.Slice(x, x.Rank - 1, 0, half), right = node.Builder.Slice(x, x.Rank - 1, half, half);
        node.Return(node.Builder.Binary("Mul", left, node.Builder.Unary("Gelu", right), output: node.OutputName()));
    }
}
