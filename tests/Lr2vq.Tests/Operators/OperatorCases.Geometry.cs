using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <summary>What takes images apart, puts them together, and looks at places in them.</summary>
internal static partial class OperatorCases
{
    private static void AddGeometry(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        foreach (string mode in new[] { "linear", "nearest", "cubic" })
            cases["GridSample " + mode] = draw =>
            {
                int images = draw.Int(1, 2);
                bool old = draw.Chance();
                string padding = draw.Pick("zeros", "border", "reflection");
                long corners = draw.Int(0, 1);
                return new("GridSample", old ? 16 : 20, ("x", draw.Floats(images, draw.Int(1, 5), draw.Int(2, 8), draw.Int(2, 8))), ("grid", draw.Floats(-2.5f, 2.5f, images, draw.Int(1, 6), draw.Int(1, 6), 2)))
                {
                    Attributes = [("mode", old ? mode switch { "linear" => "bilinear", "cubic" => "bicubic", _ => mode } : mode), ("padding_mode", padding), ("align_corners", corners)],
                    PlanAttributes = $"mode={mode} padding_mode={padding} align_corners={corners}", Tolerance = Tolerance.OfLargest(2e-5),
                };
            };
        cases["AffineGrid"] = draw =>
        {
            int images = draw.Int(1, 3), spatial = draw.Int(2, 3);
            return new("AffineGrid", 20, ("theta", draw.Floats(images, spatial, spatial + 1)), ("size", HostTensor.Longs([images, 3, .. Enumerable.Range(0, spatial).Select(_ => (long)draw.Int(1, 7))])))
            {
                Attributes = [("align_corners", (long)draw.Int(0, 1))], Constants = ["size"], RunsAlone = false, Tolerance = Tolerance.OfLargest(5e-6),
            };
        };
        cases["Col2Im"] = Col2Im;
        cases["CenterCropPad"] = draw =>
        {
            int[] shape = draw.Shape(1, 4), axes = draw.Chance() ? draw.Axes(shape.Length) : [.. Enumerable.Range(0, shape.Length)];
            return new("CenterCropPad", 18, ("x", draw.Numbers(draw.Pick(ElementType.Float32, ElementType.Int64), -9, 9, shape)), ("shape", HostTensor.Longs([.. axes.Select(_ => (long)draw.Int(1, 12))])))
            {
                Attributes = axes.Length < shape.Length || draw.Chance() ? [("axes", axes.Select(axis => draw.Chance() ? axis : (long)axis - shape.Length).ToArray())] : [], Constants = ["shape"], RunsAlone = false,
            };
        };
        cases["RoiAlign"] = draw =>
        {
            int images = draw.Int(1, 3), regions = draw.Int(1, 5), height = draw.Int(1, 4), width = draw.Int(1, 4), samples = draw.Pick(0, 1, 2, 3);
            bool half = draw.Chance(), max = draw.Chance(0.3);
            float scale = draw.Float(0.3f, 1.5f);
            HostTensor places = draw.Floats(-2f, 12f, regions, 4);
            // Mostly with the second corner behind the first.
            for (int r = 0; r < regions && draw.Chance(0.9); r++)
                for (int k = 0; k < 2; k++) places.Values<float>()[4 * r + 2 + k] = places.Values<float>()[4 * r + k] + draw.Float(0.1f, 9f);
            return new("RoiAlign", 16, ("x", draw.Floats(images, draw.Int(1, 5), draw.Int(2, 9), draw.Int(2, 9))), ("rois", places), ("images", draw.Longs(0, images - 1, regions)))
            {
                Attributes = [("mode", max ? "max" : "avg"), ("output_height", (long)height), ("output_width", (long)width), ("sampling_ratio", (long)samples), ("spatial_scale", scale), ("coordinate_transformation_mode", half ? "half_pixel" : "output_half_pixel")],
                PlanAttributes = $"mode={(max ? "max" : "avg")} sampling_ratio={samples} spatial_scale={OperatorCase.Float(scale)} half_pixel={(half ? 1 : 0)}", Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["MaxRoiPool"] = draw =>
        {
            int images = draw.Int(1, 3), regions = draw.Int(1, 5);
            HostTensor places = draw.Floats(-3f, 14f, regions, 5);
            for (int r = 0; r < regions; r++)
            {
                places.Values<float>()[5 * r] = draw.Int(0, images - 1);
                for (int k = 1; k < 3; k++) places.Values<float>()[5 * r + 2 + k] = places.Values<float>()[5 * r + k] + draw.Float(-1f, 9f);
            }
            return new("MaxRoiPool", 11, ("x", draw.Floats(images, draw.Int(1, 5), draw.Int(2, 9), draw.Int(2, 9))), ("rois", places))
            {
                Attributes = [("pooled_shape", new long[] { draw.Int(1, 4), draw.Int(1, 4) }), ("spatial_scale", draw.Float(0.3f, 1.5f))],
            };
        };
        cases["ReverseSequence"] = draw =>
        {
            int[] shape = draw.Shape(2, 4);
            bool timeFirst = draw.Chance();
            int steps = shape[timeFirst ? 0 : 1], count = shape[timeFirst ? 1 : 0];
            return new("ReverseSequence", 10, ("x", draw.Numbers(draw.Pick(ElementType.Float32, ElementType.Int64), -9, 9, shape)), ("lengths", draw.Longs(1, steps, count)))
            {
                Attributes = timeFirst && draw.Chance() ? [] : [("time_axis", timeFirst ? 0L : 1L), ("batch_axis", timeFirst ? 1L : 0L)], RunsAlone = false,
            };
        };
        cases["MaxUnpool"] = draw =>
        {
            // The places that MaxPool names.
            int[] shape = [draw.Int(1, 2), draw.Int(1, 4), draw.Int(1, 5), draw.Int(1, 5)];
            int kernel = draw.Int(2, 3), height = shape[2] * kernel, width = shape[3] * kernel, at = 0;
            long[] places = new long[shape.Aggregate(1, (product, length) => product * length)];
            for (int plane = 0; plane < shape[0] * shape[1]; plane++)
                for (int row = 0; row < shape[2]; row++)
                    for (int column = 0; column < shape[3]; column++)
                        places[at++] = ((long)plane * height + row * kernel + draw.Int(0, kernel - 1)) * width + column * kernel + draw.Int(0, kernel - 1);
            return new("MaxUnpool", 11, ("x", draw.Floats(shape)), ("places", HostTensor.Of(places, shape)))
            {
                Attributes = [("kernel_shape", new long[] { kernel, kernel }), ("strides", new long[] { kernel, kernel })], RunsAlone = false,
            };
        };
        cases["GlobalLpPool"] = draw => new("GlobalLpPool", 17, ("x", draw.Floats(draw.Int(1, 3), draw.Int(1, 5), draw.Int(1, 7), draw.Int(1, 7))))
        {
            Attributes = [("p", (long)draw.Int(1, 4))], RunsAlone = false, Tolerance = Tolerance.OfLargest(1e-5),
        };
        foreach (string op in new[] { "LayerNormalization", "SimplifiedLayerNormalization" })
            cases[op + " with its statistics"] = draw =>
            {
                int[] shape = draw.Shape(2, 4);
                int axis = draw.Int(0, shape.Length - 1);
                if (op != "LayerNormalization") axis = shape.Length - 1;
                return new(op, 17, ("x", draw.Floats(shape)), ("scale", draw.Floats(shape[axis..])))
                {
                    Attributes = [("axis", (long)axis), ("epsilon", 1e-3f)], Outputs = op == "LayerNormalization" ? 3 : 2, RunsAlone = false, Tolerance = Tolerance.OfLargest(1e-5),
                };
            };
    }

    private static OperatorCase Col2Im(Draw draw)
    {
        int axes = draw.Int(1, 3), places = 1;
        int[] counts = new int[axes];
        int[] block = Several(1, 3), strides = Several(1, 3), dilations = Several(1, 2), pads = [.. Several(0, 1), .. Several(0, 1)], image = new int[axes];
        int[] Several(int low, int high) => [.. Enumerable.Range(0, axes).Select(_ => draw.Int(low, high))];
        for (int d = 0; d < axes; d++)
        {
            int reach = (block[d] - 1) * dilations[d] + 1, borders = pads[d] + pads[axes + d];
            image[d] = Math.Max(1, reach - borders) + draw.Int(0, 5);
            places *= counts[d] = (image[d] + borders - reach) / strides[d] + 1;
        }
        int channels = draw.Int(1, 4);
        static string Text(int[] numbers) => string.Join(',', numbers);
        return new("Col2Im", 18, ("x", draw.Floats(draw.Int(1, 2), channels * block.Aggregate(1, (product, length) => product * length), places)), ("image", HostTensor.Longs(Wide(image))), ("block", HostTensor.Longs(Wide(block))))
        {
            Attributes = [("strides", Wide(strides)), ("dilations", Wide(dilations)), ("pads", Wide(pads))], Constants = ["image", "block"], PlanInputs = ["x"],
            PlanAttributes = $"kernel_shape={Text(block)} strides={Text(strides)} dilations={Text(dilations)} pads={Text(pads)}",
            // ONNX Runtime's own is wrong for some images that are not two-dimensional.
            Definition = axes == 2 ? null : builder => AsConvTranspose(builder, channels, block, counts, image, strides, dilations, pads),
        };
    }

    /// <summary>The same as a convolution whose weight has a single one for each element of a block.</summary>
    private static void AsConvTranspose(OnnxBuilder builder, int channels, int[] block, int[] counts, int[] image, int[] strides, int[] dilations, int[] pads)
    {
        int elements = block.Aggregate(1, (product, length) => product * length), axes = block.Length;
        float[] weight = new float[channels * elements * elements];
        for (int c = 0; c < channels * elements; c++) weight[c * elements + c % elements] = 1f;
        long[] rest = [.. Enumerable.Range(0, axes).Select(d => (long)image[d] - ((counts[d] - 1) * strides[d] + (block[d] - 1) * dilations[d] + 1 - pads[d] - pads[axes + d]))];
        builder.Initializer("apart", HostTensor.Longs([0, channels * elements, .. Wide(counts)])).Initializer("weight", HostTensor.Of(weight, [channels * elements, 1, .. block]))
            .Node("Reshape", ["x", "apart"], ["blocks"]).Node("ConvTranspose", ["blocks", "weight"], ["out0"], ("group", (long)channels), ("strides", Wide(strides)), ("dilations", Wide(dilations)),
                ("pads", Wide(pads)), ("output_padding", rest));
    }

    private static long[] Wide(int[] numbers) => Array.ConvertAll(numbers, number => (long)number);
}
