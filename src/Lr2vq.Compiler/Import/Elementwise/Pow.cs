using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Pow: alone may mix types; the exponent follows the base.</summary>
internal sealed class Pow() : OnnxOperator("Pow")
{
    public override void Import(NodeContext node) => Arithmetic.Emit(node, node[0], node.Builder.Cast(node[1], node[0].Type), new AttributeList());
}
