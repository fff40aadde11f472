using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>Convolutions and pools over three axes, convolutions by weights that are computed, and deformable ones.</summary>
internal static partial class OperatorCases
{
    private static void AddVolumes(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Conv3D"] = draw => Conv3D(draw, groups: 1);
        cases["Conv3D in groups"] = draw => Conv3D(draw, groups: draw.Int(2, 3));
        cases["Conv3D depthwise"] = draw => Conv3D(draw, groups: draw.Pick(2, 16, 17), depthwise: true);
        cases["ConvTranspose3D"] = ConvTranspose3D;
        cases["Conv of three axes"] = draw => Conv(draw, groups: 1, axes: 3);
        cases["MaxPool of three axes"] = draw => Pool(draw, "MaxPool", axes: 3, indices: false);
        cases["MaxPool of three axes with indices"] = draw => Pool(draw, "MaxPool", axes: 3, indices: true);
        cases["AveragePool of three axes"] = draw => Pool(draw, "AveragePool", axes: 3, indices: false);
        cases["LpPool of three axes"] = draw => Pool(draw, "LpPool", axes: 3, indices: false);
        foreach (string op in new[] { "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool" })
            cases[op + " of three axes"] = draw => new(op, 17, ("x", draw.Floats([.. draw.Shape(2), draw.Int(1, 5), draw.Int(1, 5), draw.Int(1, 5)]))) { RunsAlone = false, Tolerance = Sums };
        cases["InstanceNormalization of three axes"] = draw =>
        {
            int channels = draw.Pick(1, 3, 17);
            return new("InstanceNormalization", 17, ("x", draw.Floats(draw.Int(1, 2), channels, draw.Int(2, 4), draw.Int(2, 4), draw.Int(2, 4))), ("scale", draw.Floats(channels)), ("bias", draw.Floats(channels)))
            {
                RunsAlone = false, Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["BatchNormalization of three axes"] = draw =>
        {
            int channels = draw.Pick(1, 3, 17);
            return new("BatchNormalization", 15, ("x", draw.Floats(draw.Int(1, 2), channels, draw.Int(1, 4), draw.Int(1, 4), draw.Int(1, 4))), ("scale", draw.Floats(channels)), ("bias", draw.Floats(channels)),
                ("mean", draw.Floats(channels)), ("variance", draw.Floats(0.1f, 2f, channels)))
            {
                Constants = ["scale", "bias", "mean", "variance"], RunsAlone = false, Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        foreach (string mode in new[] { "linear", "nearest" })
        {
            cases[$"GridSample {mode} of volumes"] = draw =>
            {
                int images = draw.Int(1, 2);
                string padding = draw.Pick("zeros", "border", "reflection");
                long corners = draw.Int(0, 1);
                return new("GridSample", 20, ("x", draw.Floats(images, draw.Int(1, 4), draw.Int(2, 6), draw.Int(2, 6), draw.Int(2, 6))),
                    ("grid", draw.Floats(-2.5f, 2.5f, images, draw.Int(1, 4), draw.Int(1, 4), draw.Int(1, 4), 3)))
                {
                    Attributes = [("mode", mode), ("padding_mode", padding), ("align_corners", corners)], Tolerance = Tolerance.OfLargest(2e-5),
                };
            };
            cases[$"Resize {mode} of volumes"] = draw =>
            {
                int images = draw.Int(1, 2), channels = draw.Int(1, 3);
                return new("Resize", 13, ("x", draw.Floats(images, channels, draw.Int(1, 4), draw.Int(1, 4), draw.Int(1, 4))), ("roi", null), ("scales", null),
                    ("sizes", HostTensor.Longs(images, channels, draw.Int(1, 7), draw.Int(1, 7), draw.Int(1, 7))))
                {
                    Attributes = [("mode", mode)], Constants = ["sizes"], RunsAlone = false, Tolerance = Tolerance.OfLargest(1e-5),
                };
            };
        }
        cases["Conv by a computed weight"] = draw => Conv(draw, groups: draw.Pick(1, 1, 2), axes: draw.Int(1, 3)) with { Constants = draw.Pick<string[]>([], ["b"], ["w"]) };
        cases["Conv depthwise by a computed weight"] = draw => Conv(draw, groups: draw.Pick(3, 16, 17), depthwise: true, axes: draw.Int(1, 2)) with { Constants = [] };
        cases["ConvTranspose by a computed weight"] = draw => ConvTranspose(draw) with { Constants = draw.Pick<string[]>([], ["b"]) };
        cases["DeformConv"] = draw => DeformConv(draw, alone: false);
        cases["DeformColumns"] = draw => DeformConv(draw, alone: true);
    }

    private static OperatorCase Conv3D(Draw draw, int groups, bool depthwise = false)
    {
        int inputs = depthwise ? 1 : draw.Pick(1, 2, 5, 16, 17), outputs = depthwise ? 1 : draw.Pick(1, 3, 16, 18), channels = groups * outputs;
        int[] kernel = Repeat(3, () => draw.Pick(1, 2, 3, 3)), dilations = Repeat(3, () => draw.Pick(1, 1, 1, 2)), strides = Repeat(3, () => draw.Pick(1, 1, 2, 3)), pads = Repeat(6, () => draw.Int(0, 2));
        int[] size = [.. kernel.Select((k, i) => Math.Max(1, (k - 1) * dilations[i] + 1 + draw.Int(0, 6)))];
        return Volume("Conv", draw.Floats([draw.Int(1, 2), groups * inputs, .. size]), draw.Floats([channels, inputs, .. kernel]), [channels, inputs * kernel[0], kernel[1], kernel[2]],
            draw.Chance() ? draw.Floats(channels) : null, groups, kernel[0], strides, dilations, pads, []);
    }

    private static OperatorCase ConvTranspose3D(Draw draw)
    {
        int groups = draw.Pick(1, 1, 2), inputs = draw.Pick(1, 3, 16, 17), outputs = draw.Pick(1, 2, 16, 18);
        int[] kernel = Repeat(3, () => draw.Pick(1, 2, 2, 3)), strides = Repeat(3, () => draw.Pick(1, 2, 2, 3)), dilations = Repeat(3, () => draw.Pick(1, 1, 2));
        int[] pads = [.. Enumerable.Range(0, 6).Select(i => draw.Int(0, (kernel[i % 3] - 1) * dilations[i % 3] / 2))], more = [.. strides.Select(stride => draw.Int(0, stride - 1))];
        return Volume("ConvTranspose", draw.Floats(draw.Int(1, 2), groups * inputs, draw.Int(1, 4), draw.Int(1, 5), draw.Int(1, 5)), draw.Floats([groups * inputs, outputs, .. kernel]),
            [groups * inputs, outputs * kernel[0], kernel[1], kernel[2]], draw.Chance() ? draw.Floats(groups * outputs) : null, groups, kernel[0], strides, dilations, pads, more);
    }

    /// <param name="shape">Of the weight as the step has it.</param>
    private static OperatorCase Volume(string op, HostTensor x, HostTensor weight, int[] shape, HostTensor? bias, int groups, int depth, int[] strides, int[] dilations, int[] pads, int[] more)
    {
        static string Text(int[] numbers) => string.Join(',', numbers);
        List<(string, object)> attributes = [("group", groups), ("strides", Longs(strides)), ("dilations", Longs(dilations)), ("pads", Longs(pads))];
        if (more.Length > 0) attributes.Add(("output_padding", Longs(more)));
        return new(op, 11, ("x", x), ("w", weight), ("b", bias), ("flat", HostTensor.Of(weight.Values<float>().ToArray(), shape)))
        {
            Attributes = [.. attributes], PlanName = op + "3D", PlanAttributes = $"kernel_depth={depth} strides={Text(strides)} dilations={Text(dilations)} pads={Text(pads)} group={groups}",
            NodeInputs = ["x", "w", "b"], PlanInputs = bias is null ? ["x", "flat"] : ["x", "flat", "b"], Constants = ["w", "b"], Tolerance = Sums,
        };
    }

    private static OperatorCase DeformConv(Draw draw, bool alone)
    {
        int groups = draw.Pick(1, 1, 2), parts = draw.Pick(1, 1, 2), inputs = draw.Pick(1, 3, 8), outputs = draw.Pick(1, 3, 17), images = draw.Int(1, 2), channels = groups * parts * inputs;
        int[] kernel = Repeat(2, () => draw.Int(1, 3)), strides = Repeat(2, () => draw.Int(1, 2)), dilations = Repeat(2, () => draw.Pick(1, 1, 2)), pads = Repeat(4, () => draw.Int(0, 2));
        int[] size = [.. kernel.Select((k, i) => (k - 1) * dilations[i] + 1 + draw.Int(0, 5))];
        int[] places = [.. size.Select((length, i) => (length + pads[i] + pads[i + 2] - (kernel[i] - 1) * dilations[i] - 1) / strides[i] + 1)];
        int taps = kernel[0] * kernel[1];
        HostTensor? mask = draw.Chance() ? draw.Floats(0f, 1f, [images, parts * taps, .. places]) : null;
        List<(string, object)> attributes = [("group", groups), ("offset_group", parts), ("strides", Longs(strides)), ("dilations", Longs(dilations)), ("pads", Longs(pads))];
        if (draw.Chance()) attributes.Add(("kernel_shape", Longs(kernel)));
        HostTensor weight = draw.Floats([groups * outputs, channels / groups, .. kernel]);
        // A weight that takes each tap of each channel as it is.
        if (alone)
        {
            float[] each = new float[channels * taps * taps];
            for (int row = 0; row < channels * taps; row++) each[row * taps + row % taps] = 1f;
            (weight, attributes[0]) = (HostTensor.Of(each, [channels * taps, 1, .. kernel]), ("group", channels));
        }
        static string Text(int[] numbers) => string.Join(',', numbers);
        return new("DeformConv", 19, ("x", draw.Floats([images, channels, .. size])), ("w", weight), ("offsets", draw.Floats(-2.5f, 2.5f, [images, parts * taps * 2, .. places])),
            ("b", alone || draw.Chance() ? null : draw.Floats(groups * outputs)), ("mask", mask))
        {
            Attributes = [.. attributes], Constants = ["w", "b"], RunsAlone = alone, PlanName = "DeformColumns", PlanInputs = mask is null ? ["x", "offsets"] : ["x", "offsets", "mask"],
            PlanAttributes = $"kernel_shape={Text(kernel)} strides={Text(strides)} dilations={Text(dilations)} pads={Text(pads)} offset_group={parts}", Tolerance = Tolerance.OfLargest(2e-5),
        };
    }
}
