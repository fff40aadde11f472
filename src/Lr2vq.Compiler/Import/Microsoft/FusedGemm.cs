using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>FusedGemm: activation(α·A·B + β·C).</summary>
internal sealed class FusedGemm() : MicrosoftOperator("FusedGemm")
{
    public override void Import(NodeContext node)
    {
        Value y = Gemm.Multiply(node, node.Text("activation", "").Length > 0 ? null : node.OutputName());
        node.Return(FusedActivation.Of(node, y, (name, _, absent) => node.Float("activation_" + name, absent)));
    }
}
