using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

/// <content>Bounds, borders, axes and scales that are data; the model declares the shape of the result.</content>
internal static partial class OperatorCases
{
    private static void AddData(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Slice of data"] = draw => OfData(Slice(draw, draw.Shape(1, 5), blocked: false));
        cases["Pad of data"] = draw => OfData(Pad(draw, draw.Shape(1, 4), blocked: false)) with { PlanInputs = ["x", "value", "pads"] };
        cases["Pad of some axes of data"] = draw =>
        {
            int[] shape = draw.Shape(1, 4), axes = draw.Permutation(shape.Length)[..draw.Int(1, shape.Length)];
            long[] named = [.. axes.Select(axis => (long)(draw.Chance() ? axis : axis - shape.Length))];
            return OfData(new("Pad", 18, ("x", draw.Floats(shape)), ("pads", draw.Longs(0, 3, 2 * axes.Length)), ("value", null), ("axes", HostTensor.Longs(named)))) with { PlanInputs = ["x", "value", "pads", "axes"] };
        };
        foreach (string op in new[] { "ReduceSum", "ReduceMax", "ReduceLogSumExp" })
            cases[$"{op} of data"] = draw =>
            {
                int[] shape = draw.Shape(1, 5), axes = draw.Permutation(shape.Length)[..draw.Int(1, shape.Length)];
                long[] named = [.. axes.Select(axis => (long)(draw.Chance() ? axis : axis - shape.Length))];
                OperatorCase made = OfData(new(op, 18, ("x", draw.Numbers(op == "ReduceLogSumExp" ? ElementType.Float32 : draw.Pick(NumberTypes), -3, 3, shape)), ("axes", HostTensor.Longs(named))));
                return made with { Attributes = [("keepdims", draw.Int(0, 1))], Tolerance = Tolerance.OfLargest(5e-6) };
            };
        cases["Range of data"] = draw => OfData(draw.Int(0, 2) switch
        {
            0 => new("Range", 11, ("start", HostTensor.Scalar((float)draw.Int(-9, 9))), ("limit", HostTensor.Scalar(draw.Float(10f, 30f))), ("delta", HostTensor.Scalar(draw.Pick(0.25f, 1.5f, 3f)))),
            1 => new("Range", 11, ("start", HostTensor.Scalar(draw.Int(20, 29))), ("limit", HostTensor.Scalar(draw.Int(-9, 19))), ("delta", HostTensor.Scalar(draw.Int(-5, -1)))),
            _ => new("Range", 11, ("start", HostTensor.Scalar((long)draw.Int(-9, 9))), ("limit", HostTensor.Scalar((long)draw.Int(10, 30))), ("delta", HostTensor.Scalar((long)draw.Int(1, 7)))),
        });
        foreach (string mode in new[] { "nearest", "linear", "cubic" })
            cases[$"Resize {mode} of data"] = draw => ResizeOfData(Resize(draw, mode, draw.Shape(draw.Pick(2, 4)), false, antialias: mode != "nearest" && draw.Chance(0.3)));
        cases["Resize crop of data"] = draw => ResizeOfData(Crop(draw, draw.Pick("nearest", "linear")));
        cases["Col2Im of data"] = draw =>
        {
            OperatorCase known = Col2Im(draw);
            string[] kept = [.. known.PlanAttributes!.Split(' ').Where(part => !part.StartsWith("kernel_shape=", StringComparison.Ordinal))];
            return OfData(known) with { PlanInputs = ["x", "block"], PlanAttributes = string.Join(' ', kept), Definition = known.Definition };
        };
        cases["DFT of data"] = draw =>
        {
            int[] shape = [draw.Int(1, 9), draw.Int(1, 9), draw.Int(1, 9), draw.Int(1, 2)];
            bool inverse = draw.Chance(0.3), half = !inverse && shape[^1] == 1 && draw.Chance();
            long axis = draw.Int(0, 2);
            return OfData(new("DFT", 20, ("x", draw.Floats(shape)), ("length", null), ("axis", HostTensor.Scalar(draw.Chance() ? axis : axis - 4)))) with
            {
                Attributes = [("inverse", inverse ? 1L : 0L), ("onesided", half ? 1L : 0L)], RunsAlone = false, Tolerance = SpectrumTolerance,
            };
        };
    }

    private static OperatorCase OfData(OperatorCase known) => known with { Constants = [], DeclaresShapes = true, CanBeBlocked = false, PlanInputs = null, PlanAttributes = known.Op == "Pad" && known.Attributes.Length > 0 ? $"mode={known.Attributes[0].Value}" : "" };

    private static OperatorCase ResizeOfData(OperatorCase known)
    {
        int rank = known.Inputs[0].Value!.Shape.Length;
        IEnumerable<string> kept = known.PlanAttributes!.Split(' ').Where(part => !part.StartsWith("scales=", StringComparison.Ordinal) && !part.StartsWith("roi=", StringComparison.Ordinal));
        return OfData(known) with { PlanInputs = ["x", "roi", "scales", "sizes"], PlanAttributes = string.Join(' ', kept) + " axes=" + string.Join(',', Enumerable.Range(0, rank)), Tolerance = known.Tolerance };
    }
}
