using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Attention (opset 23 and 24) of heads that lie apart or side by side; heads of keys may serve several of queries. Becomes products,
/// mask and softmax, which a pass makes one step again where it can.</summary>
internal sealed class Attention() : OnnxOperator("Attention")
{
    /// <summary>What the fourth output may be: the products, those with the mask, those that are capped, or what Softmax makes of them.</summary>
    private const int Scores = 0, Masked = 1, Capped = 2, Weights = 3;

    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        bool apart = node.Floats(0).Rank == 4;
        Value q = Heads(node, 0, "q_num_heads"), k = Heads(node, 1, "kv_num_heads"), v = Heads(node, 2, "kv_num_heads");
        Dimension past = Dimension.Zero;
        if (node.Optional(4) is not null || node.Optional(5) is not null)
        {
            Value pastKey = node.Floats(4), pastValue = node.Floats(5);
            foreach ((Value before, Value now) in new[] { (pastKey, k), (pastValue, v) })
                if (before.Rank != 4 || !Fits(before.Shape[1], now.Shape[1]) || !Fits(before.Shape[3], now.Shape[3])) throw node.Invalid($"{before} does not fit {now}");
            past = pastKey.Shape[2];
            (k, v) = (builder.Concat([pastKey, k], 2), builder.Concat([pastValue, v], 2));
        }
        if (!Fits(q.Shape[3], k.Shape[3]) || !Fits(k.Shape[2], v.Shape[2]) || !Fits(k.Shape[1], v.Shape[1])) throw node.Invalid($"{q}, {k} and {v} do not fit");
        int heads = Number(node, q.Shape[1]), keyHeads = Number(node, k.Shape[1]), length = Number(node, q.Shape[3]);
        if (keyHeads == 0 || heads % keyHeads != 0) throw node.Invalid($"{heads} heads cannot share {keyHeads}");
        Dimension[] shape = [.. q.Shape[..3], v.Shape[3]];
        // Heads that share keys are rows of one head, so to speak: an axis of their own, along which keys are repeated.
        bool shares = heads != keyHeads;
        Value Shared(Value x, int each) => !shares ? x : builder.Reshape(x, [x.Shape[0], x.Shape[1].IsConstant && x.Shape[1].Value == 1 ? 1 : keyHeads, each, x.Shape[2], x.Shape[3]]);
        (Value queries, Value keys, Value values) = (Shared(q, heads / keyHeads), Shared(k, 1), Shared(v, 1));

        float scale = node.Float("scale", 0f);
        if (scale == 0f) scale = 1f / MathF.Sqrt(length);
        Dimension[] square = [.. queries.Shape[..^2], queries.Shape[^2], keys.Shape[^2]];
        Value scores = builder.Emit("MatMul", [queries, keys], new AttributeList().Flag("transB", true).Add("alpha", scale, 1f), q.Type, square);
        int mode = node.Int("qk_matmul_output_mode", 0);
        if (mode is < Scores or > Weights) throw node.Invalid($"qk_matmul_output_mode is {mode}");
        Value shown = scores;
        Value? seen = null;
        if (node.Float("softcap", 0f) is > 0f and var cap)
            scores = builder.Binary("Mul", builder.Unary("Tanh", builder.Binary("Div", scores, builder.Scalar(cap, "cap"))), builder.Scalar(cap, "cap"));
        if (mode == Capped) shown = scores;
        Value? MaskOf(float unseen)
        {
            Value? made = Mask(node, q.Shape, k.Shape[2], past, unseen);
            if (made is null || !shares || made.Rank < 3) return made;
            return Shared(builder.Reshape(made, made.Rank == 4 ? made.Shape : [Dimension.One, .. made.Shape]), made.Shape[^3].Equals(Dimension.One) ? 1 : heads / keyHeads);
        }
        if (MaskOf(float.MinValue) is { } mask)
        {
            // Whoever looks at the scores sees what ONNX has there; sums of it would have no number.
            if (mode is Masked or Capped && node.Wants(3)) shown = builder.Binary("Add", scores, MaskOf(float.NegativeInfinity)!);
            scores = builder.Binary("Add", scores, mask);
            if (node.Optional(3) is not null || node.Optional(6) is not null) seen = Seen(builder, mask);
        }
        Value weights = builder.Emit("Softmax", [scores], new AttributeList().Add("axis", scores.Rank - 1), q.Type, square);
        if (mode == Weights && node.Wants(3)) shown = Only(builder, seen, weights);
        Value y = Only(builder, seen, builder.Emit("MatMul", [weights, values], StepAttributes.Empty, q.Type, [.. square[..^1], v.Shape[3]]));
        y = builder.Reshape(y, shape, apart ? node.OutputName() : null);
        if (!apart) y = builder.Reshape(builder.Transpose(y, [0, 2, 1, 3]), [shape[0], shape[2], Dimension.Of(heads) * shape[3]], node.OutputName());
        node.Return(y, k, v, builder.Reshape(shown, [.. q.Shape[..3], k.Shape[2]]));
    }

    /// <summary>An operand as [images, heads, positions, length of a head].</summary>
    private static Value Heads(NodeContext node, int input, string attribute)
    {
        Value x = node.Floats(input);
        if (x.Rank == 4) return x;
        if (x.Rank != 3) throw node.Invalid($"{x} does not have three or four dimensions");
        int heads = node.Int(attribute, 0);
        if (!x.Shape[2].IsConstant) throw node.NotANumber("the length of its heads", x.Shape[2]);
        if (heads < 1 || x.Shape[2].Value % heads != 0) throw node.Invalid($"{x} cannot be divided into {heads} heads ({attribute})");
        return node.Builder.Transpose(node.Builder.Reshape(x, [x.Shape[0], x.Shape[1], heads, x.Shape[2].Value / heads]), [0, 2, 1, 3]);
    }

    /// <summary>What is added to the scores: nothing, or a number where a key is out of sight.</summary>
    private static Value? Mask(NodeContext node, Dimension[] queries, Dimension keys, Dimension past, float unseen)
    {
        GraphBuilder builder = node.Builder;
        Value? mask = node.Optional(3);
        if (mask is not null)
        {
            if (mask.Rank is 2 or 3 or 4 && node.Opset >= 24) mask = Whole(builder, mask, keys, unseen);
            if (mask.Rank is < 2 or > 4 || Shapes.Broadcast(mask.Shape, [.. queries[..3], keys]) is not { Length: 4 } all || !Fits(mask.Shape[^1], keys) || !Fits(all[2], queries[2]))
                throw node.Unsupported($"a mask {mask} that does not fit {queries[2]} queries and {keys} keys");
            if (mask.Type == ElementType.Bool) mask = Chosen(builder, mask, unseen);
            else if (!mask.IsFloat) throw node.UnsupportedType(mask.Type);
        }
        if (node.Optional(6) is not null)
        {
            Value lengths = node.Indices(6);
            if (lengths.Rank != 1 || !Fits(lengths.Shape[0], queries[0])) throw node.Invalid($"{lengths} does not fit {queries[0]} images");
            if (node.Int("is_causal", 0) != 0) throw node.Unsupported("sequences that are shorter than the input (nonpad_kv_seqlen) with a causal mask");
            Value places = builder.Range(Dimension.Zero, Dimension.One, keys, lengths.Type);
            Value inside = Chosen(builder, builder.Binary("Less", places, builder.Reshape(lengths, [lengths.Shape[0], 1, 1, 1]), ElementType.Bool), unseen);
            mask = mask is null ? inside : builder.Binary("Add", mask, inside);
        }
        if (node.Int("is_causal", 0) == 0) return mask;
        if (!past.IsConstant) throw node.Unsupported("a causal mask after a past of unknown length");
        Value hidden = builder.Expand(builder.Reshape(builder.Scalar(unseen, "unseen"), [1, 1]), [queries[2], keys]);
        Value causal = builder.Unary("Trilu", hidden, new AttributeList().Add("upper", 1, 1).Add("k", NodeContext.Narrow(past.Value) + 1, 0));
        return mask is null ? causal : builder.Binary("Add", mask, causal);
    }

    /// <summary>Since opset 24 keys behind the end of a mask are out of sight.</summary>
    private static Value Whole(GraphBuilder builder, Value mask, Dimension keys, float unseen)
    {
        Dimension length = mask.Shape[^1], more = Dimension.Max(keys - length, 0);
        // A single one is for all keys.
        if (length.Equals(Dimension.One) || more.Equals(Dimension.Zero)) return mask;
        if (mask.Type == ElementType.Bool) mask = Chosen(builder, mask, unseen);
        Dimension[] pads = [.. Enumerable.Repeat(Dimension.Zero, 2 * mask.Rank - 1), more];
        return builder.Emit("Pad", [mask], new AttributeList().Add("pads", pads).Add("value", unseen, 0f), mask.Type, [.. mask.Shape[..^1], keys]);
    }

    private static Value Chosen(GraphBuilder builder, Value seen, float unseen) =>
        builder.Emit("Where", [seen, builder.Scalar(0f, "seen"), builder.Scalar(unseen, "unseen")], StepAttributes.Empty, ElementType.Float32, seen.Shape);

    /// <summary>For each query, whether the mask leaves it a key; one without any gives zeros.</summary>
    private static Value Seen(GraphBuilder builder, Value mask)
    {
        Dimension[] shape = [.. mask.Shape[..^1], 1];
        Value most = builder.Emit("ReduceMax", [mask], new AttributeList().Add("axes", [mask.Rank - 1]), mask.Type, shape);
        return builder.Emit("Greater", [most, builder.Scalar(float.MinValue, "unseen")], StepAttributes.Empty, ElementType.Bool, shape);
    }

    private static Value Only(GraphBuilder builder, Value? seen, Value x) =>
        seen is null ? x : builder.Emit("Where", [seen, x, builder.Scalar(0f, "nothing")], StepAttributes.Empty, x.Type, x.Shape);

    private static bool Fits(Dimension a, Dimension b) => Shapes.MayBeEqual(a, b);

    private static int Number(NodeContext node, Dimension size) => size.IsConstant ? NodeContext.Narrow(size.Value) : throw node.NotANumber("the number or length of its heads", size);
}
