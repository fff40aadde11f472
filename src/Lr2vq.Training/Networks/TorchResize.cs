using System;
using System.Linq;
using Lr2vq.Operators;
using Lr2vq.Plans;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Resizing: one axis after the other, as a choice of indices or as a product with the weights that the run time uses.</summary>
internal static class TorchResize
{
    public static Tensor Run(StepCall c)
    {
        string mode = c.Attributes.Text("mode", "nearest"), coordinates = c.Attributes.Text("coordinate_transformation_mode", "half_pixel");
        if (c.Count > 1) throw new NotSupportedException("scales that are data have no torch form");
        if (c.Attributes.Flag("antialias") || coordinates == "tf_crop_and_resize") throw new NotSupportedException("Resize with antialias or a region has no torch form");
        long[] shape = c.Shape();
        float[] scales = c.Attributes.Reals("factors") is { Length: > 0 } factors ? [.. factors.Select(f => f.Evaluate(c.Symbols))] : c.Attributes.Floats("scales");
        Tensor y = c.X;
        if (y.shape.AsSpan().SequenceEqual(shape)) return y;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            long from = y.shape[axis], to = shape[axis];
            float scale = axis < scales.Length ? scales[axis] : (float)to / from;
            if (from == to && scale == 1f) continue;
            var places = new ResizeCoordinates(coordinates, scale, from, to, 0f, 1f);
            if (mode == "nearest")
            {
                y = y.index_select(axis, tensor([.. Enumerable.Range(0, (int)to).Select(i => Math.Clamp(Nearest(c.Attributes, places.At(i), scale < 1), 0, from - 1))]));
                continue;
            }
            ResizeTaps taps = mode == "cubic"
                ? ResizeTaps.Cubic(places, from, to, c.Attributes.Float("cubic_coeff_a", -0.75f), c.Attributes.Flag("exclude_outside"))
                : ResizeTaps.Linear(places, from, to);
            float[] matrix = new float[to * from];
            for (int i = 0; i < taps.Indices.Length; i++) matrix[i / taps.Count * from + taps.Indices[i]] += taps.Weights[i];
            y = y.transpose(axis, -1).matmul(TensorValues.Of(matrix, to, from).t()).transpose(axis, -1);
        }
        return y;
    }

    private static long Nearest(StepAttributes attributes, float place, bool shrinks)
    {
        // The tolerance is the run time's.
        bool half = Math.Abs(place - MathF.Floor(place) - 0.5f) <= 1e-6f;
        return attributes.Text("nearest_mode", "round_prefer_floor") switch
        {
            "floor" => (long)MathF.Floor(place),
            "ceil" => (long)MathF.Ceiling(place),
            "simple" => (long)(shrinks ? MathF.Ceiling(place) : place),
            "round_prefer_ceil" => (long)(half ? MathF.Ceiling(place) : MathF.Round(place)),
            _ => (long)(half ? MathF.Floor(place) : MathF.Round(place)),
        };
    }
}
