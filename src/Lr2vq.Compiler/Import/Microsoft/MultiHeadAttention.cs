using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MultiHeadAttention of ONNX Runtime: queries, keys and values apart, or side by side in one or two inputs.</summary>
internal sealed class MultiHeadAttention() : MicrosoftOperator("MultiHeadAttention")
{
    public override void Import(NodeContext node)
    {
        if (node.Optional(8) is not null || node.Optional(9) is not null) throw node.Unsupported("a past that is overwritten (past_sequence_length, cache_indirection)");
        int heads = HeadAttention.Count(node);
        Value q, k, v;
        if (node.Optional(1) is null) (q, k, v) = (Packed(node, 0, 0, 3, heads), Packed(node, 0, 1, 3, heads), Packed(node, 0, 2, 3, heads));
        else if (node[1].Rank == 5)
            (q, k, v) = (Biased(node, 0, 0, heads), Packed(node, 1, 0, 2, heads), Packed(node, 1, 1, 2, heads));
        else (q, k, v) = (Biased(node, 0, 0, heads), Biased(node, 1, 1, heads), Biased(node, 2, 2, heads));
        Dimension before = Dimension.Zero;
        if (node.Optional(6) is not null || node.Optional(7) is not null)
        {
            Value past = node.Floats(6);
            (k, v, before) = (HeadAttention.Behind(node, past, k), HeadAttention.Behind(node, node.Floats(7), v), past.Shape[2]);
        }
        Value y = HeadAttention.Attend(node, q, k, v, mask: 4, bias: 5, before);
        node.Return(y, k, v);
    }

    /// <summary>Heads of an input with their part of the bias; they may lie apart already.</summary>
    private static Value Biased(NodeContext node, int input, int part, int heads)
    {
        Value x = node.Floats(input);
        if (x.Rank == 4) return Shapes.MayBeEqual(x.Shape[1], heads) && node.Optional(3) is null ? x : throw node.Unsupported($"{x} with a bias, or of other than {heads} heads");
        if (node.Optional(3) is null) return HeadAttention.Split(node, x, heads);
        Value bias = node.Floats(3);
        if (bias.Rank != 1 || x.Rank != 3 || Shapes.Numbers([bias.Shape[0], x.Shape[2]]) is not [int all, int length]) throw node.Unsupported($"a bias {bias} of {x}");
        // Queries and keys have one length, values the rest.
        int start = part < 2 ? part * length : all - length;
        if (start < 0 || start + length > all) throw node.Invalid($"the bias {bias} does not fit {x}");
        return HeadAttention.Split(node, node.Builder.Binary("Add", x, node.Builder.Slice(bias, 0, start, length)), heads);
    }

    /// <summary>One of several operands that lie side by side for each head: [images, positions, heads, operands, length].</summary>
    private static Value Packed(NodeContext node, int input, int part, int parts, int heads)
    {
        Value x = node.Floats(input);
        if (x.Rank != 5 || !Shapes.MayBeEqual(x.Shape[2], heads) || !Shapes.MayBeEqual(x.Shape[3], parts) || !x.Shape[4].IsConstant)
            throw node.Invalid($"{x} does not hold {parts} operands of {heads} heads");
        if (node.Optional(3) is not null) throw node.Unsupported("a bias of operands side by side");
        Value one = node.Builder.Slice(x, 3, part, 1);
        return node.Builder.Transpose(node.Builder.Reshape(one, [.. x.Shape[..3], x.Shape[4]]), [0, 2, 1, 3]);
    }
}
