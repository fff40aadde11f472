using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

internal static partial class OperatorCases
{
    private static void AddResizing(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Resize nearest"] = draw => Resize(draw, "nearest", draw.Shape(1, 5), false);
        cases["Resize nearest on blocks"] = draw => Resize(draw, "nearest", draw.Shape(4), true);
        cases["Resize linear"] = draw => Resize(draw, "linear", draw.Shape(draw.Pick(2, 3, 4, 5)), false);
        cases["Resize linear on blocks"] = draw => Resize(draw, "linear", draw.Shape(4), true);
        cases["Resize cubic"] = draw => Resize(draw, "cubic", draw.Shape(draw.Pick(2, 4)), false);
        cases["Resize antialiased"] = draw => Resize(draw, draw.Pick("linear", "cubic"), draw.Shape(4), false, antialias: true);
        cases["Resize crop"] = draw => Crop(draw, draw.Pick("nearest", "linear"));
    }

    private static OperatorCase Resize(Draw draw, string mode, int[] shape, bool blocked, bool antialias = false)
    {
        // Interpolation is about the last axes only, as everywhere.
        int first = mode == "nearest" && !blocked ? 0 : Math.Min(2, shape.Length - 1);
        if (mode != "nearest" && shape.Length == 2) first = 0;
        if (mode == "linear" && shape.Length == 3) first = 0;
        int[] sizes = [.. shape.Select((length, d) => d < first ? length : draw.Chance(0.3) ? length * 2 : draw.Int(1, 12))];
        bool byScale = draw.Chance();
        float[] scales = [.. shape.Select((length, d) => d < first ? 1f : draw.Pick(0.5f, 2f, 1f, 3f, draw.Float(0.4f, 2.5f)))];
        for (int d = 0; d < scales.Length; d++)
            if ((int)(shape[d] * scales[d]) < 1) scales[d] = 1f;
        string transformation = draw.Pick("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", antialias ? "half_pixel" : "half_pixel_symmetric");
        string nearest = draw.Pick("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
        float a = draw.Float(-0.9f, -0.4f);
        int exclude = mode == "cubic" ? draw.Int(0, 1) : 0;
        List<(string, object)> attributes = [("mode", mode), ("coordinate_transformation_mode", transformation)];
        if (mode == "nearest") attributes.Add(("nearest_mode", nearest));
        if (mode == "cubic") attributes.AddRange([("cubic_coeff_a", a), ("exclude_outside", exclude)]);
        if (antialias) attributes.Add(("antialias", 1));
        string plan = $"mode={mode} coordinate_transformation_mode={transformation} nearest_mode={nearest} cubic_coeff_a={OperatorCase.Float(a)} exclude_outside={exclude}"
            + (antialias ? " antialias=1" : "") + (byScale ? " scales=" + string.Join(',', scales.Select(OperatorCase.Float)) : "");
        return new("Resize", 19, ("x", draw.Floats(shape)), ("roi", null), ("scales", byScale ? HostTensor.Of(scales, scales.Length) : null),
            ("sizes", byScale ? null : HostTensor.Longs(Longs(sizes))))
        {
            Attributes = [.. attributes],
            Constants = ["scales", "sizes"],
            PlanAttributes = plan,
            PlanInputs = ["x"],
            CanBeBlocked = blocked,
            Tolerance = mode == "nearest" ? Tolerance.Exact : Tolerance.OfLargest(5e-6),
        };
    }

    private static OperatorCase Crop(Draw draw, string mode)
    {
        int[] shape = draw.Shape(4);
        float[] roi = [0, 0, draw.Float(-0.3f, 0.4f), draw.Float(-0.3f, 0.4f), 1, 1, draw.Float(0.6f, 1.3f), draw.Float(0.6f, 1.3f)];
        long[] sizes = [shape[0], shape[1], draw.Int(1, 9), draw.Int(1, 9)];
        float value = draw.Float(-2, 2);
        return new("Resize", 13, ("x", draw.Floats(shape)), ("roi", HostTensor.Of(roi, 8)), ("scales", null), ("sizes", HostTensor.Longs(sizes)))
        {
            Attributes = [("mode", mode), ("coordinate_transformation_mode", "tf_crop_and_resize"), ("extrapolation_value", value)],
            Constants = ["roi", "sizes"],
            PlanAttributes = $"mode={mode} coordinate_transformation_mode=tf_crop_and_resize extrapolation_value={OperatorCase.Float(value)} roi="
                + string.Join(',', roi.Select(OperatorCase.Float)),
            PlanInputs = ["x"],
            CanBeBlocked = true,
            Tolerance = mode == "nearest" ? Tolerance.Exact : Tolerance.OfLargest(5e-6),
        };
    }
}
