using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Attention and RotaryEmbedding.</summary>
internal static partial class OperatorCases
{
    private static void AddAttentions(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Attention of heads"] = draw => Attention(draw, apart: true);
        cases["Attention of heads side by side"] = draw => Attention(draw, apart: false);
        cases["RotaryEmbedding"] = draw =>
        {
            int images = draw.Int(1, 3), heads = draw.Int(1, 4), positions = draw.Int(1, 9), length = 2 * draw.Int(1, 9), turned = draw.Chance() ? length : 2 * draw.Int(1, length / 2);
            bool apart = draw.Chance(), listed = draw.Chance();
            int[] table = listed ? [20, turned / 2] : [images, positions, turned / 2];
            List<(string, object)> attributes = [("interleaved", (long)draw.Int(0, 1))];
            if (!apart || turned < length) attributes.Add(("num_heads", (long)heads));
            if (turned < length) attributes.Add(("rotary_embedding_dim", (long)turned));
            return new("RotaryEmbedding", 23, ("x", draw.Floats(apart ? [images, heads, positions, length] : [images, positions, heads * length])),
                ("cos", draw.Floats(-1f, 1f, table)), ("sin", draw.Floats(-1f, 1f, table)), ("positions", listed ? draw.Longs(0, 19, images, positions) : null))
            {
                Attributes = [.. attributes], Constants = draw.Chance() ? ["cos", "sin"] : [], RunsAlone = false,
            };
        };
    }

    private static OperatorCase Attention(Draw draw, bool apart)
    {
        int images = draw.Int(1, 2), keyHeads = draw.Int(1, 3), heads = keyHeads * draw.Pick(1, 1, 2, 3), length = draw.Int(1, 20), valueLength = draw.Int(1, 20);
        bool past = draw.Chance(0.3), causal = draw.Chance(0.4);
        int queries = draw.Int(1, 20), keys = causal ? queries : draw.Int(1, 20), before = past ? draw.Int(1, 6) : 0, all = keys + before;
        HostTensor Operand(int count, int positions, int each) => draw.Floats(-2f, 2f, apart ? [images, count, positions, each] : [images, positions, count * each]);
        int[] maskShape = draw.Pick<int[]>([queries, all], [1, 1, queries, all], [images, heads, queries, all], [images, 1, queries, all]);
        HostTensor? mask = draw.Pick(0, 0, 1, 2) switch { 0 => null, 1 => draw.Floats(-3f, 3f, maskShape), _ => draw.Bools(maskShape) };
        if (mask is not null && mask.Type == ElementType.Float32 && draw.Chance()) mask.Values<float>()[..all].Fill(float.NegativeInfinity);
        List<(string, object)> attributes = [("is_causal", causal ? 1L : 0L), ("qk_matmul_output_mode", (long)draw.Int(0, 3))];
        if (!apart) attributes.AddRange([("q_num_heads", (long)heads), ("kv_num_heads", (long)keyHeads)]);
        if (draw.Chance(0.3)) attributes.Add(("scale", draw.Float(0.1f, 1f)));
        if (draw.Chance(0.3)) attributes.Add(("softcap", draw.Float(0.5f, 3f)));
        int opset = draw.Pick(23, 24);
        HostTensor? lengths = opset == 24 && !past && !causal && draw.Chance() ? draw.Longs(1, keys, images) : null;
        (string, HostTensor?)[] last = opset == 24 ? [("lengths", lengths)] : [];
        (string, HostTensor?)[] inputs = [("q", Operand(heads, queries, length)), ("k", Operand(keyHeads, keys, length)), ("v", Operand(keyHeads, keys, valueLength)), ("mask", mask),
            ("pastKey", past ? draw.Floats(-2f, 2f, images, keyHeads, before, length) : null), ("pastValue", past ? draw.Floats(-2f, 2f, images, keyHeads, before, valueLength) : null), .. last];
        return new("Attention", opset, inputs)
        {
            Attributes = [.. attributes], Outputs = past ? draw.Pick(3, 4) : draw.Pick(1, 4), RunsAlone = false, Tolerance = Tolerance.OfLargest(5e-6),
        };
    }
}
