using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Attention of ONNX Runtime: queries, keys and values are one product of the input. That of QAttention is one of integers.</summary>
internal sealed class InputAttention() : MicrosoftOperator("Attention", "QAttention")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        bool isQuantized = node.OpType == "QAttention";
        (int mask, int pastKeys, int scores) = isQuantized ? (5, 8, int.MaxValue) : (3, 4, 5);
        Value x = isQuantized ? QuantizationParameters.Bytes(node, 0) : node.Floats(0), weights = isQuantized ? QuantizationParameters.Bytes(node, 1) : node.Floats(1);
        if (node.Int("do_rotary", 0) != 0) throw node.Unsupported("positions as rotations (do_rotary)");
        if (node.Int("past_present_share_buffer", 0) != 0) throw node.Unsupported("a past that is overwritten (past_present_share_buffer)");
        if (x.Rank != 3 || weights.Rank != 2 || !Shapes.MayBeEqual(x.Shape[2], weights.Shape[0]) || Shapes.Numbers(weights.Shape) is not [_, int columns])
            throw node.Invalid($"the shapes of {x} and {weights} do not fit");
        if (isQuantized && x.Type != ElementType.UInt8) throw node.UnsupportedType(x.Type);
        int heads = HeadAttention.Count(node);
        int[] lengths = node.Ints("qkv_hidden_sizes") is { Length: > 0 } given ? given : [columns / 3, columns / 3, columns / 3];
        if (lengths.Length != 3 || lengths.Sum() != columns || lengths.Any(length => length < 1)) throw node.Invalid($"{weights} cannot be divided into queries, keys and values");
        Value all = isQuantized ? Integers(node, x, weights) : builder.Emit(weights.Constant is not null && weights.Count != 0 ? "Gemm" : "MatMul", [x, weights], StepAttributes.Empty, ElementType.Float32, [.. x.Shape[..2], columns]);
        if (node.Optional(2) is not null) all = BiasAdd.Sum(node, all, 2);
        Value Part(int which) => HeadAttention.Split(node, builder.Slice(all, 2, lengths[..which].Sum(), lengths[which]), heads);
        (Value q, Value k, Value v) = (Part(0), Part(1), Part(2));
        Dimension before = Dimension.Zero;
        if (node.Optional(pastKeys) is not null)
        {
            // Keys, then values.
            Value past = node.Floats(pastKeys);
            if (past.Rank != 5 || !Shapes.MayBeEqual(past.Shape[0], 2)) throw node.Invalid($"the past {past} does not have five dimensions, the first of them 2");
            Value Half(int which) => builder.Reshape(builder.Slice(past, 0, which, 1), past.Shape[1..]);
            (k, v, before) = (HeadAttention.Behind(node, Half(0), k), HeadAttention.Behind(node, Half(1), v), past.Shape[3]);
        }
        node.Results[0] = HeadAttention.Attend(node, q, k, v, mask, scores, before);
        if (!node.Wants(1)) return;
        if (!k.HasShapeOf(v)) throw node.Unsupported("keys and values of different lengths as an output");
        Dimension[] one = [1, .. k.Shape];
        node.Results[1] = builder.Concat([builder.Reshape(k, one), builder.Reshape(v, one)], 0);
    }

    /// <summary>The product of quantized operands as floats.</summary>
    private static Value Integers(NodeContext node, Value x, Value weights)
    {
        Value scale = QuantizationParameters.Scale(node, 3), scales = QuantizationParameters.OneOrEach(node, node.Floats(4), weights.Shape[1]);
        Value sums = MatMulInteger.Emit(node, x, QuantizationParameters.Optional(node, 6, x.Type), weights, QuantizationParameters.Optional(node, 7, weights.Type), null);
        return node.Builder.Binary("Mul", node.Builder.Cast(sums, ElementType.Float32), node.Builder.Binary("Mul", scale, scales));
    }
}
