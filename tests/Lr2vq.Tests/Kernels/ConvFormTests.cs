using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Every form that serves a convolution, in every width, against the definition in double precision; also where another form would
/// be chosen.</summary>
[Trait("Isa", "true")]
public sealed unsafe class ConvFormTests
{
    private const int Guard = 64;

    private sealed record Case(int N, int C, int H, int W, int O, int Kernel = 3, int Stride = 1, int Top = 1, int Left = 1, int Bottom = 1, int Right = 1)
    {
        /// <summary>0: as high as wide.</summary>
        public int KernelWidth { get; init; }

        /// <summary>0: as along the height.</summary>
        public int StrideX { get; init; }

        private int Width => KernelWidth == 0 ? Kernel : KernelWidth;

        private int Step => StrideX == 0 ? Stride : StrideX;

        public ConvGeometry Geometry => new()
        {
            Batch = N, InputChannels = C, InputHeight = H, InputWidth = W, OutputChannels = O,
            OutputHeight = (H + Top + Bottom - Kernel) / Stride + 1, OutputWidth = (W + Left + Right - Width) / Step + 1,
            KernelHeight = Kernel, KernelWidth = Width, StrideY = Stride, StrideX = Step, DilationY = 1, DilationX = 1, Top = Top, Left = Left, Groups = 1,
        };
    }

    [Fact]
    public void WinogradOfEverySize()
    {
        var random = new Random(11);
        Case[] cases =
        [
            new(1, 16, 8, 8, 16), new(1, 64, 14, 14, 64), new(2, 24, 7, 9, 40), new(3, 200, 7, 7, 33), new(1, 16, 1, 1, 16), new(1, 17, 3, 2, 5),
            new(1, 96, 5, 30, 112, Top: 0, Left: 2, Bottom: 1, Right: 0), new(1, 20, 6, 6, 16, Top: 0, Left: 0, Bottom: 0, Right: 0),
            new(1, 32, 4, 50, 32, Top: 3, Left: 3, Bottom: 3, Right: 3), new(1, 64, 40, 44, 48), new(2, 160, 29, 30, 80),
            .. Enumerable.Range(0, 12).Select(_ => new Case(random.Next(1, 4), random.Next(1, 90), random.Next(1, 20), random.Next(1, 34), random.Next(1, 90),
                Top: random.Next(3), Left: random.Next(3), Bottom: random.Next(1, 3) + 1, Right: random.Next(1, 3) + 1)),
        ];
        foreach (Case c in cases)
        {
            TestTensor weight = TestTensor.Random(random, [c.O, c.C, c.Kernel, c.Kernel]);
            All(c, new OperatorBench.TestWeight(WeightRole.Conv, weight.Shape, 1, weight.Values), random,
                ConvMethod.Direct, ConvMethod.WinogradTwo, ConvMethod.WinogradFour);
        }
    }

    /// <summary>The bounds that <see cref="ConvMethod"/> states.</summary>
    [Theory, InlineData("direct", 1e-5), InlineData("winograd2", 1e-5), InlineData("winograd4", 2e-5), InlineData("table", 1e-5)]
    public void ErrorsStayBelowTheirBounds(string word, double bound)
    {
        var random = new Random(14);
        foreach (int channels in new[] { 64, 512 })
        {
            var c = new Case(1, channels, 16, 16, 16);
            ConvGeometry g = c.Geometry;
            float[] x = TestTensor.Random(random, [1, channels, 16, 16]).Values;
            TestTensor weight = TestTensor.Random(random, [16, channels, 3, 3]);
            TensorIdentity identity = CodecCases.Conv(16, channels, 3, 3);
            using OpenedTensor? codes = word != "table" ? null
                : new OpenedTensor(CodebookTensor.Pack(identity, CodebookTensorTests.Factors(identity, SliceAxis.InputChannel, 8, 8, 256, 1, false, EntryEncoding.Fp32)));
            WeightTensor opened = codes?.Tensor ?? new OperatorBench.TestWeight(WeightRole.Conv, weight.Shape, 1, weight.Values);
            double[] sums = ConvReference.Sums(g, x, codes?.Decode() ?? weight.Values);
            double scale = Math.Sqrt(sums.Average(s => s * s));
            foreach (Isa isa in VectorWidths.All)
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                float[] y = Run(ConvForm.Words.Single(w => w.Word == word).Form, g, opened, default, isa, x, null, null, false);
                double error = sums.Zip(y, (s, v) => Math.Abs(s - v)).Max() / scale;
                Assert.True(error <= bound, $"{word} {isa}, {channels} channels: error {error:E1}");
            }
        }
    }

    /// <summary>Sums that are done in slabs of the input channels and wait in the output, which may hold the residual.</summary>
    [Fact]
    public void DeepPointwiseSums()
    {
        var random = new Random(15);
        var c = new Case(1, 320, 6, 7, 64, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0);
        foreach (Case one in new[] { c, c with { N = 2, C = 145, O = 33 }, c with { C = 297, O = 24, Stride = 2, H = 13, W = 15 }, c with { C = 160, H = 14, W = 13, O = 528, Stride = 2 },
            c with { C = 200, Top = 1, Left = 2, Right = 1 }, c with { C = 304, H = 28, W = 29, O = 48 } })
            for (int i = 0; i < 3; i++)
            {
                TestTensor weight = TestTensor.Random(random, [one.O, one.C, 1, 1]);
                All(one, new OperatorBench.TestWeight(WeightRole.Conv, weight.Shape, 1, weight.Values), random, ConvMethod.Direct);
            }
    }

    [Fact]
    public void LowRankWeights()
    {
        var random = new Random(12);
        foreach ((int m, int d) in new[] { (8, 4), (16, 4), (4, 2), (8, 2), (16, 8), (2, 1), (32, 4) })
            foreach (Case c in new Case[]
            {
                new(1, 64, 9, 10, 40), new(2, 2 * m, 5, 5, 16, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0), new(1, 3 * m, 8, 7, 20, Stride: 2),
                new(1, 64, 9, 8, 33, Kernel: 1, Stride: 2, Top: 0, Left: 0, Bottom: 0, Right: 0), new(1, 5 * m, 12, 12, 16),
            })
            {
                TensorIdentity identity = CodecCases.Conv(c.O, c.C, c.Kernel, c.Kernel);
                using var opened = new OpenedTensor(CodebookTensor.Pack(identity,
                    CodebookTensorTests.Factors(identity, SliceAxis.InputChannel, m, d, 256, 1, random.Next(2) == 0, EntryEncoding.Int8)));
                Assert.NotNull(opened.Tensor.AsProjected());
                All(c, opened.Tensor, random);
            }
    }

    [Fact]
    public void Tables()
    {
        var random = new Random(13);
        Case[] cases =
        [
            new(1, 64, 7, 7, 48), new(2, 32, 7, 7, 37), new(1, 64, 14, 14, 40, Stride: 2), new(2, 32, 13, 14, 16, Stride: 2), new(1, 32, 13, 13, 20, Stride: 2, Bottom: 2, Right: 2),
            new(1, 32, 7, 7, 21, Top: 2, Left: 0, Bottom: 0, Right: 2), new(1, 48, 10, 8, 33), new(1, 32, 12, 13, 16, Top: 0, Left: 0, Bottom: 0, Right: 0), new(1, 32, 9, 11, 17, Stride: 2),
            new(1, 32, 9, 7, 20, Kernel: 5, Top: 2, Left: 2, Bottom: 2, Right: 2), new(1, 16, 9, 8, 8, Kernel: 2, Stride: 3), new(1, 16, 6, 7, 18, Kernel: 1),
            new(1, 96, 7, 7, 100, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0), new(2, 32, 14, 14, 40, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0),
            new(1, 32, 6, 9, 40, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0), new(1, 64, 14, 13, 48, Kernel: 1, Stride: 2, Top: 0, Left: 0, Bottom: 0, Right: 0),
            new(1, 16, 1, 1, 33, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0),
        ];
        foreach (Case c in cases)
            foreach ((int m, int k) in new[] { (8, 256), (4, 60), (16, 5), (8, 1) })
            {
                TensorIdentity identity = CodecCases.Conv(c.O, c.C, c.Kernel, c.Kernel);
                using var opened = new OpenedTensor(CodebookTensor.Pack(identity,
                    CodebookTensorTests.Factors(identity, SliceAxis.InputChannel, m, m, k, 1, random.Next(2) == 0, EntryEncoding.Fp32)));
                All(c, opened.Tensor, random, ConvMethod.Table);
            }
    }

    /// <summary>Neighbouring outputs in the lanes that few channels leave empty: rows of whole pixels and others, strides, borders of any width.</summary>
    [Fact]
    public void FoldedRows()
    {
        var random = new Random(16);
        Case[] cases =
        [
            new(1, 1, 1, 900, 1, Kernel: 1, Top: 0, Left: 0, Bottom: 0, Right: 0) { KernelWidth = 256, StrideX = 2 }, new(1, 64, 9, 32, 1), new(2, 16, 7, 33, 3, Kernel: 9, Top: 4, Left: 4, Bottom: 4, Right: 4),
            new(1, 3, 12, 48, 3, Kernel: 5, Top: 2, Left: 2, Bottom: 2, Right: 2), new(1, 20, 5, 6, 8), new(2, 1, 4, 60, 1) { KernelWidth = 7, StrideX = 3 },
            .. Enumerable.Range(0, 12).Select(_ => new Case(random.Next(1, 3), random.Next(1, 40), random.Next(1, 9), random.Next(1, 60), random.Next(1, 9),
                Top: random.Next(3), Left: random.Next(3), Bottom: random.Next(1, 3) + 1, Right: random.Next(1, 3) + 1) { KernelWidth = random.Next(2, 4), StrideX = random.Next(1, 4) }),
        ];
        for (int i = 0; i < cases.Length; i++)
        {
            Case c = cases[i];
            TestTensor weight = TestTensor.Random(random, [c.O, c.C, c.Kernel, c.Geometry.KernelWidth]);
            var opened = new OperatorBench.TestWeight(WeightRole.Conv, weight.Shape, 1, weight.Values);
            ConvMethod[] expected = i < 6 ? [ConvMethod.Folded] : [];
            All(c, opened, random, expected);
            All(c, opened, random, expected, TensorLayout.Plain);
        }
    }

    /// <summary>Runs every form, and checks that <paramref name="expected"/> are among them.</summary>
    private static void All(Case c, WeightTensor weight, Random random, params ConvMethod[] expected) => All(c, weight, random, expected, TensorLayout.Blocked);

    private static void All(Case c, WeightTensor weight, Random random, ConvMethod[] expected, TensorLayout layout)
    {
        ConvGeometry g = c.Geometry;
        float[] x = TestTensor.Random(random, [g.Batch, g.InputChannels, g.InputHeight, g.InputWidth]).Values, w = new float[weight.Rows * weight.Columns];
        float[] bias = TestTensor.Random(random, [g.OutputChannels]).Values;
        float[] residual = TestTensor.Random(random, [g.Batch, g.OutputChannels, g.OutputHeight, g.OutputWidth]).Values;
        fixed (float* p = w) weight.DecodeRows(0, weight.Rows, p, weight.Columns);
        double[] sums = ConvReference.Sums(g, x, w);
        double scale = Math.Sqrt(sums.Average(s => s * s)) + 1e-3;
        List<ConvForm> forms = ConvKernels.Forms(g, weight, layout, layout);
        foreach (ConvMethod method in expected) Assert.True(forms.Contains(new ConvForm(method)), $"{c}: no {method}");
        if (weight.AsProjected() is not null && layout == TensorLayout.Blocked) Assert.Contains(forms, f => f.Projected);
        foreach (Isa isa in VectorWidths.All)
            foreach (ConvForm form in forms)
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                bool hasBias = random.Next(4) != 0, add = random.Next(2) == 0, inPlace = random.Next(2) == 0;
                var epilogue = random.Next(4) switch
                {
                    0 => new Epilogue(Activation.Clip, 0f, float.PositiveInfinity),
                    1 => new Epilogue(Activation.HardSwish, random.Next(2) * 0.75f),
                    2 => new Epilogue(Activation.Sigmoid),
                    _ => default,
                };
                float[] actual = Run(form, g, weight, epilogue, isa, x, hasBias ? bias : null, add ? residual : null, inPlace, layout);
                int pixels = g.OutputHeight * g.OutputWidth;
                for (int i = 0; i < actual.Length; i++)
                {
                    double sum = sums[i] + (hasBias ? bias[i / pixels % g.OutputChannels] : 0) + (add ? residual[i] : 0), y = epilogue.Activation switch
                    {
                        Activation.Clip => Math.Max(sum, 0),
                        Activation.HardSwish => sum * Math.Clamp(sum / 6 + 0.5, 0, 1) + epilogue.A,
                        Activation.Sigmoid => 1 / (1 + Math.Exp(-sum)),
                        _ => sum,
                    };
                    // HardSwish is steeper than 1 and quadratic in between.
                    if (!(Math.Abs(y - actual[i]) <= 6e-5 * scale)) Assert.Fail($"{c} {weight.Format} {form} {isa} {epilogue}: element {i} is {actual[i]}, not {y} (scale {scale})");
                }
            }
    }

    private static float[] Run(ConvForm form, in ConvGeometry g, WeightTensor weight, Epilogue epilogue, Isa isa, float[] x, float[]? bias, float[]? residual, bool inPlace,
        TensorLayout layout = TensorLayout.Blocked)
    {
        using var memory = new NativeArena();
        long outputs = g.Batch * new ImageLayout(layout, g.OutputChannels, g.OutputHeight, g.OutputWidth).ImageFloats;
        float* Guarded(long floats)
        {
            float* start = memory.AllocateFloats(floats + 2 * Guard);
            new Span<float>(start, (int)floats + 2 * Guard).Fill(float.NaN);
            return start + Guard;
        }
        float* biases = bias is null ? null : memory.AllocateFloats(bias.Length), input = memory.AllocateFloats(g.Batch * new ImageLayout(layout, g.InputChannels, g.InputHeight, g.InputWidth).ImageFloats);
        bias?.CopyTo(new Span<float>(biases, bias.Length));
        Copy(x, g.InputChannels, g.InputHeight * g.InputWidth, input, false, layout);
        float* added = null, output = Guarded(outputs);
        if (residual is not null)
        {
            added = inPlace ? output : memory.AllocateFloats(outputs);
            new Span<float>(added, (int)outputs).Clear();
            Copy(residual, g.OutputChannels, g.OutputHeight * g.OutputWidth, added, false, layout);
        }
        IConvKernel kernel = ConvKernels.Make(form, g, weight, epilogue, layout, layout, isa);
        float* scratch = Guarded((kernel.ScratchBytes + 3) / 4);
        kernel.Run(input, biases, added, output, (byte*)scratch);
        foreach ((nint start, long floats) in new[] { ((nint)output, outputs), ((nint)scratch, (kernel.ScratchBytes + 3) / 4) })
            for (int i = 0; i < Guard; i++)
                if (!float.IsNaN(((float*)start)[i - Guard]) || !float.IsNaN(((float*)start)[floats + i])) Assert.Fail($"{form} wrote outside its memory");
        var y = new float[g.Batch * g.OutputChannels * g.OutputHeight * g.OutputWidth];
        Copy(y, g.OutputChannels, g.OutputHeight * g.OutputWidth, output, true, layout);
        if (g.OutputChannels % 16 != 0 && layout == TensorLayout.Blocked)
            for (long i = 0; i < outputs; i++)
            {
                long channel = i / 16 / (g.OutputHeight * g.OutputWidth) % ((g.OutputChannels + 15) / 16) * 16 + i % 16;
                if (channel >= g.OutputChannels && output[i] != 0f) Assert.Fail($"{form}: a pad lane is not zero");
            }
        return y;
    }

    private static void Copy(float[] plain, int channels, int pixels, float* blocked, bool back, TensorLayout layout)
    {
        for (int i = 0; i < plain.Length; i++)
        {
            int channel = i / pixels % channels;
            long at = layout == TensorLayout.Plain ? i : (((long)(i / pixels / channels) * ((channels + 15) / 16) + channel / 16) * pixels + i % pixels) * 16 + channel % 16;
            if (back) plain[i] = blocked[at];
            else blocked[at] = plain[i];
        }
    }
}
