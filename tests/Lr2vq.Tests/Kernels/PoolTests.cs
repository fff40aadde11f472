using System;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Kernels;

[Trait("Isa", "true")]
public sealed class PoolTests
{
    [Fact]
    public void Windows()
    {
        var random = new Random(6);
        for (int round = 0; round < 25; round++)
        {
            int n = random.Next(1, 3), c = random.Next(1, 40), h = random.Next(1, 15), w = random.Next(1, 30);
            int kh = random.Next(1, Math.Min(h, 5) + 1), kw = random.Next(1, Math.Min(w, 5) + 1), sy = random.Next(1, 4), sx = random.Next(1, 4);
            int dy = (kh - 1) * 2 < h ? random.Next(1, 3) : 1, dx = (kw - 1) * 2 < w ? random.Next(1, 3) : 1;
            int top = random.Next(0, kh), left = random.Next(0, kw), bottom = random.Next(0, kh), right = random.Next(0, kw);
            bool ceiling = random.Next(2) == 0, include = random.Next(2) == 0;
            int oh = Outputs(h + top + bottom, (kh - 1) * dy + 1, sy, ceiling, h + top), ow = Outputs(w + left + right, (kw - 1) * dx + 1, sx, ceiling, w + left);
            TestTensor x = TestTensor.Random(random, [n, c, h, w]);
            int[] shape = [n, c, oh, ow];
            string attributes = $"kernel_shape={kh},{kw} strides={sy},{sx} dilations={dy},{dx} pads={top},{left},{bottom},{right}{(include ? " count_include_pad=1" : "")}";
            float[] max = new float[n * c * oh * ow], mean = new float[max.Length], norm = new float[max.Length];
            for (int i = 0; i < max.Length; i++)
            {
                int image = i / (oh * ow), oy = i / ow % oh, ox = i % ow, count = 0;
                double sum = 0, squares = 0, largest = double.NegativeInfinity;
                for (int ky = 0; ky < kh; ky++)
                    for (int kx = 0; kx < kw; kx++)
                    {
                        int iy = oy * sy - top + ky * dy, ix = ox * sx - left + kx * dx;
                        bool inside = iy >= 0 && iy < h && ix >= 0 && ix < w;
                        if (inside || (include && iy < h + bottom && ix < w + right)) count++;
                        if (!inside) continue;
                        double value = x.Values[(image * h + iy) * w + ix];
                        sum += value;
                        squares += value * value;
                        largest = Math.Max(largest, value);
                    }
                (max[i], mean[i], norm[i]) = ((float)largest, (float)(sum / count), (float)Math.Sqrt(squares));
            }
            if (mean.Any(float.IsNaN)) continue;     // a window that lies in the padding
            OperatorBench.Near(norm, OperatorBench.Run<LpPool>(attributes, shape, TensorLayout.Plain, x), "LpPool " + attributes);
            foreach (Isa isa in VectorWidths.All)
                foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    string what = $"[{string.Join(',', x.Shape)}] to [{string.Join(',', shape)}] {isa} {layout} {attributes}";
                    Assert.Equal(max, OperatorBench.Run<MaxPool>(attributes, shape, layout, x with { Layout = layout }));
                    OperatorBench.Near(mean, OperatorBench.Run<AveragePool>(attributes, shape, layout, x with { Layout = layout }), what);
                }
        }
    }

    private static int Outputs(int length, int kernel, int stride, bool ceiling, int begin)
    {
        int outputs = (length - kernel + (ceiling ? stride - 1 : 0)) / stride + 1;
        return ceiling && (outputs - 1) * stride >= begin ? outputs - 1 : outputs;
    }

    [Fact]
    public void Whole_images()
    {
        var random = new Random(8);
        foreach ((int n, int c, int h, int w) in new[] { (1, 20, 7, 7), (2, 3, 1, 1), (3, 16, 9, 31), (1, 1, 100, 3) })
            foreach (Isa isa in VectorWidths.All)
                foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    TestTensor x = TestTensor.Random(random, [n, c, h, w], layout);
                    float[][] images = x.Values.Chunk(h * w).ToArray();
                    OperatorBench.Near(images.Select(i => i.Average()).ToArray(),
                        OperatorBench.Run<GlobalAveragePool>("", [n, c, 1, 1], layout, x), $"mean {h}×{w} {isa} {layout}");
                    Assert.Equal(images.Select(i => i.Max()).ToArray(), OperatorBench.Run<GlobalMaxPool>("", [n, c, 1, 1], layout, x));
                }
    }

    /// <summary>A window that holds a NaN is NaN, wherever it stands; infinities are numbers like others.</summary>
    [Fact]
    public void Special_numbers()
    {
        var random = new Random(9);
        for (int round = 0; round < 12; round++)
        {
            int c = random.Next(1, 40), h = random.Next(3, 12), w = random.Next(3, 20), kernel = random.Next(1, 4), stride = random.Next(1, 3);
            TestTensor x = TestTensor.Random(random, [1, c, h, w]);
            for (int i = 0; i < x.Values.Length; i++)
                if (random.Next(6) == 0) x.Values[i] = new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity }[random.Next(3)];
            int oh = (h - kernel) / stride + 1, ow = (w - kernel) / stride + 1;
            float[] expected = new float[c * oh * ow], whole = [.. x.Values.Chunk(h * w).Select(image => image.Aggregate(float.NegativeInfinity, Math.Max))];
            for (int i = 0; i < expected.Length; i++)
            {
                float largest = float.NegativeInfinity;
                for (int k = 0; k < kernel * kernel; k++)
                    largest = Math.Max(largest, x.Values[(i / (oh * ow) * h + i / ow % oh * stride + k / kernel) * w + i % ow * stride + k % kernel]);
                expected[i] = largest;
            }
            string attributes = $"kernel_shape={kernel},{kernel} strides={stride},{stride}";
            foreach (Isa isa in VectorWidths.All)
                foreach (TensorLayout layout in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    Assert.Equal(expected, OperatorBench.Run<MaxPool>(attributes, [1, c, oh, ow], layout, x with { Layout = layout }));
                    Assert.Equal(whole, OperatorBench.Run<GlobalMaxPool>("", [1, c, 1, 1], layout, x with { Layout = layout }));
                }
            byte[] model = OnnxBuilder.OneNode("MaxPool", 12, [("x", HostTensor.Of(x.Values, 1, c, h, w))], ["y", "i"],
                [("kernel_shape", new long[] { kernel, kernel }), ("strides", new long[] { stride, stride })]);
            HostTensor[] found = ManagedChain.Run(model, ("x", HostTensor.Of(x.Values, 1, c, h, w)));
            Assert.Equal(expected, found[0].Values<float>().ToArray());
            Assert.Equal(expected, found[1].Values<long>().ToArray().Select(index => x.Values[index]));
        }
    }
}
