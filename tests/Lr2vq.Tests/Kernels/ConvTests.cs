using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Convolution in every width, layout and form against the definition.</summary>
[Trait("Isa", "true")]
public sealed class ConvTests
{
    private static readonly string[] Activations =
    [
        "", "act=relu", $"act=clip actp={OperatorBench.Bits(-0.25f)},{OperatorBench.Bits(0.5f)}", $"act=clip actp={OperatorBench.Bits(0.25f)},{OperatorBench.Bits(6f)}",
        "act=hardswish", "act=hardsigmoid", "act=sigmoid", "act=silu", "act=leakyrelu",
    ];

    private sealed record Case(int N, int C, int H, int W, int O, int Kh, int Kw, int Sy, int Sx, int Dy, int Dx, int Top, int Left, int Bottom, int Right, int Groups)
    {
        public int Oh => (H + Top + Bottom - (Kh - 1) * Dy - 1) / Sy + 1;
        public int Ow => (W + Left + Right - (Kw - 1) * Dx - 1) / Sx + 1;
    }

    [Fact]
    public void Plain_shapes() => All(
        new(1, 16, 8, 9, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        new(2, 24, 7, 7, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        new(1, 3, 17, 19, 20, 7, 7, 2, 2, 1, 1, 3, 3, 3, 3, 1),
        new(1, 1, 12, 30, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        new(1, 4, 9, 11, 5, 2, 5, 3, 3, 1, 2, 1, 2, 0, 1, 1));

    [Fact]
    public void Pointwise() => All(
        new(1, 64, 7, 7, 96, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1),
        new(3, 33, 5, 31, 17, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1),
        new(2, 32, 9, 9, 32, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0, 1),
        new(1, 20, 9, 9, 30, 1, 1, 3, 3, 1, 1, 0, 0, 0, 0, 1),
        new(1, 16, 6, 6, 16, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        new(1, 480, 1, 1, 120, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1));

    [Fact]
    public void Groups() => All(
        new(1, 32, 6, 6, 64, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2),
        new(2, 12, 6, 7, 18, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 3),
        new(1, 20, 5, 5, 40, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 20),
        new(1, 48, 5, 5, 24, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 3));

    [Fact]
    public void Depthwise() => All(
        new(2, 24, 13, 14, 24, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 24),
        new(1, 16, 15, 17, 16, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 16),
        new(1, 17, 9, 23, 17, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2, 17),
        new(1, 40, 10, 12, 40, 5, 5, 2, 1, 1, 1, 2, 2, 2, 2, 40),
        new(1, 16, 3, 2, 16, 5, 5, 1, 1, 1, 1, 2, 2, 2, 2, 16),
        new(1, 16, 12, 12, 16, 3, 3, 1, 1, 2, 3, 2, 3, 2, 3, 16),
        new(1, 16, 8, 8, 16, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 16),
        new(1, 20, 7, 7, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 20),
        new(1, 16, 9, 40, 16, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 16),
        new(1, 16, 1, 1, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 16),
        new(2, 16, 2, 3, 16, 3, 3, 1, 1, 1, 1, 2, 2, 2, 2, 16),
        new(1, 16, 5, 6, 16, 3, 3, 1, 1, 1, 1, 3, 3, 3, 4, 16),
        new(1, 18, 14, 14, 18, 5, 5, 2, 2, 1, 1, 2, 2, 2, 2, 18),
        new(1, 16, 11, 31, 16, 3, 5, 2, 2, 3, 1, 1, 2, 1, 1, 16),
        new(1, 16, 6, 50, 16, 5, 3, 1, 2, 1, 1, 4, 0, 4, 1, 16),
        new(1, 16, 12, 12, 16, 7, 7, 1, 1, 1, 1, 3, 3, 3, 3, 16),
        new(1, 16, 60, 25, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 16));

    /// <summary>So few pixels that weights are multiplied as they lie: levels in a basis or not, moved, wide, with scales of inputs, and rows of bytes.</summary>
    [Fact]
    public void Few_pixels()
    {
        Case[] cases =
        [
            new(1, 40, 2, 2, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1), new(1, 16, 4, 4, 48, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1), new(1, 33, 5, 3, 20, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1),
            new(3, 24, 1, 1, 17, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1), new(1, 48, 1, 1, 19, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1), new(1, 20, 1, 7, 35, 1, 3, 1, 2, 1, 1, 0, 1, 0, 1, 1),
            new(2, 9, 3, 3, 16, 2, 2, 1, 1, 1, 2, 1, 0, 0, 1, 1), new(1, 12, 3, 3, 5, 3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 1), new(1, 17, 3, 3, 16, 3, 3, 3, 3, 1, 1, 0, 0, 0, 0, 1),
            new(1, 130, 1, 3, 18, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1), new(1, 8, 4, 4, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1), new(5, 18, 2, 1, 7, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1),
        ];
        foreach (Case c in cases)
        {
            int taps = c.Kh * c.Kw;
            TensorIdentity identity = CodecCases.Conv(c.O, c.C, c.Kh, c.Kw);
            foreach (bool basis in taps > 1 ? new[] { false, true } : [false])
                foreach ((bool shifted, int largest, int sets) in new[] { (false, 100, 0), (true, 30, 0), (true, 30, 1), (false, basis ? 100 : 3000, 1) })
                    for (int seed = 0; seed < 2; seed++)
                        All(TransformTensor.Pack(identity, TransformTensorTests.Factors(c.O, c.C, taps, basis, shifted, largest, seed, sets)), c);
            float[] values = TestTensor.Random(new Random(c.O), [c.O, c.C, c.Kh, c.Kw]).Values;
            foreach (DenseEncoding encoding in new[] { DenseEncoding.Int8, DenseEncoding.Fp32, DenseEncoding.Fp16, DenseEncoding.Planes })
                All(DenseTensor.Pack(identity, values, encoding), c);
        }
    }

    /// <summary>One long kernel for each output, as in a spectrogram.</summary>
    [Fact]
    public void Frames()
    {
        Case[] cases =
        [
            new(1, 1, 1, 400, 33, 1, 64, 1, 16, 1, 1, 0, 0, 0, 0, 1), new(2, 1, 1, 200, 16, 1, 50, 1, 7, 1, 1, 0, 0, 0, 0, 1), new(1, 1, 1, 832, 258, 1, 256, 1, 128, 1, 1, 0, 0, 0, 0, 1),
            new(1, 1, 1, 40, 5, 1, 40, 1, 1, 1, 1, 0, 0, 0, 0, 1), new(1, 1, 1, 300, 20, 1, 32, 1, 3, 1, 1, 0, 5, 0, 5, 1), new(1, 1, 1, 300, 18, 1, 33, 1, 40, 1, 2, 0, 0, 0, 0, 1),
        ];
        All(cases);
        foreach (Case c in cases)
        {
            TensorIdentity identity = CodecCases.Conv(c.O, 1, 1, c.Kw);
            All(DenseTensor.Pack(identity, TestTensor.Random(new Random(c.O), [c.O, 1, 1, c.Kw]).Values, DenseEncoding.Int8), c);
            foreach (int sets in new[] { 0, 1 })
                for (int seed = 1; seed < 4; seed += 2) All(TransformTensor.Pack(identity, TransformTensorTests.Factors(c.O, 1, c.Kw, false, sets == 0, 60, seed, sets)), c);
        }
    }

    [Fact]
    public void Random_shapes()
    {
        var random = new Random(20);
        All(Enumerable.Range(0, 30).Select(_ =>
        {
            int groups = random.Next(4) == 0 ? random.Next(1, 5) : 1;
            int kh = random.Next(1, 5), kw = random.Next(1, 5), dy = random.Next(1, 3), dx = random.Next(1, 3);
            var c = new Case(random.Next(1, 4), random.Next(1, 40) * groups, random.Next(1, 20), random.Next(1, 40), random.Next(1, 80) * groups,
                kh, kw, random.Next(1, 4), random.Next(1, 4), dy, dx, random.Next(0, kh), random.Next(0, kw), random.Next(0, kh), random.Next(0, kw), groups);
            // Kernels that do not fit get more padding.
            return c with { Bottom = Math.Max(c.Bottom, (kh - 1) * dy + 1 - c.H - c.Top), Right = Math.Max(c.Right, (kw - 1) * dx + 1 - c.W - c.Left) };
        }).ToArray());
    }

    [Fact]
    public void Windows_and_batches() => All(
        new(3, 16, 30, 120, 24, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        new(2, 64, 20, 60, 48, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1),
        new(2, 256, 6, 6, 144, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1));

    private static void All(params Case[] cases)
    {
        var random = new Random(7);
        foreach (Case c in cases)
            One(random, c, TestTensor.Random(random, [c.O, c.C / c.Groups, c.Kh, c.Kw]));
    }

    /// <summary>A weight as a codec holds it.</summary>
    private static void All(EncodedTensor weight, Case c)
    {
        using var opened = new OpenedTensor(weight);
        One(new Random(9), c, new TestTensor([c.O, c.C / c.Groups, c.Kh, c.Kw], opened.Decode()) { Tensor = opened.Tensor });
    }

    private static void One(Random random, Case c, TestTensor w)
    {
        TestTensor x = TestTensor.Random(random, [c.N, c.C, c.H, c.W]);
        TestTensor bias = TestTensor.Random(random, [c.O]), residual = TestTensor.Random(random, [c.N, c.O, c.Oh, c.Ow]);
        float[] sums = Reference(c, x.Values, w.Values);
        foreach (Isa isa in VectorWidths.All)
            foreach (TensorLayout from in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                foreach (TensorLayout to in new[] { TensorLayout.Plain, TensorLayout.Blocked })
                {
                    // Large cases meet each width in one layout only.
                    if (sums.Length * (long)w.Values.Length / c.O > 1_000_000 && random.Next(4) != 0) continue;
                    using Lanes.Forced forced = Lanes.Force(isa);
                    string act = Activations[random.Next(Activations.Length)];
                    bool hasBias = random.Next(4) != 0, add = random.Next(2) == 0, constant = w.Tensor is not null || random.Next(5) != 0;
                    string attributes = $"strides={c.Sy},{c.Sx} pads={c.Top},{c.Left},{c.Bottom},{c.Right} dilations={c.Dy},{c.Dx} group={c.Groups} {act}{(add ? " residual=1" : "")}";
                    float[] expected = new float[sums.Length];
                    for (int i = 0; i < sums.Length; i++)
                        expected[i] = Act(act, sums[i] + (hasBias ? bias.Values[i / (c.Oh * c.Ow) % c.O] : 0f) + (add ? residual.Values[i] : 0f));
                    float[] actual = OperatorBench.Run<Conv>(attributes, [c.N, c.O, c.Oh, c.Ow], to,
                        x with { Layout = from }, constant ? w.AsWeight(WeightRole.Conv, c.Groups) : w, hasBias ? bias : null, add ? residual with { Layout = to } : null);
                    OperatorBench.Near(expected, actual, $"{c} {isa} {from} to {to} {attributes}", 1e-5, sums);
                }
    }

    private static float Act(string act, float x) => act.Split(' ')[0] switch
    {
        "act=relu" => Math.Max(x, 0f),
        "act=clip" when act == Activations[2] => Math.Clamp(x, -0.25f, 0.5f),
        "act=clip" => Math.Clamp(x, 0.25f, 6f),
        "act=hardswish" => x * Math.Clamp(x / 6 + 0.5f, 0f, 1f),
        "act=hardsigmoid" => Math.Clamp(x * 0.2f + 0.5f, 0f, 1f),
        "act=sigmoid" => (float)(1 / (1 + Math.Exp(-x))),
        "act=silu" => (float)(x / (1 + Math.Exp(-x))),
        "act=leakyrelu" => x < 0 ? 0.01f * x : x,
        _ => x,
    };

    private static float[] Reference(Case c, float[] x, float[] w)
    {
        var y = new float[c.N * c.O * c.Oh * c.Ow];
        int inputs = c.C / c.Groups, outputs = c.O / c.Groups;
        for (int n = 0, at = 0; n < c.N; n++)
            for (int o = 0; o < c.O; o++)
                for (int oy = 0; oy < c.Oh; oy++)
                    for (int ox = 0; ox < c.Ow; ox++, at++)
                    {
                        double sum = 0;
                        for (int ky = 0; ky < c.Kh; ky++)
                            for (int kx = 0; kx < c.Kw; kx++)
                            {
                                int iy = oy * c.Sy - c.Top + ky * c.Dy, ix = ox * c.Sx - c.Left + kx * c.Dx;
                                if (iy < 0 || iy >= c.H || ix < 0 || ix >= c.W) continue;
                                for (int i = 0; i < inputs; i++)
                                    sum += (double)x[((n * c.C + o / outputs * inputs + i) * c.H + iy) * c.W + ix] * w[((o * inputs + i) * c.Kh + ky) * c.Kw + kx];
                            }
                        y[at] = (float)sum;
                    }
        return y;
    }
}
