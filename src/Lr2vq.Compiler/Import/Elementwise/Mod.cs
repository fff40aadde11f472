using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Mod: the remainder has the sign of the divisor, or of the dividend as C's fmod.</summary>
internal sealed class Mod() : OnnxOperator("Mod")
{
    public override void Import(NodeContext node) => Arithmetic.Emit(node, node[0], node[1], new AttributeList().Flag("fmod", node.Int("fmod", 0) != 0));
}
