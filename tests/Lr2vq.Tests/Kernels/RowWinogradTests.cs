using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>First convolutions of networks by Winograd along rows, in every width, against the definition in double precision.</summary>
[Trait("Isa", "true")]
public sealed unsafe class RowWinogradTests
{
    private const int Guard = 64;

    [Theory]
    [InlineData(1, 3, 32, 64, 64, 7, 7, 2, 3, 3)]
    [InlineData(2, 1, 17, 19, 20, 7, 7, 2, 3, 3)]
    [InlineData(1, 4, 12, 90, 100, 7, 7, 1, 3, 2)]
    [InlineData(1, 3, 9, 8, 16, 3, 8, 2, 1, 4)]
    [InlineData(1, 2, 40, 33, 33, 6, 6, 2, 0, 0)]
    [InlineData(1, 3, 7, 7, 8, 7, 7, 3, 0, 0)]
    [InlineData(1, 3, 6, 5, 16, 5, 7, 2, 2, 5)]
    public void Agrees_with_the_definition(int images, int channels, int height, int width, int outputs, int kernelHeight, int kernelWidth, int strideY, int top, int left)
    {
        var g = new ConvGeometry
        {
            Batch = images, InputChannels = channels, InputHeight = height, InputWidth = width, OutputChannels = outputs,
            OutputHeight = (height + 2 * top - kernelHeight) / strideY + 1, OutputWidth = (width + 2 * left - kernelWidth) / 2 + 1,
            KernelHeight = kernelHeight, KernelWidth = kernelWidth, StrideY = strideY, StrideX = 2, DilationY = 1, DilationX = 1, Top = top, Left = left, Groups = 1,
        };
        var random = new Random(3);
        TestTensor x = TestTensor.Random(random, [images, channels, height, width]), w = TestTensor.Random(random, [outputs, channels, kernelHeight, kernelWidth]);
        TestTensor bias = TestTensor.Random(random, [outputs]), residual = TestTensor.Random(random, [images, outputs, g.OutputHeight, g.OutputWidth]);
        var weight = new OperatorBench.TestWeight(WeightRole.Conv, w.Shape, 1, w.Values);
        Assert.Contains(new ConvForm(ConvMethod.RowWinograd), ConvKernels.Forms(g, weight, TensorLayout.Plain, TensorLayout.Blocked));
        double[] sums = ConvReference.Sums(g, x.Values, w.Values);
        double scale = Math.Sqrt(sums.Average(s => s * s)) + 1e-3;
        foreach (Isa isa in VectorWidths.All)
            foreach (Epilogue epilogue in new[] { default, new Epilogue(Activation.Clip, 0f, float.PositiveInfinity), new Epilogue(Activation.HardSwish, 0.5f), new Epilogue(Activation.Sigmoid) })
                foreach (bool add in new[] { false, true })
                {
                    using Lanes.Forced forced = Lanes.Force(isa);
                    float[] actual = Run(g, weight, epilogue, Lanes.Isa, x.Values, bias.Values, add ? residual.Values : null);
                    for (int i = 0; i < sums.Length; i++)
                    {
                        double expected = Act(epilogue, sums[i] + bias.Values[i / (g.OutputHeight * g.OutputWidth) % outputs] + (add ? residual.Values[i] : 0));
                        if (!(Math.Abs(expected - actual[i]) <= 1e-5 * scale)) Assert.Fail($"{isa} {epilogue} {add}: element {i} is {actual[i]}, not {expected} (scale {scale})");
                    }
                }
    }

    private static double Act(Epilogue epilogue, double x) => epilogue.Activation switch
    {
        Activation.Clip => Math.Max(0, x),
        Activation.HardSwish => x * Math.Clamp(x / 6 + 0.5, 0, 1) + epilogue.A,
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        _ => x,
    };

    private static float[] Run(ConvGeometry g, WeightTensor weight, Epilogue epilogue, Isa isa, float[] x, float[] bias, float[]? residual)
    {
        using var memory = new NativeArena();
        int pixels = g.OutputHeight * g.OutputWidth, blocks = (g.OutputChannels + 15) / 16;
        long outputs = (long)g.Batch * blocks * pixels * 16;
        float* Guarded(long floats)
        {
            float* start = memory.AllocateFloats(floats + 2 * Guard);
            new Span<float>(start, (int)floats + 2 * Guard).Fill(float.NaN);
            return start + Guard;
        }
        float* input = Guarded(x.Length), biases = memory.AllocateFloats(bias.Length), output = Guarded(outputs);
        x.CopyTo(new Span<float>(input, x.Length));
        bias.CopyTo(new Span<float>(biases, bias.Length));
        long At(int i) => (((long)(i / pixels / g.OutputChannels) * blocks + i / pixels % g.OutputChannels / 16) * pixels + i % pixels) * 16 + i / pixels % g.OutputChannels % 16;
        if (residual is not null)
        {
            // In place, as networks have it.
            new Span<float>(output, (int)outputs).Clear();
            for (int i = 0; i < residual.Length; i++) output[At(i)] = residual[i];
        }
        var kernel = new RowWinogradConv(g, weight, epilogue, isa);
        long scratchFloats = (kernel.ScratchBytes + 3) / 4;
        float* scratch = Guarded(scratchFloats);
        kernel.Run(input, biases, residual is null ? null : output, output, (byte*)scratch, null);
        foreach ((nint start, long floats) in new[] { ((nint)output, outputs), ((nint)scratch, scratchFloats) })
            for (int i = 0; i < Guard; i++)
                Assert.True(float.IsNaN(((float*)start)[i - Guard]) && float.IsNaN(((float*)start)[floats + i]), "wrote outside its memory");
        var y = new float[g.Batch * g.OutputChannels * pixels];
        for (int i = 0; i < y.Length; i++) y[i] = output[At(i)];
        for (int n = 0; n < g.Batch; n++)
            for (int p = 0; p < pixels; p++)
                for (int lane = g.OutputChannels - (blocks - 1) * 16; lane < 16; lane++)
                    Assert.True(output[(((long)n * blocks + blocks - 1) * pixels + p) * 16 + lane] == 0f, "a pad lane is not zero");
        return y;
    }
}
