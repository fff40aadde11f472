using System;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Kernels;

[Trait("Isa", "true")]
public sealed class ConvTransposeTests
{
    [Fact]
    public void Random_shapes()
    {
        var random = new Random(9);
        for (int round = 0; round < 30; round++)
        {
            int n = random.Next(1, 3), groups = random.Next(3) == 0 ? random.Next(1, 4) : 1, c = random.Next(1, 24) * groups, o = random.Next(1, 40);
            if (round % 5 == 0) (c, o) = (16 * groups, 32);
            int h = random.Next(1, 8), w = random.Next(1, 12), kh = random.Next(1, 5), kw = random.Next(1, 5);
            int sy = random.Next(1, 4), sx = random.Next(1, 4), dy = random.Next(1, 3), dx = random.Next(1, 3);
            int top = random.Next(0, kh), left = random.Next(0, kw);
            int oh = (h - 1) * sy + (kh - 1) * dy + 1 - top - random.Next(0, kh) + random.Next(0, sy);
            int ow = (w - 1) * sx + (kw - 1) * dx + 1 - left - random.Next(0, kw) + random.Next(0, sx);
            if (oh < 1 || ow < 1) continue;
            Check(random, n, groups, c, o, h, w, kh, kw, sy, sx, dy, dx, top, left, oh, ow, round);
        }
    }

    /// <summary>Kernels as large as the stride: patches side by side.</summary>
    [Fact]
    public void Patches()
    {
        var random = new Random(10);
        for (int round = 0; round < 16; round++)
        {
            int n = random.Next(1, 3), c = random.Next(1, 50), o = round % 4 == 0 ? 1 : random.Next(1, 18), h = random.Next(1, 7), w = random.Next(1, 33);
            int sy = random.Next(1, 5), sx = round % 2 == 0 ? 2 : random.Next(1, 5);
            Check(random, n, 1, c, o, h, w, sy, sx, sy, sx, 1, 1, 0, 0, h * sy, w * sx, round);
        }
    }

    private static void Check(Random random, int n, int groups, int c, int o, int h, int w, int kh, int kw, int sy, int sx, int dy, int dx, int top, int left,
        int oh, int ow, int round)
    {
        TestTensor x = TestTensor.Random(random, [n, c, h, w]), weight = TestTensor.Random(random, [c, o, kh, kw]);
        TestTensor bias = TestTensor.Random(random, [o * groups]);
        int inputs = c / groups;
        int[] shape = [n, o * groups, oh, ow];
        var sums = new double[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < sums.Length; i++) sums[i] = bias.Values[i / (oh * ow) % (o * groups)];
        for (int i = 0; i < x.Values.Length; i++)
        {
            int channel = i / (h * w) % c, group = channel / inputs, iy = i / w % h, ix = i % w, image = i / (c * h * w);
            for (int oc = 0; oc < o; oc++)
                for (int ky = 0; ky < kh; ky++)
                    for (int kx = 0; kx < kw; kx++)
                    {
                        int oy = iy * sy - top + ky * dy, ox = ix * sx - left + kx * dx;
                        if (oy < 0 || oy >= oh || ox < 0 || ox >= ow) continue;
                        sums[((image * o * groups + group * o + oc) * oh + oy) * ow + ox] +=
                            (double)x.Values[i] * weight.Values[((channel * o + oc) * kh + ky) * kw + kx];
                    }
        }
        string act = round % 2 == 0 ? "act=sigmoid" : "act=relu";
        float[] expected = sums.Select(s => (float)(round % 2 == 0 ? 1 / (1 + Math.Exp(-s)) : Math.Max(0, s))).ToArray();
        string attributes = $"strides={sy},{sx} pads={top},{left},0,0 dilations={dy},{dx} group={groups} {act}";
        foreach (Isa isa in VectorWidths.All)
            foreach (TensorLayout from in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                foreach (TensorLayout to in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    float[] actual = OperatorBench.Run<ConvTranspose>(attributes, shape, to,
                        x with { Layout = from }, weight.AsWeight(WeightRole.ConvTranspose, groups), bias);
                    OperatorBench.Near(expected, actual, $"[{string.Join(',', x.Shape)}] {o} {kh}×{kw} {isa} {from} to {to} {attributes}", 1e-5);
                }
    }
}
