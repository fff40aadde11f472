using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>QuickGelu: x · sigmoid(alpha · x).</summary>
internal sealed class QuickGelu() : MicrosoftOperator("QuickGelu")
{
    public override void Import(NodeContext node) =>
        node.Return(node.Builder.Unary("Swish", node.Floats(0), new AttributeList().Add("alpha", node.Float("alpha", 1.702f), 1f), node.OutputName()));
}
