using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>BitShift to the left or right.</summary>
internal sealed class BitShift() : OnnxOperator("BitShift")
{
    public override void Import(NodeContext node) =>
        Arithmetic.Emit(node, node[0], node[1], new AttributeList().Add("direction", node.Choice("direction", "", "LEFT", "RIGHT").ToLowerInvariant()));
}
