using System.Linq;
using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Transpose; without perm the axes are reversed.</summary>
internal sealed class Transpose() : OnnxOperator("Transpose")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        Value x = node[0];
        int[] permutation = node.Ints("perm") ?? [.. Enumerable.Range(0, x.Rank).Reverse()];
        if (!permutation.Order().SequenceEqual(Enumerable.Range(0, x.Rank))) throw node.Invalid($"perm does not fit {x}");
        node.Return(node.Builder.Transpose(x, permutation, node.OutputName()));
    }
}
