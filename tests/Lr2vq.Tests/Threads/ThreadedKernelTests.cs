using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Tests.Codecs;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Threads;

/// <summary>Two and three threads compute the same bits as one.</summary>
[Collection(Alone.Name)]
public sealed unsafe class ThreadedKernelTests
{
    private const int Guard = 64;

    private static ConvGeometry Geometry(int n, int c, int h, int w, int o, int kernel, int stride = 1, int groups = 1)
    {
        int pad = kernel / 2;
        return new ConvGeometry
        {
            Batch = n, InputChannels = c, InputHeight = h, InputWidth = w, OutputChannels = o,
            OutputHeight = (h + 2 * pad - kernel) / stride + 1, OutputWidth = (w + 2 * pad - kernel) / stride + 1,
            KernelHeight = kernel, KernelWidth = kernel, StrideY = stride, StrideX = stride, DilationY = 1, DilationX = 1, Top = pad, Left = pad, Groups = groups,
        };
    }

    [Fact]
    public void Convolutions()
    {
        using Alone.Limited limit = Alone.Limit(8);
        var random = new Random(31);
        ConvGeometry[] cases =
        [
            Geometry(1, 64, 29, 30, 64, 3), Geometry(1, 200, 9, 8, 200, 3), Geometry(1, 256, 15, 14, 80, 3), Geometry(4, 64, 15, 9, 40, 3), Geometry(5, 48, 17, 17, 64, 3),
            Geometry(1, 128, 7, 7, 256, 3), Geometry(1, 96, 40, 40, 33, 1), Geometry(1, 128, 7, 7, 512, 1), Geometry(3, 64, 13, 17, 64, 1), Geometry(1, 512, 1, 1, 2048, 1),
            Geometry(1, 64, 31, 33, 96, 3, 2), Geometry(1, 64, 40, 31, 128, 1, 2), Geometry(1, 3, 60, 61, 64, 7, 2), Geometry(1, 3, 50, 50, 32, 4, 4), Geometry(1, 64, 30, 31, 64, 3, 3),
            Geometry(1, 320, 28, 29, 64, 1), Geometry(1, 200, 9, 8, 32, 1), Geometry(1, 64, 24, 24, 96, 3, 1, 2), Geometry(1, 60, 24, 24, 90, 3, 1, 3), Geometry(1, 512, 12, 13, 512, 1),
            Geometry(1, 96, 30, 31, 96, 3, 1, 96), Geometry(1, 40, 50, 52, 40, 5, 2, 40), Geometry(2, 256, 14, 14, 256, 3, 1, 256), Geometry(1, 16, 60, 90, 16, 3, 1, 16),
        ];
        int divided = 0;
        foreach (ConvGeometry g in cases)
        {
            TestTensor weight = TestTensor.Random(random, [g.OutputChannels, g.GroupInputs, g.KernelHeight, g.KernelWidth]);
            divided += Compare(g, new OperatorBench.TestWeight(WeightRole.Conv, weight.Shape, g.Groups, weight.Values), random);
        }
        Assert.True(divided > cases.Length);
    }

    [Fact]
    public void LowRankConvolutions()
    {
        using Alone.Limited limit = Alone.Limit(8);
        var random = new Random(32);
        foreach (ConvGeometry g in new[]
        {
            Geometry(1, 64, 30, 31, 48, 3), Geometry(2, 128, 30, 31, 96, 1), Geometry(1, 128, 40, 41, 64, 1, 2), Geometry(1, 128, 7, 7, 100, 3), Geometry(1, 64, 14, 14, 64, 3, 2),
            Geometry(1, 64, 7, 7, 200, 1), Geometry(2, 64, 9, 9, 80, 3),
        })
            foreach ((int m, int d) in new[] { (8, 4), (16, 4) })
            {
                TensorIdentity identity = CodecCases.Conv(g.OutputChannels, g.InputChannels, g.KernelHeight, g.KernelWidth);
                using var opened = new OpenedTensor(CodebookTensor.Pack(identity,
                    CodebookTensorTests.Factors(identity, SliceAxis.InputChannel, m, d, 256, 1, true, EntryEncoding.Int8)));
                Compare(g, opened.Tensor, random);
            }
    }

    [Fact]
    public void Products()
    {
        using Alone.Limited limit = Alone.Limit(8);
        var random = new Random(33);
        foreach ((int m, int n, int k, bool left, int right) in new[] { (50, 130, 200, false, 0), (64, 70, 1500, true, 1), (1, 1000, 1200, false, 2), (37, 300, 96, false, 2), (128, 20, 384, false, 0), (1, 900, 900, false, 1), (1, 1003, 1200, false, 3), (1, 1003, 1200, false, 4), (1, 1003, 1200, false, 5) })
            foreach (Epilogue epilogue in new[] { default, new Epilogue(Activation.Clip, 0f, 6f), new Epilogue(Activation.Sigmoid) })
            {
                float[] a = TestTensor.Random(random, [m, k]).Values, b = TestTensor.Random(random, [n, k]).Values, bias = TestTensor.Random(random, [n]).Values;
                var identity = new TensorIdentity("w", WeightRole.Gemm, ElementType.Float32, [n, k], 1);
                using OpenedTensor? opened = right switch
                {
                    3 => new OpenedTensor(DenseTensor.Pack(identity, b, DenseEncoding.Fp32)),
                    4 or 5 => new OpenedTensor(CodebookTensor.Pack(identity, CodebookTensorTests.Factors(identity, SliceAxis.InputChannel, 8, right == 4 ? 8 : 4, 256, 1, true, EntryEncoding.Int8))),
                    _ => null,
                };
                var operand = new RightOperand(right == 2 ? new OperatorBench.TestWeight(WeightRole.Conv, [n, k, 1, 1], 1, b) : opened?.Tensor, right == 1);
                Assert.Equal(opened is not null, operand.Weight is { HasProducts: true });
                float[]? first = null;
                foreach (int threads in new[] { 1, 2, 3 })
                {
                    using var memory = new NativeArena();
                    using var team = new ThreadTeam(threads);
                    var product = new MatrixProduct(m, n, k, left, operand, 1f, epilogue, Lanes.Isa, threads);
                    long floats = (product.ScratchBytes + 3) / 4;
                    float* scratch = Guarded(memory, floats), y = Guarded(memory, (long)m * n);
                    fixed (float* pa = a, pb = b, pc = bias) product.Run(pa, pb, pc, y, false, (byte*)scratch, team);
                    CheckGuards(scratch, floats, $"{m}×{n}×{k}, {threads} threads, scratch");
                    CheckGuards(y, (long)m * n, $"{m}×{n}×{k}, {threads} threads");
                    float[] result = new Span<float>(y, m * n).ToArray();
                    first ??= result;
                    Assert.Equal(first, result);
                }
            }
    }

    [Fact]
    public void Attentions()
    {
        using Alone.Limited limit = Alone.Limit(8);
        var random = new Random(34);
        foreach ((int heads, int m, int n, int d, int width, bool rows) in new[] { (12, 40, 50, 32, 32, true), (1, 130, 70, 40, 30, false), (2, 77, 300, 17, 64, true), (3, 64, 64, 64, 64, false) })
        {
            float[] q = TestTensor.Random(random, [heads, m, d]).Values, k = TestTensor.Random(random, [heads, n, d]).Values;
            float[] v = TestTensor.Random(random, [heads, n, width]).Values, mask = TestTensor.Random(random, [m, n]).Values;
            FusedAttention.Offsets[] offsets = [.. Enumerable.Range(0, heads).Select(i => new FusedAttention.Offsets(i * m * d, i * n * d, i * n * width, 0))];
            float[]? first = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                using var memory = new NativeArena();
                using var team = new ThreadTeam(threads);
                var kernel = new FusedAttention(heads, m, n, d, width, rows, 0.3f, Lanes.Isa, threads);
                long floats = (kernel.ScratchBytes + 3) / 4, results = (long)heads * m * width;
                float* scratch = Guarded(memory, floats), y = Guarded(memory, results);
                fixed (float* pq = q, pk = k, pv = v, pm = mask) kernel.Run(pq, pk, pv, pm, n, y, offsets, (byte*)scratch, team);
                string what = $"{heads} heads {m}×{n}×{d}×{width}, {threads} threads";
                CheckGuards(scratch, floats, what + ", scratch");
                CheckGuards(y, results, what);
                float[] result = new Span<float>(y, (int)results).ToArray();
                first ??= result;
                Assert.Equal(first, result);
            }
        }
    }

    /// <returns>How many forms there are.</returns>
    private static int Compare(in ConvGeometry g, WeightTensor weight, Random random)
    {
        List<(ConvForm Form, TensorLayout From, TensorLayout To)> forms = [];
        foreach (TensorLayout from in new[] { TensorLayout.Blocked, TensorLayout.Plain })
            foreach (TensorLayout to in new[] { TensorLayout.Blocked, TensorLayout.Plain })
                foreach (ConvForm form in ConvKernels.Forms(g, weight, from, to)) forms.Add((form, from, to));
        foreach ((ConvForm form, TensorLayout from, TensorLayout to) in forms)
        {
            using var memory = new NativeArena();
            long inputs = Floats(from, g.Batch, g.InputChannels, g.InputHeight * g.InputWidth), outputs = Floats(to, g.Batch, g.OutputChannels, g.OutputHeight * g.OutputWidth);
            float* x = memory.AllocateFloats(inputs), bias = memory.AllocateFloats(g.OutputChannels), added = memory.AllocateFloats(outputs);
            Fill(x, inputs, random);
            Fill(bias, g.OutputChannels, random);
            Fill(added, outputs, random);
            Epilogue epilogue = random.Next(3) switch { 0 => new(Activation.Clip, 0f, float.PositiveInfinity), 1 => new(Activation.Sigmoid), _ => default };
            bool inPlace = random.Next(2) == 0, add = random.Next(2) == 0;
            float[]? first = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                string what = $"{g} {form} {from} to {to}, {threads} threads";
                IConvKernel kernel = ConvKernels.Make(form, g, weight, epilogue, from, to, Lanes.Isa, threads);
                using var team = new ThreadTeam(threads);
                long floats = (kernel.ScratchBytes + 3) / 4;
                float* scratch = Guarded(memory, floats);
                for (int round = 0; round < threads; round += 2)
                {
                    float* y = Guarded(memory, outputs);
                    if (add && inPlace) new Span<float>(added, (int)outputs).CopyTo(new Span<float>(y, (int)outputs));
                    kernel.Run(x, bias, !add ? null : inPlace ? y : added, y, (byte*)scratch, team);
                    CheckGuards(y, outputs, what);
                    float[] result = new Span<float>(y, (int)outputs).ToArray();
                    first ??= result;
                    Assert.True(first.AsSpan().SequenceEqual(result), what);
                }
                CheckGuards(scratch, floats, what + ", scratch");
            }
        }
        return forms.Count;
    }

    private static long Floats(TensorLayout layout, int batch, int channels, int pixels) =>
        (long)batch * pixels * (layout == TensorLayout.Blocked ? (channels + 15) / 16 * 16 : channels);

    private static void Fill(float* values, long count, Random random)
    {
        for (long i = 0; i < count; i++) values[i] = random.NextSingle() - 0.5f;
    }

    private static float* Guarded(NativeArena memory, long floats)
    {
        float* start = memory.AllocateFloats(floats + 2 * Guard);
        new Span<float>(start, (int)floats + 2 * Guard).Fill(float.NaN);
        return start + Guard;
    }

    private static void CheckGuards(float* start, long floats, string what)
    {
        for (int i = 0; i < Guard; i++)
            Assert.True(float.IsNaN(start[i - Guard]) && float.IsNaN(start[floats + i]), what + " wrote outside its memory");
    }
}
