using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Operators of the domain com.microsoft.</summary>
internal static partial class OperatorCases
{
    private const string MicrosoftDomain = "com.microsoft";

    private static OperatorCase Microsoft(string op, (string, HostTensor?)[] inputs, params (string, object)[] attributes) =>
        new(op, 17, inputs) { Domain = MicrosoftDomain, RunsAlone = false, Attributes = attributes };

    private static void AddMicrosoft(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        foreach (string op in new[] { "Gelu", "QuickGelu" }) cases[op + " of com.microsoft"] = draw => Microsoft(op, [("x", draw.Floats(draw.Shape(1, 4)))]) with { Tolerance = Tolerance.Absolute(1e-6) };
        foreach (string op in new[] { "FastGelu", "BiasGelu" })
            cases[op] = draw =>
            {
                int[] shape = draw.Shape(1, 4);
                return Microsoft(op, [("x", draw.Floats(shape)), ("bias", op == "BiasGelu" || draw.Chance() ? draw.Floats(shape[^1]) : null)]) with
                {
                    Constants = draw.Chance() ? ["bias"] : [], Tolerance = Tolerance.Absolute(1e-6),
                };
            };
        AddFused(cases);
        AddSkipNormalizations(cases);
        AddDiffusion(cases);
        cases["Attention of an input"] = InputAttention;
        cases["MultiHeadAttention"] = MultiHeadAttention;
        cases["MultiHeadAttention of operands side by side"] = PackedAttention;
    }

    private static void AddFused(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["FusedConv"] = draw =>
        {
            int group = draw.Pick(1, 1, 2), to = group * draw.Int(1, 12), each = draw.Int(1, 6), kernel = draw.Pick(1, 3), images = draw.Int(1, 2), height = draw.Int(3, 9), width = draw.Int(3, 9);
            string activation = draw.Pick("Relu", "Sigmoid", "Tanh", "LeakyRelu", "Clip", "HardSigmoid");
            List<(string, object)> attributes = [("kernel_shape", new long[] { kernel, kernel }), ("pads", Enumerable.Repeat(kernel / 2L, 4).ToArray()), ("group", (long)group), ("activation", activation)];
            if (activation is "LeakyRelu") attributes.Add(("activation_params", new[] { draw.Float(0.01f, 0.3f) }));
            if (activation is "Clip" or "HardSigmoid") attributes.Add(("activation_params", new[] { draw.Float(0.01f, 0.3f), draw.Float(0.4f, 2f) }));
            return Microsoft("FusedConv", [("x", draw.Floats(images, group * each, height, width)), ("w", draw.Floats(-1f, 1f, to, each, kernel, kernel)), ("b", draw.Chance() ? draw.Floats(to) : null),
                ("z", draw.Chance() ? draw.Floats(images, to, height, width) : null)], [.. attributes]) with { Constants = ["w", "b"], Tolerance = Tolerance.OfLargest(1e-5) };
        };
        cases["FusedGemm"] = draw =>
        {
            int rows = draw.Int(1, 9), inner = draw.Int(1, 40), columns = draw.Int(1, 20);
            long transA = draw.Int(0, 1), transB = draw.Int(0, 1);
            string activation = draw.Pick("Relu", "Sigmoid", "Tanh", "LeakyRelu", "Elu");
            List<(string, object)> attributes = [("transA", transA), ("transB", transB), ("alpha", draw.Float(0.5f, 2f)), ("beta", draw.Float(0.5f, 2f)), ("activation", activation)];
            if (activation is "LeakyRelu" or "Elu") attributes.Add(("activation_alpha", draw.Float(0.1f, 2f)));
            return Microsoft("FusedGemm", [("a", draw.Floats(transA == 0 ? [rows, inner] : [inner, rows])), ("b", draw.Floats(-1f, 1f, transB == 0 ? [inner, columns] : [columns, inner])),
                ("c", draw.Chance() ? draw.Floats(columns) : null)], [.. attributes]) with { Constants = draw.Pick<string[]>([], ["b"], ["b", "c"]), Tolerance = Tolerance.OfLargest(1e-5) };
        };
        foreach (string op in new[] { "FusedMatMul", "TransposeMatMul" })
            cases[op] = draw =>
            {
                int rows = draw.Int(1, 9), inner = draw.Int(1, 20), columns = draw.Int(1, 20), batch = draw.Int(1, 4);
                bool transA = draw.Chance(), transB = draw.Chance(), fused = op == "FusedMatMul", three = draw.Chance(0.7), batchA = fused && three && draw.Chance(), batchB = fused && three && draw.Chance();
                int[] a = transA ? [inner, rows] : [rows, inner], b = transB ? [columns, inner] : [inner, columns];
                if (three) (a, b) = (batchA ? [a[0], batch, a[1]] : [batch, .. a], batchB ? [b[0], batch, b[1]] : [batch, .. b]);
                else if (draw.Chance()) a = [batch, .. a];
                List<(string, object)> attributes = [("transA", transA ? 1L : 0L), ("transB", transB ? 1L : 0L), ("alpha", draw.Float(0.2f, 2f))];
                if (fused) attributes.AddRange([("transBatchA", batchA ? 1L : 0L), ("transBatchB", batchB ? 1L : 0L)]);
                return Microsoft(op, [("a", draw.Floats(a)), ("b", draw.Floats(-1f, 1f, b))], [.. attributes]) with { Constants = draw.Chance() ? ["b"] : [], Tolerance = Tolerance.OfLargest(5e-6) };
            };
    }

    private static void AddSkipNormalizations(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["SimplifiedLayerNormalization"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return new("SimplifiedLayerNormalization", 17, ("x", draw.Floats(shape)), ("scale", draw.Floats(shape[^1]))) { RunsAlone = false, Attributes = [("epsilon", draw.Float(1e-6f, 1e-3f))] };
        };
        foreach (string op in new[] { "SkipLayerNormalization", "SkipSimplifiedLayerNormalization" })
            cases[op] = draw =>
            {
                int images = draw.Int(1, 3), positions = draw.Int(1, 5), channels = draw.Pick(2, 7, 16, 33, 64);
                int[] x = [images, positions, channels], skip = draw.Pick<int[]>(x, x, [1, positions, channels], [positions, channels]);
                List<(string, HostTensor?)> inputs = [("x", draw.Floats(x)), ("skip", draw.Floats(skip)), ("gamma", draw.Floats(channels))];
                if (op == "SkipLayerNormalization") inputs.Add(("beta", draw.Chance() ? draw.Floats(channels) : null));
                inputs.Add(("bias", draw.Chance() ? draw.Floats(channels) : null));
                bool sum = draw.Chance();
                string[] outputs = sum ? ["out0", "", "", "out1"] : ["out0"];
                return Microsoft(op, [.. inputs]) with
                {
                    Constants = draw.Chance() ? ["gamma", "beta", "bias"] : [], Outputs = sum ? 2 : 1, Tolerance = Tolerance.OfLargest(1e-5),
                    Nodes = builder => builder.Node(op, [.. inputs.Select(i => i.Item2 is null ? "" : i.Item1)], outputs, null, MicrosoftDomain, ("epsilon", 1e-5f)),
                };
            };
        cases["EmbedLayerNormalization"] = draw =>
        {
            int images = draw.Int(1, 3), positions = draw.Int(1, 6), channels = draw.Pick(4, 16, 33), words = 11, places = 8;
            bool segments = draw.Chance(), mask = draw.Chance();
            (string, HostTensor?)[] inputs =
            [
                ("ids", draw.Ints(0, words - 1, images, positions)), ("segments", segments ? draw.Ints(0, 1, images, positions) : null), ("words", draw.Floats(words, channels)),
                ("places", draw.Floats(places, channels)), ("kinds", segments ? draw.Floats(2, channels) : null), ("gamma", draw.Floats(channels)), ("beta", draw.Floats(channels)),
                ("mask", mask ? draw.Ints(0, 1, images, positions) : null), ("positions", draw.Chance(0.3) ? draw.Ints(0, places - 1, images, positions) : null),
            ];
            return Microsoft("EmbedLayerNormalization", inputs, ("epsilon", 1e-5f)) with
            {
                Constants = ["words", "places", "kinds", "gamma", "beta"], Outputs = draw.Int(2, 3), Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
    }

    /// <summary>What only other processors have kernels for.</summary>
    private static void AddDiffusion(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["BiasAdd"] = draw =>
        {
            int[] shape = draw.Shape(3);
            return Microsoft("BiasAdd", [("x", draw.Floats(shape)), ("bias", draw.Floats(shape[^1])), ("skip", draw.Floats(shape))]) with
            {
                Definition = builder => builder.Node("Add", ["x", "bias"], ["sum"]).Node("Add", ["sum", "skip"], ["out0"]),
            };
        };
        cases["BiasSplitGelu"] = draw =>
        {
            int channels = 2 * draw.Int(1, 20);
            return Microsoft("BiasSplitGelu", [("x", draw.Floats(draw.Int(1, 3), draw.Int(1, 5), channels)), ("bias", draw.Floats(channels))]) with
            {
                Opset = 20, Tolerance = Tolerance.Absolute(1e-5),
                Definition = builder => builder.Node("Add", ["x", "bias"], ["sum"]).Node("Split", ["sum"], ["left", "right"], ("axis", 2L), ("num_outputs", 2L))
                    .Node("Gelu", ["right"], ["gelu"]).Node("Mul", ["left", "gelu"], ["out0"]),
            };
        };
        cases["GroupNorm"] = draw => GroupNorm(draw, skips: false);
        cases["SkipGroupNorm"] = draw => GroupNorm(draw, skips: true);
    }

    private static OperatorCase GroupNorm(Draw draw, bool skips)
    {
        int groups = draw.Int(1, 4), channels = groups * draw.Int(1, 6), images = draw.Int(1, 2), height = draw.Int(1, 6), width = draw.Int(1, 6);
        bool last = skips || draw.Chance(), activates = draw.Chance(), bias = skips && draw.Chance();
        int[] shape = last ? [images, height, width, channels] : [images, channels, height, width];
        int[] skip = draw.Pick<int[]>(shape, [images, 1, 1, channels], [images, channels]);
        List<(string, HostTensor?)> inputs = [("x", draw.Floats(shape)), ("gamma", draw.Floats(channels)), ("beta", draw.Floats(channels))];
        if (skips) inputs.AddRange([("skip", draw.Floats(skip)), ("bias", bias ? draw.Floats(channels) : null)]);
        return Microsoft(skips ? "SkipGroupNorm" : "GroupNorm", [.. inputs], ("groups", (long)groups), ("epsilon", 1e-4f), ("activation", activates ? 1L : 0L), ("channels_last", last ? 1L : 0L)) with
        {
            Opset = 21, Outputs = skips ? 2 : 1, Constants = ["gamma", "beta"], Tolerance = Tolerance.OfLargest(1e-5),
            Definition = builder =>
            {
                string x = "x";
                if (bias) builder.Node("Add", [x, "bias"], [x = "biased"]);
                if (skips)
                    builder.Initializer("four", HostTensor.Longs(skip.Length == 2 ? [images, 1, 1, channels] : [.. skip.Select(d => (long)d)])).Node("Reshape", ["skip", "four"], ["skipped"])
                        .Node("Add", [x, "skipped"], [x = "out1"]);
                if (last) builder.Node("Transpose", [x], [x = "front"], ("perm", new long[] { 0, 3, 1, 2 }));
                builder.Node("GroupNormalization", [x, "gamma", "beta"], [x = "normal"], ("num_groups", (long)groups), ("epsilon", 1e-4f));
                if (activates) builder.Node("Sigmoid", [x], ["sigmoid"]).Node("Mul", [x, "sigmoid"], [x = "silu"]);
                if (last) builder.Node("Transpose", [x], ["out0"], ("perm", new long[] { 0, 2, 3, 1 }));
                else builder.Node("Identity", [x], ["out0"]);
            },
        };
    }

    private static OperatorCase InputAttention(Draw draw)
    {
        int images = draw.Int(1, 3), positions = draw.Int(2, 9), heads = draw.Int(1, 3), length = draw.Int(1, 8), valueLength = draw.Chance() ? length : draw.Int(1, 8), inner = draw.Int(1, 20);
        bool past = draw.Chance(0.3);
        if (past) valueLength = length;
        int before = past ? draw.Int(1, 5) : 0, all = positions + before, columns = heads * (2 * length + valueLength);
        HostTensor? mask = Mask(draw, images, [[images], [2 * images], [images, all], [images, 1], [images, positions, all]]);
        (string, HostTensor?)[] inputs =
        [
            ("x", draw.Floats(images, positions, inner)), ("w", draw.Floats(-1f, 1f, inner, columns)), ("b", draw.Floats(columns)), ("mask", mask),
            ("past", past ? draw.Floats(2, images, heads, before, length) : null), ("bias", !past && draw.Chance(0.3) ? draw.Floats(images, heads, positions, all) : null),
        ];
        List<(string, object)> attributes = [("num_heads", (long)heads), ("unidirectional", (long)draw.Int(0, 1)), ("qkv_hidden_sizes", new long[] { heads * length, heads * length, heads * valueLength })];
        if (draw.Chance(0.3)) attributes.Add(("scale", draw.Float(0.1f, 1f)));
        if (draw.Chance(0.3)) attributes.Add(("mask_filter_value", draw.Float(-20000f, -1000f)));
        return Microsoft("Attention", inputs, [.. attributes]) with
        {
            Constants = draw.Chance() ? ["w", "b"] : ["w"], Outputs = past ? 2 : 1, Tolerance = Tolerance.OfLargest(1e-5),
        };
    }

    private static OperatorCase MultiHeadAttention(Draw draw)
    {
        int images = draw.Int(1, 3), positions = draw.Int(2, 9), heads = draw.Int(1, 3), length = draw.Int(1, 8), valueLength = draw.Chance() ? length : draw.Int(1, 8);
        bool apart = draw.Chance(0.2), bias = !apart && draw.Chance(), causal = draw.Chance(0.3), past = !apart && !bias && draw.Chance(0.3);
        int keys = causal ? positions : draw.Int(2, 9), before = past ? draw.Int(1, 5) : 0, all = keys + before;
        if (apart || past) valueLength = length;
        HostTensor Operand(int count, int each) => draw.Floats(-2f, 2f, apart ? [images, heads, count, each] : [images, count, heads * each]);
        (string, HostTensor?)[] inputs =
        [
            ("q", draw.Floats(-2f, 2f, images, positions, heads * length)), ("k", Operand(keys, length)), ("v", Operand(keys, valueLength)), ("b", bias ? draw.Floats(heads * (2 * length + valueLength)) : null),
            ("mask", Mask(draw, images, [[images], [images, all], [images, positions, all]])), ("added", draw.Chance(0.3) ? draw.Floats(draw.Pick(1, images), draw.Pick(1, heads), positions, all) : null),
            ("pastKey", past ? draw.Floats(images, heads, before, length) : null), ("pastValue", past ? draw.Floats(images, heads, before, valueLength) : null),
        ];
        List<(string, object)> attributes = [("num_heads", (long)heads), ("unidirectional", causal ? 1L : 0L)];
        if (draw.Chance(0.3)) attributes.Add(("scale", draw.Float(0.1f, 1f)));
        return Microsoft("MultiHeadAttention", inputs, [.. attributes]) with { Constants = draw.Chance() ? ["b"] : [], Outputs = past ? 3 : 1, Tolerance = Tolerance.OfLargest(1e-5) };
    }

    /// <summary>Queries, keys and values in one input, or keys and values; ONNX Runtime gets them one by one.</summary>
    private static OperatorCase PackedAttention(Draw draw)
    {
        int images = draw.Int(1, 3), positions = draw.Int(2, 6), keys = draw.Int(2, 6), heads = draw.Int(1, 3), length = draw.Int(1, 8);
        bool all = draw.Chance();
        (string, HostTensor?)[] inputs = all ? [("q", draw.Floats(images, positions, heads, 3, length))]
            : [("q", draw.Floats(images, positions, heads * length)), ("kv", draw.Floats(images, keys, heads, 2, length))];
        return Microsoft("MultiHeadAttention", inputs, ("num_heads", (long)heads)) with
        {
            Opset = 18, Tolerance = Tolerance.OfLargest(1e-5),
            Definition = builder =>
            {
                string[] parts = all ? ["a", "b", "c"] : ["b", "c"], operands = [all ? "a3" : "q", "b3", "c3"];
                builder.Initializer("shape", HostTensor.Longs(0, 0, heads * length)).Node("Split", [all ? "q" : "kv"], parts, ("axis", 3L), ("num_outputs", (long)parts.Length));
                foreach (string part in parts) builder.Node("Reshape", [part, "shape"], [part + "3"]);
                builder.Node("MultiHeadAttention", operands, ["out0"], null, MicrosoftDomain, ("num_heads", (long)heads));
            },
        };
    }

    /// <summary>A mask of one of the forms, the last of which is a number for each query and key, that lets every query see its first key.</summary>
    private static HostTensor? Mask(Draw draw, int images, int[][] shapes)
    {
        if (draw.Chance(0.3)) return null;
        int[] shape = draw.Pick(shapes);
        HostTensor mask = draw.Ints(shape.Length == 1 ? 1 : 0, shape.Length == 1 ? shapes[^1][2] : 1, shape);
        if (shape.Length == 1 && shape[0] > images) mask.Values<int>()[images..].Clear();
        if (shape.Length > 1)
            for (int at = 0; at < mask.Values<int>().Length; at += shape[^1]) mask.Values<int>()[at] = 1;
        return mask;
    }
}
