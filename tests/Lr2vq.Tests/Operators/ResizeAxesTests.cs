using System;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Linear interpolation along axes that ONNX Runtime does not have, batches and channels among them: what ONNX says, in double precision.</summary>
public sealed class ResizeAxesTests
{
    [Theory]
    [InlineData("half_pixel", new[] { 3, 4, 5, 6 }, new[] { 5, 2, 7, 4 }), InlineData("half_pixel", new[] { 2, 3, 4, 4 }, new[] { 3, 3, 4, 4 })]
    [InlineData("align_corners", new[] { 2, 5, 3, 4 }, new[] { 2, 9, 3, 7 }), InlineData("asymmetric", new[] { 4, 3, 2, 5 }, new[] { 2, 6, 4, 5 })]
    [InlineData("pytorch_half_pixel", new[] { 3, 4, 2 }, new[] { 5, 1, 3 }), InlineData("half_pixel", new[] { 2, 3, 2, 3, 2 }, new[] { 3, 2, 4, 3, 5 })]
    public void Interpolates_every_axis(string coordinates, int[] from, int[] to)
    {
        HostTensor x = RandomTensor.Floats(5, -2, 2, from), sizes = HostTensor.Longs([.. to.Select(length => (long)length)]);
        byte[] model = OnnxBuilder.OneNode("Resize", 13, [("x", x), ("roi", null), ("scales", null), ("sizes", sizes)], ["y"],
            [("mode", "linear"), ("coordinate_transformation_mode", coordinates)], constants: ["sizes"]);
        double[] values = x.ToDoubles();
        int[] shape = [.. from];
        for (int axis = 0; axis < shape.Length; axis++)
        {
            values = Interpolate(values, shape, axis, to[axis], coordinates);
            shape[axis] = to[axis];
        }
        HostTensor expected = HostTensor.Of([.. values.Select(value => (float)value)], to);
        Tolerance.OfLargest(2e-6).Check(expected, ManagedChain.Run(model, ("x", x))[0]);
    }

    private static double[] Interpolate(double[] x, int[] shape, int axis, int length, string coordinates)
    {
        int old = shape[axis], inner = shape[(axis + 1)..].Aggregate(1, (a, b) => a * b), outer = x.Length / (old * inner);
        double scale = (double)length / old;
        double[] y = new double[outer * length * inner];
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < length; i++)
            {
                double place = Math.Clamp(coordinates switch
                {
                    "align_corners" => length == 1 ? 0 : i * (old - 1.0) / (length - 1),
                    "asymmetric" => i / scale,
                    "pytorch_half_pixel" when length == 1 => 0,
                    _ => (i + 0.5) / scale - 0.5,
                }, 0, old - 1);
                int low = (int)place, high = Math.Min(low + 1, old - 1);
                for (int k = 0; k < inner; k++)
                    y[(o * length + i) * inner + k] = x[(o * old + low) * inner + k] * (1 - (place - low)) + x[(o * old + high) * inner + k] * (place - low);
            }
        return y;
    }
}
