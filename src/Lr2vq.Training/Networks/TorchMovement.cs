using System;
using System.Linq;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Operators that move values about.</summary>
internal static class TorchMovement
{
    public static Tensor Slice(StepCall c)
    {
        if (c.Count > 1) throw new NotSupportedException("bounds that are data have no torch form");
        long[] axes = c.Longs("axes"), starts = c.Evaluated("starts"), steps = c.Longs("steps", [.. axes.Select(_ => 1)]), shape = c.Shape();
        Tensor y = c.X;
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = axes[i], length = shape[axis];
            y = steps[i] == 1 ? y.narrow(axis, length == 0 ? 0 : starts[i], length) : y.index_select(axis, arange(length, ScalarType.Int64) * steps[i] + starts[i]);
        }
        return y;
    }

    public static Tensor Pad(StepCall c)
    {
        if (c.Count > 2) throw new NotSupportedException("borders that are data have no torch form");
        long[] pads = c.Evaluated("pads");
        int rank = pads.Length / 2;
        string mode = c.Attributes.Text("mode", "constant");
        Tensor y = c.X;
        if (mode == "constant")
        {
            double value = c.Find(1) is { } given ? given.item<float>() : c.Attributes.Float("value", 0f);
            long[] reversed = [.. Enumerable.Range(0, rank).Reverse().SelectMany(axis => new[] { pads[axis], pads[rank + axis] })];
            return nn.functional.pad(y, reversed, value: value);
        }
        // Every other mode repeats what is there: indices for each axis.
        for (int axis = 0; axis < rank; axis++)
        {
            long length = y.shape[axis];
            if (pads[axis] == 0 && pads[rank + axis] == 0) continue;
            long[] from = [.. Enumerable.Range(0, (int)(pads[axis] + length + pads[rank + axis])).Select(i => Inside(i - pads[axis], length, mode))];
            y = y.index_select(axis, tensor(from));
        }
        return y;
    }

    public static Tensor Tile(StepCall c)
    {
        long[] shape = c.Shape(), x = c.X.shape;
        return c.X.repeat([.. shape.Select((length, axis) => x[axis] == 0 ? 1 : length / x[axis])]);
    }

    public static Tensor Gather(StepCall c)
    {
        int axis = c.Attributes.Int("axis", 0);
        return c.X.index_select(axis, FromEnd(c[1], c.X.shape[axis]).reshape(-1)).reshape(c.Shape());
    }

    /// <summary>Indices below zero count from the end.</summary>
    public static Tensor FromEnd(Tensor indices, long length)
    {
        Tensor wide = indices.to(ScalarType.Int64);
        return where(wide < 0, wide + length, wide);
    }

    public static Tensor DepthToSpace(StepCall c)
    {
        long b = c.Attributes.Int("blocksize", 1);
        long[] x = c.X.shape;
        return c.Attributes.Text("mode", "DCR") == "CRD"
            ? c.X.reshape(x[0], x[1] / (b * b), b, b, x[2], x[3]).permute(0, 1, 4, 2, 5, 3).reshape(c.Shape())
            : c.X.reshape(x[0], b, b, x[1] / (b * b), x[2], x[3]).permute(0, 3, 4, 1, 5, 2).reshape(c.Shape());
    }

    public static Tensor CumSum(StepCall c)
    {
        int axis = c.Attributes.Int("axis", 0);
        bool reverse = c.Attributes.Flag("reverse");
        Tensor x = reverse ? c.X.flip(axis) : c.X, y = x.cumsum(axis);
        if (c.Attributes.Flag("exclusive")) y = y - x;
        return reverse ? y.flip(axis) : y;
    }

    private static long Inside(long i, long length, string mode)
    {
        switch (mode)
        {
            case "edge": return Math.Clamp(i, 0, length - 1);
            case "wrap": return (i % length + length) % length;
            default:
                if (length == 1) return 0;
                long period = 2 * (length - 1), at = (i % period + period) % period;
                return at < length ? at : period - at;
        }
    }
}
