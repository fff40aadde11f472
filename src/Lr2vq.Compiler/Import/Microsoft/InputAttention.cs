using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Attention of ONNX Runtime: queries, keys and values are one product of the input.</summary>
internal sealed class InputAttention() : OnnxOperator("Attention")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node.Floats(0), weights = node.Floats(1);
        if (node.Int("do_rotary", 0) != 0) throw node.Unsupported("positions as rotations (do_rotary)");
        if (node.Int("past_present_share_buffer", 0) != 0) throw node.Unsupported("a past that is overwritten (past_present_share_buffer)");
        if (x.Rank != 3 || weights.Rank != 2 || !Shapes.MayBeEqual(x.Shape[2], weights.Shape[0]) || Shapes.Numbers(weights.Shape) is not [_, int columns])
            throw node.Invalid($"the shapes of {x} and {weights} do not fit");
        int heads = HeadAttention.Count(node);
        int[] lengths = node.Ints("qkv_hidden_sizes") is { Length: > 0 } given ? given : [columns / 3, columns / 3, columns / 3];
        if (lengths.Length != 3 || lengths.Sum() != columns || lengths.Any(length => length < 1)) throw node.Invalid($"{weights} cannot be divided into queries, keys and values");
        Value all = builder.Emit(weights.Constant is not null && weights.Count != 0 ? "Gemm" : "MatMul", [x, weights], StepAttributes.Empty, ElementType.Float32, [.. x.Shape[..2], columns]);
        if (node.Optional(2) is not null) all = BiasAdd.Sum(node, all, 2);
        Value Part(int which) => HeadAttention.Split(node, builder.Slice(all, 2, lengths[..which].Sum(), lengths[which]), heads);
        (Value q, Value k, Value v) = (Part(0), Part(1), Part(2));
        Dimension before = Dimension.Zero;
        if (node.Optional(4) is not null)
        {
            // Keys, then values.
            Value past = node.Floats(4);
            if (past.Rank != 5 || !Shapes.MayBeEqual(past.Shape[0], 2)) throw node.Invalid($"the past {past} does not have five dimensions, the first of them 2");
            Value Half(int which) => builder.Reshape(builder.Slice(past, 0, which, 1), past.Shape[1..]);
            (k, v, before) = (HeadAttention.Behind(node, Half(0), k), HeadAttention.Behind(node, Half(1), v), past.Shape[3]);
        }
        node.Results[0] = HeadAttention.Attend(node, q, k, v, mask: 3, bias: 5, before);
        if (!node.Wants(1)) return;
        if (!k.HasShapeOf(v)) throw node.Unsupported("keys and values of different lengths as an output");
        Dimension[] one = [1, .. k.Shape];
        node.Results[1] = builder.Concat([builder.Reshape(k, one), builder.Reshape(v, one)], 0);
    }
}
