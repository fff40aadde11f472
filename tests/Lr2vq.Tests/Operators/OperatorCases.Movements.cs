using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Tests.Operators;

internal static partial class OperatorCases
{
    private static void AddMovements(Dictionary<string, Func<Draw, OperatorCase>> cases)
    {
        cases["Reshape"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            long[] target = [.. shape.Select(d => (long)d).Reverse()];
            if (draw.Chance()) target[draw.Int(0, target.Length - 1)] = -1;
            return new("Reshape", 13, ("x", AnyType(draw, shape)), ("shape", HostTensor.Longs(target))) { Constants = ["shape"], RunsAlone = false };
        };
        cases["Flatten"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return new("Flatten", 13, ("x", draw.Floats(shape))) { Attributes = [("axis", draw.Int(-shape.Length, shape.Length))], RunsAlone = false };
        };
        cases["Squeeze"] = draw =>
        {
            int[] shape = draw.Shape(2, 4);
            int axis = draw.Int(0, shape.Length - 1);
            shape[axis] = 1;
            return new("Squeeze", 13, ("x", draw.Floats(shape)), ("axes", HostTensor.Longs(draw.Chance() ? axis : axis - shape.Length))) { Constants = ["axes"], RunsAlone = false };
        };
        cases["Unsqueeze"] = draw =>
        {
            int[] shape = draw.Shape(1, 3);
            return new("Unsqueeze", 13, ("x", draw.Floats(shape)), ("axes", HostTensor.Longs(draw.Int(-shape.Length - 1, shape.Length)))) { Constants = ["axes"], RunsAlone = false };
        };
        cases["Transpose"] = draw =>
        {
            int[] shape = draw.Shape(1, 5);
            return new("Transpose", 13, ("x", AnyType(draw, shape))) { Attributes = [("perm", Longs(draw.Permutation(shape.Length)))] };
        };
        cases["Transpose of matrices"] = draw =>
            new("Transpose", 13, ("x", draw.Floats(draw.Int(1, 3), draw.Int(30, 100), draw.Int(30, 100)))) { Attributes = [("perm", new long[] { 0, 2, 1 })] };
        cases["Expand"] = draw =>
        {
            int[] shape = draw.Shape(1, 5);
            return new("Expand", 13, ("x", AnyType(draw, draw.BroadcastTo(shape))), ("shape", HostTensor.Longs(Longs(shape))))
            {
                Constants = ["shape"], PlanAttributes = "",
            };
        };
        cases["Tile"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return new("Tile", 13, ("x", AnyType(draw, shape)), ("repeats", HostTensor.Longs([.. shape.Select(_ => (long)draw.Int(1, 3))])))
            {
                Constants = ["repeats"], PlanAttributes = "",
            };
        };
        cases["Slice"] = draw => Slice(draw, draw.Shape(1, 5), blocked: false);
        cases["Slice on blocks"] = draw => Slice(draw, draw.Shape(4), blocked: true);
        cases["Concat"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            return Concat(draw, draw.Int(0, shape.Length - 1), _ => shape);
        };
        cases["Concat on blocks"] = draw =>
        {
            int[] shape = draw.Shape(4);
            return Concat(draw, draw.Pick(1, 1, 2, 3), _ => shape, blocked: true);
        };
        cases["Split"] = draw => Split(draw, draw.Shape(1, 4), blocked: false);
        cases["Split on blocks"] = draw => Split(draw, draw.Shape(4), blocked: true);
        cases["Pad"] = draw => Pad(draw, draw.Shape(1, 4), blocked: false);
        cases["Pad on blocks"] = draw => Pad(draw, draw.Shape(4), blocked: true);
        cases["DepthToSpace"] = draw =>
        {
            int block = draw.Int(1, 3);
            int[] shape = draw.Shape(4);
            shape[1] = block * block * draw.Int(1, 3);
            return new("DepthToSpace", 13, ("x", draw.Floats(shape))) { Attributes = [("blocksize", block), ("mode", draw.Pick("DCR", "CRD"))] };
        };
        cases["SpaceToDepth"] = draw =>
        {
            int block = draw.Int(1, 3);
            int[] shape = draw.Shape(4);
            (shape[2], shape[3]) = (block * draw.Int(1, 4), block * draw.Int(1, 9));
            return new("SpaceToDepth", 13, ("x", draw.Floats(shape))) { Attributes = [("blocksize", block)] };
        };
        cases["Trilu"] = draw =>
        {
            int upper = draw.Int(0, 1), k = draw.Int(-5, 5);
            return new("Trilu", 14, ("x", draw.Chance() ? draw.Floats(draw.Shape(2, 4)) : draw.Longs(-9, 9, draw.Shape(2, 4))), ("k", HostTensor.Scalar((long)k)))
            {
                Attributes = [("upper", upper)], Constants = ["k"], PlanAttributes = $"upper={upper} k={k}",
            };
        };
        cases["Trilu of a diagonal that is data"] = draw =>
        {
            int upper = draw.Int(0, 1);
            return new("Trilu", 14, ("x", draw.Chance() ? draw.Floats(draw.Shape(2, 4)) : draw.Longs(-9, 9, draw.Shape(2, 4))), ("k", HostTensor.Scalar((long)draw.Int(-5, 5)))) { Attributes = [("upper", upper)], PlanAttributes = $"upper={upper}" };
        };
        cases["CumSum along an axis that is data"] = draw =>
        {
            int[] shape = draw.Shape(1, 3);
            return new("CumSum", 14, ("x", draw.Numbers(draw.Pick(ElementType.Float32, ElementType.Int64), -9, 9, shape)), ("axis", HostTensor.Scalar((long)draw.Int(-shape.Length, shape.Length - 1))))
            {
                Attributes = [("exclusive", (long)draw.Int(0, 1)), ("reverse", (long)draw.Int(0, 1))], RunsAlone = false, Tolerance = Tolerance.OfLargest(1e-5),
            };
        };
        cases["Expect"] = draw =>
        {
            int[] shape = draw.Shape(1, 4);
            string values = string.Join(',', shape);
            return new("Reshape", 14, ("x", draw.Numbers(draw.Pick(ElementType.Float32, ElementType.Int64), -9, 9, shape)), ("shape", HostTensor.Longs([.. shape.Select(d => (long)d)])))
            {
                PlanName = "Expect", PlanAttributes = $"values={values}", DeclaresShapes = true, Tolerance = Tolerance.Exact,
            };
        };
        cases["EyeLike"] = draw =>
        {
            int k = draw.Int(-3, 3);
            return new("EyeLike", 9, ("x", draw.Floats(draw.Shape(2))))
            {
                Attributes = [("k", k), ("dtype", (int)draw.Pick(ElementType.Float32, ElementType.Int64))], PlanAttributes = $"k={k}",
            };
        };
    }

    private static OperatorCase Slice(Draw draw, int[] shape, bool blocked)
    {
        int[] axes = blocked ? draw.Pick(new[] { 2 }, [3], [2, 3]) : draw.Axes(shape.Length);
        long[] starts = new long[axes.Length], ends = new long[axes.Length], steps = new long[axes.Length], resolved = new long[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            int length = shape[axes[i]];
            steps[i] = draw.Pick(1, 1, 2, 3, -1, -2);
            int first = draw.Int(0, length - 1);
            resolved[i] = first;
            starts[i] = draw.Chance() ? first : first - length;
            // At least one element.
            ends[i] = steps[i] > 0 ? (draw.Chance() ? int.MaxValue : draw.Int(first + 1, length)) : (draw.Chance() ? int.MinValue : first - 1 - length);
        }
        return new("Slice", 13, ("x", blocked ? draw.Floats(shape) : AnyType(draw, shape)), ("starts", HostTensor.Longs(starts)), ("ends", HostTensor.Longs(ends)),
            ("axes", HostTensor.Longs(Longs(axes))), ("steps", HostTensor.Longs(steps)))
        {
            Constants = ["starts", "ends", "axes", "steps"],
            PlanAttributes = $"axes={string.Join(',', axes)} starts={string.Join(',', resolved)} steps={string.Join(',', steps)}",
            CanBeBlocked = blocked,
        };
    }

    private static OperatorCase Concat(Draw draw, int axis, Func<int, int[]> shapeOf, bool blocked = false)
    {
        int count = draw.Int(1, 4);
        (string, HostTensor?)[] inputs = new (string, HostTensor?)[count];
        for (int i = 0; i < count; i++)
        {
            int[] shape = [.. shapeOf(i)];
            shape[axis] = blocked && axis == 1 ? draw.Int(1, 40) : draw.Int(1, 9);
            inputs[i] = ($"x{i}", draw.Floats(shape));
        }
        return new("Concat", 13, inputs) { Attributes = [("axis", axis)], CanBeBlocked = blocked };
    }

    private static OperatorCase Split(Draw draw, int[] shape, bool blocked)
    {
        int axis = blocked ? draw.Pick(1, 1, 2, 3) : draw.Int(0, shape.Length - 1), count = draw.Int(1, 3);
        long[] sizes = new long[count];
        for (int i = 0; i < count; i++) sizes[i] = blocked && axis == 1 ? (i == count - 1 ? draw.Int(1, 40) : 16) : draw.Int(1, 9);
        shape[axis] = (int)sizes.Sum();
        return new("Split", 13, ("x", draw.Floats(shape)), ("split", HostTensor.Longs(sizes)))
        {
            Attributes = [("axis", axis)], Constants = ["split"], Outputs = count, CanBeBlocked = blocked,
        };
    }

    private static OperatorCase Pad(Draw draw, int[] shape, bool blocked)
    {
        string mode = draw.Pick("constant", "constant", "edge", "reflect", "wrap");
        long[] pads = new long[2 * shape.Length];
        for (int i = 0; i < pads.Length; i++)
        {
            int axis = i % shape.Length, length = shape[axis];
            if (blocked && axis < 2) continue;
            int most = mode is "reflect" or "wrap" ? length - 1 : 4;
            pads[i] = draw.Chance(0.7) ? draw.Int(0, Math.Min(most, 4)) : 0;
            // A negative one takes away, but not everything.
            if (mode == "constant" && length > 3 && draw.Chance(0.2)) pads[i] = -1;
        }
        float value = draw.Float(-2, 2);
        bool given = mode == "constant" && draw.Chance();
        return new("Pad", mode == "wrap" ? 19 : 13, ("x", draw.Floats(shape)), ("pads", HostTensor.Longs(pads)), ("value", given ? HostTensor.Scalar(value) : null))
        {
            Attributes = [("mode", mode)],
            Constants = ["pads", "value"],
            PlanAttributes = $"pads={string.Join(',', pads)} mode={mode}" + (given ? $" value={OperatorCase.Float(value)}" : ""),
            CanBeBlocked = blocked,
        };
    }

    /// <summary>One, four or eight bytes an element.</summary>
    private static HostTensor AnyType(Draw draw, int[] shape) => draw.Int(0, 3) switch
    {
        0 => draw.Longs(-99, 99, shape),
        1 => draw.Bools(shape),
        _ => draw.Floats(shape),
    };

    private static long[] Longs(int[] values) => Array.ConvertAll(values, v => (long)v);
}
