using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Convolutions, pools and matrix products.</summary>
internal static partial class OperatorCases
{
    private static Tolerance Sums => Tolerance.OfLargest(1e-5);

    private static void AddProducts(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Conv"] = draw => Conv(draw, groups: 1);
        cases["Conv in groups"] = draw => Conv(draw, groups: draw.Int(2, 4));
        cases["Conv depthwise"] = draw => Conv(draw, groups: draw.Pick(1, 3, 8, 16, 17, 33), depthwise: true);
        cases["Conv of a picture"] = draw => Conv(draw, groups: 1, channels: draw.Int(1, 4));
        cases["Conv of one axis"] = draw => Conv(draw, groups: draw.Int(1, 2), axes: 1);
        cases["ConvTranspose"] = ConvTranspose;
        foreach (string op in new[] { "MaxPool", "AveragePool", "LpPool" })
        {
            cases[op] = draw => Pool(draw, op, 2, indices: false);
            cases[$"{op} of one axis"] = draw => Pool(draw, op, 1, indices: false);
        }
        cases["MaxPool with indices"] = draw => Pool(draw, "MaxPool", 2, indices: true);
        foreach (string op in new[] { "GlobalAveragePool", "GlobalMaxPool" })
            cases[op] = draw => new(op, 7, ("x", draw.Floats(draw.Shape(3, 4)))) { RunsAlone = false, Tolerance = Sums };
        cases["Gemm"] = Gemm;
        cases["MatMul of values"] = draw =>
        {
            int m = draw.Int(1, 20), k = draw.Int(1, 40), n = draw.Int(1, 40);
            int[] batch = draw.Shape(0, 2);
            int[] left = [.. batch, m, k], right = [.. draw.BroadcastTo(batch), k, n];
            return new("MatMul", 13, ("a", draw.Floats(left)), ("b", draw.Floats(right))) { RunsAlone = false, Tolerance = Sums };
        };
        cases["Attention"] = draw =>
        {
            int m = draw.Int(1, 30), n = draw.Int(1, 40), d = draw.Int(1, 40), width = draw.Int(1, 40);
            int[] batch = draw.Shape(0, 2);
            bool rows = draw.Chance(), masked = draw.Chance();
            HostTensor k = rows ? draw.Floats([.. draw.BroadcastTo(batch), n, d]) : draw.Floats([.. draw.BroadcastTo(batch), d, n]);
            int[] mask = draw.Pick(new[] { n }, [1, n], [m, n], [.. batch.Select(_ => 1), m, n]);
            return new("Attention", 13, ("q", draw.Floats([.. batch, m, d])), ("k", k), ("v", draw.Floats([.. draw.BroadcastTo(batch), n, width])), ("mask", masked ? draw.Floats(mask) : null))
            {
                Nodes = model =>
                {
                    int[] order = [.. Enumerable.Range(0, k.Shape.Length - 2), k.Shape.Length - 1, k.Shape.Length - 2];
                    if (rows) model.Node("Transpose", ["k"], ["columns"], ("perm", Longs(order)));
                    model.Constant("scale", HostTensor.Scalar(0.3f)).Node("MatMul", ["q", rows ? "columns" : "k"], ["products"]).Node("Mul", ["products", "scale"], ["scores"]);
                    if (masked) model.Node("Add", ["scores", "mask"], ["masked"]);
                    model.Node("Softmax", [masked ? "masked" : "scores"], ["weights"], ("axis", -1L)).Node("MatMul", ["weights", "v"], ["out0"]);
                },
                RunsAlone = false, Tolerance = Sums,
            };
        };
        cases["MatMul of vectors"] = draw =>
        {
            int k = draw.Int(1, 40);
            int[] left = draw.Chance() ? [k] : [draw.Int(1, 9), k], right = draw.Chance() ? [k] : [k, draw.Int(1, 9)];
            return new("MatMul", 13, ("a", draw.Floats(left)), ("b", draw.Floats(right))) { RunsAlone = false, Tolerance = Sums };
        };
        cases["MatMul by a weight"] = draw =>
        {
            int k = draw.Int(1, 70), n = draw.Int(1, 70);
            return new("MatMul", 13, ("a", draw.Floats([.. draw.Shape(1, 3), k])), ("b", draw.Floats(k, n)))
            {
                Constants = ["b"], RunsAlone = false, Tolerance = Sums,
            };
        };
    }

    private static OperatorCase Conv(Draw draw, int groups, bool depthwise = false, int channels = 0, int axes = 2)
    {
        int inputs = depthwise ? 1 : channels > 0 ? channels : draw.Pick(1, 2, 5, 16, 17, 32), outputs = depthwise ? 1 : draw.Pick(1, 3, 16, 17, 40);
        int[] kernel = Repeat(axes, () => draw.Pick(1, 1, 2, 3, 3, 5)), dilations = Repeat(axes, () => draw.Pick(1, 1, 1, 2)), strides = Repeat(axes, () => draw.Pick(1, 1, 2, 3));
        int[] pads = Repeat(2 * axes, () => draw.Int(0, 2));
        int[] size = [.. kernel.Select((k, i) => Math.Max(1, (k - 1) * dilations[i] + 1 + draw.Int(0, 12)))];
        int[] shape = [draw.Int(1, 2), groups * inputs, .. size];
        bool bias = draw.Chance();
        List<(string, object)> attributes = [("group", groups), ("strides", Longs(strides)), ("dilations", Longs(dilations))];
        if (draw.Chance(0.8)) attributes.Add(("pads", Longs(pads)));
        else attributes.Add(("auto_pad", dilations.All(d => d == 1) ? draw.Pick("SAME_UPPER", "SAME_LOWER", "VALID") : "VALID"));
        if (draw.Chance()) attributes.Add(("kernel_shape", Longs(kernel)));
        return new("Conv", 11, ("x", draw.Floats(shape)), ("w", draw.Floats([groups * outputs, inputs, .. kernel])), ("b", bias ? draw.Floats(groups * outputs) : null))
        {
            Attributes = [.. attributes], Constants = ["w", "b"], RunsAlone = false, Tolerance = Sums,
        };
    }

    private static OperatorCase ConvTranspose(Draw draw)
    {
        int groups = draw.Pick(1, 1, 2), inputs = draw.Pick(1, 3, 16, 17), outputs = draw.Pick(1, 2, 16, 20), axes = 2;
        int[] kernel = Repeat(axes, () => draw.Pick(1, 2, 3, 4)), strides = Repeat(axes, () => draw.Pick(1, 2, 2, 3)), dilations = Repeat(axes, () => draw.Pick(1, 1, 2));
        int[] pads = [.. Enumerable.Range(0, 2 * axes).Select(i => draw.Int(0, (kernel[i % axes] - 1) * dilations[i % axes] / 2))];
        int[] more = [.. strides.Select(stride => draw.Int(0, stride - 1))];
        return new("ConvTranspose", 11, ("x", draw.Floats(draw.Int(1, 2), groups * inputs, draw.Int(1, 9), draw.Int(1, 9))),
            ("w", draw.Floats([groups * inputs, outputs, .. kernel])), ("b", draw.Chance() ? draw.Floats(groups * outputs) : null))
        {
            Attributes = [("group", groups), ("strides", Longs(strides)), ("dilations", Longs(dilations)), ("pads", Longs(pads)), ("output_padding", Longs(more))],
            Constants = ["w", "b"], RunsAlone = false, Tolerance = Sums,
        };
    }

    private static OperatorCase Pool(Draw draw, string op, int axes, bool indices)
    {
        int[] kernel = Repeat(axes, () => draw.Int(1, 4)), strides = Repeat(axes, () => draw.Int(1, 3));
        int[] pads = [.. Enumerable.Range(0, 2 * axes).Select(i => draw.Int(0, kernel[i % axes] - 1))];
        int[] size = [.. kernel.Select(k => k + draw.Int(0, 12))];
        bool withCeil = op != "LpPool", withDilation = op == "MaxPool";
        List<(string, object)> attributes = [("kernel_shape", Longs(kernel)), ("strides", Longs(strides)), ("pads", Longs(pads))];
        if (withCeil && !indices) attributes.Add(("ceil_mode", draw.Int(0, 1)));
        if (withDilation && draw.Chance(0.3)) attributes.Add(("dilations", Longs([.. kernel.Select((k, i) => size[i] > 2 * k ? 2 : 1)])));
        if (op == "AveragePool") attributes.Add(("count_include_pad", draw.Int(0, 1)));
        if (op == "LpPool") attributes.Add(("p", draw.Int(1, 3)));
        return new(op, op == "LpPool" ? 11 : 12, ("x", draw.Floats([draw.Int(1, 2), draw.Pick(1, 3, 16, 17, 33), .. size])))
        {
            Attributes = [.. attributes], Outputs = indices ? 2 : 1, RunsAlone = false, Tolerance = Sums,
        };
    }

    private static OperatorCase Gemm(Draw draw)
    {
        int m = draw.Int(1, 20), k = draw.Int(1, 70), n = draw.Int(1, 70), transA = draw.Int(0, 1), transB = draw.Int(0, 1);
        int[] c = draw.Pick(new[] { n }, [m, n], [1, n], [m, 1], [1], []);
        List<string> constants = [];
        if (draw.Chance(0.7)) constants.Add("b");
        if (draw.Chance(0.7)) constants.Add("c");
        return new("Gemm", 13, ("a", transA == 1 ? draw.Floats(k, m) : draw.Floats(m, k)), ("b", transB == 1 ? draw.Floats(n, k) : draw.Floats(k, n)),
            ("c", draw.Chance(0.7) ? draw.Floats(c) : null))
        {
            Attributes = [("transA", transA), ("transB", transB), ("alpha", draw.Pick(1f, 0.5f)), ("beta", draw.Pick(1f, 2f))],
            Constants = [.. constants], RunsAlone = false, Tolerance = Sums,
        };
    }

    private static int[] Repeat(int count, Func<int> make)
    {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) values[i] = make();
        return values;
    }
}
