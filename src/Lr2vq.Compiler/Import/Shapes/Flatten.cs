using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Flatten to a matrix.</summary>
internal sealed class Flatten() : OnnxOperator("Flatten")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int axis = node.Int("axis", 1);
        if (axis < -x.Rank || axis > x.Rank) throw node.Invalid($"axis {axis} is outside {x}");
        if (axis < 0) axis += x.Rank;
        node.Return(node.Builder.Reshape(x, [Shapes.Product(x.Shape[..axis]), Shapes.Product(x.Shape[axis..])], node.OutputName()));
    }
}
