using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>What the attentions of ONNX Runtime share: heads, masks of integers, and softmax(scale · q·kᵀ + mask)·v, which a pass makes one step.</summary>
internal static class HeadAttention
{
    /// <summary>The attribute num_heads.</summary>
    public static int Count(NodeContext node) => node.Int("num_heads", 0) is > 0 and var heads ? heads : throw node.Invalid("num_heads is missing");

    /// <summary>[images, positions, heads · length] as [images, heads, positions, length].</summary>
    public static Value Split(NodeContext node, Value x, int heads)
    {
        if (x.Rank != 3) throw node.Invalid($"{x} does not have three dimensions");
        if (!x.Shape[2].IsConstant) throw node.NotANumber("the length of its heads", x.Shape[2]);
        if (x.Shape[2].Value % heads != 0) throw node.Invalid($"{x} cannot be divided into {heads} heads");
        return node.Builder.Transpose(node.Builder.Reshape(x, [x.Shape[0], x.Shape[1], heads, x.Shape[2].Value / heads]), [0, 2, 1, 3]);
    }

    /// <summary>Keys or values behind those of the past, if there are any.</summary>
    public static Value Behind(NodeContext node, Value? past, Value now)
    {
        if (past is null) return now;
        if (past.Rank != 4 || new[] { 0, 1, 3 }.Any(axis => !Shapes.MayBeEqual(past.Shape[axis], now.Shape[axis]))) throw node.Invalid($"{past} does not fit {now}");
        return node.Builder.Concat([past, now], 2);
    }

    /// <summary>The attention of heads, side by side again.</summary>
    /// <param name="node">Has the attributes scale, unidirectional and mask_filter_value.</param>
    /// <param name="q">Queries [images, heads, positions, length].</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="mask">Input of integers that hides keys.</param>
    /// <param name="bias">Input of floats that is added to the scores.</param>
    /// <param name="past">How many keys come before the first query.</param>
    public static Value Attend(NodeContext node, Value q, Value k, Value v, int mask, int bias, Dimension past)
    {
        GraphBuilder builder = node.Builder;
        if (!Shapes.MayBeEqual(q.Shape[3], k.Shape[3]) || new[] { 0, 1, 2 }.Any(axis => !Shapes.MayBeEqual(k.Shape[axis], v.Shape[axis]))
            || new[] { 0, 1 }.Any(axis => !Shapes.MayBeEqual(q.Shape[axis], k.Shape[axis]))) throw node.Invalid($"{q}, {k} and {v} do not fit");
        float scale = node.Float("scale", 0f);
        if (scale == 0f) scale = 1f / MathF.Sqrt(q.Shape[3].Value);
        Dimension[] square = [.. q.Shape[..3], k.Shape[2]];
        Value scores = builder.Emit("MatMul", [q, k], new AttributeList().Flag("transB", true).Add("alpha", scale, 1f), q.Type, square);
        Value? added = Sum(builder, Hidden(node, mask, square), node.Int("unidirectional", 0) != 0 ? Later(builder, square, past) : null);
        added = Sum(builder, added, Bias(node, bias, square));
        if (added is not null) scores = builder.Emit("Add", [scores, added], StepAttributes.Empty, q.Type, square);
        Value weights = builder.Emit("Softmax", [scores], new AttributeList().Add("axis", 3), q.Type, square);
        Value y = builder.Emit("MatMul", [weights, v], StepAttributes.Empty, q.Type, [.. square[..3], v.Shape[3]]);
        return builder.Reshape(builder.Transpose(y, [0, 2, 1, 3]), [square[0], square[2], square[1] * v.Shape[3]], node.OutputName());
    }

    private static Value? Sum(GraphBuilder builder, Value? a, Value? b) => a is null ? b : b is null ? a : builder.Binary("Add", a, b);

    private static Value? Bias(NodeContext node, int input, Dimension[] square)
    {
        if (node.Optional(input) is null) return null;
        Value bias = node.Floats(input);
        if (bias.Rank != 4 || Shapes.Broadcast(bias.Shape, square) is null || !Shapes.MayBeEqual(bias.Shape[2], square[2]) || !Shapes.MayBeEqual(bias.Shape[3], square[3]))
            throw node.Invalid($"{bias} does not fit scores of [{string.Join(",", (object[])square)}]");
        return bias;
    }

    /// <summary>The attribute mask_filter_value where a mask hides a key. A vector counts the keys that are seen, or names the ends and the begins of what is
    /// seen; other masks have a number above 0 where a key is seen.</summary>
    private static Value? Hidden(NodeContext node, int input, Dimension[] square)
    {
        if (node.Optional(input) is null) return null;
        GraphBuilder builder = node.Builder;
        Value mask = node.Indices(input), seen;
        (Dimension images, Dimension queries, Dimension keys) = (square[0], square[2], square[3]);
        switch (mask.Rank)
        {
            case 1 when mask.Shape[0].Equals(images) || mask.Shape[0].Equals(images * 2):
                Value places = builder.Range(Dimension.Zero, Dimension.One, keys, mask.Type);
                seen = builder.Binary("Less", places, Part(builder, mask, Dimension.Zero, images), ElementType.Bool);
                if (!mask.Shape[0].Equals(images))
                    seen = builder.Binary("And", seen, builder.Binary("GreaterOrEqual", places, Part(builder, mask, images, images), ElementType.Bool));
                break;
            case 2 when Fits(mask.Shape, images, keys):
                seen = Positive(builder, mask);
                break;
            case 2 when mask.Shape[1].Equals(Dimension.One):
                // One number for all keys hides none of them.
                return null;
            case 3 when Fits(mask.Shape, images, queries, keys):
                seen = builder.Reshape(Positive(builder, mask), [images, 1, queries, keys]);
                break;
            default:
                throw node.Unsupported($"a mask {mask} over scores of [{string.Join(",", (object[])square)}]");
        }
        if (seen.Rank == 2) seen = builder.Reshape(seen, [images, 1, 1, keys]);
        return Choose(builder, seen, node.Float("mask_filter_value", -10000f));
    }

    private static bool Fits(Dimension[] shape, params ReadOnlySpan<Dimension> expected)
    {
        for (int d = 0; d < shape.Length; d++)
            if (!Shapes.MayBeEqual(shape[d], expected[d]) || shape[d].Equals(Dimension.One) != expected[d].Equals(Dimension.One)) return false;
        return true;
    }

    private static Value Positive(GraphBuilder builder, Value mask) =>
        builder.Binary("Greater", mask, builder.Constant(ConstantTensor.Of(mask.Type, [], [0L])!, "zero"), ElementType.Bool);

    /// <summary>A stretch of a vector as a column.</summary>
    private static Value Part(GraphBuilder builder, Value mask, Dimension start, Dimension count)
    {
        if (!mask.Shape[0].Equals(count))
            mask = builder.Emit("Slice", [mask], new AttributeList().Add("axes", [0]).Add("starts", [start]), mask.Type, [count]);
        return builder.Reshape(mask, [count, 1]);
    }

    /// <summary>The least number where a key comes after the query.</summary>
    private static Value Later(GraphBuilder builder, Dimension[] square, Dimension past)
    {
        Value keys = builder.Range(Dimension.Zero, Dimension.One, square[3], ElementType.Int64), queries = builder.Range(past, Dimension.One, square[2], ElementType.Int64);
        return Choose(builder, builder.Binary("LessOrEqual", keys, builder.Reshape(queries, [square[2], 1]), ElementType.Bool), float.MinValue);
    }

    private static Value Choose(GraphBuilder builder, Value seen, float unseen) =>
        builder.Emit("Where", [seen, builder.Scalar(0f, "seen"), builder.Scalar(unseen, "unseen")], StepAttributes.Empty, ElementType.Float32, seen.Shape);
}
