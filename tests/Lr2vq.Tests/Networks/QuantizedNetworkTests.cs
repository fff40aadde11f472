using System;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Networks;

/// <summary>A network that was quantized to 8 bits, in both of the forms that tools write, against ONNX Runtime.</summary>
public sealed class QuantizedNetworkTests : IDisposable
{
    private const int Inputs = 6;

    private static readonly int[] s_shape = [1, 3, 32, 32];

    private readonly string _folder = Directory.CreateTempSubdirectory("quantized").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false, false), InlineData(false, true), InlineData(true, false), InlineData(true, true)]
    public void IntegersAndAnswersAreThoseOfOnnxRuntime(bool operators, bool perChannel)
    {
        string path = Write(new QuantizedForm(operators, perChannel, ShowIntegers: true));
        using OrtOracle oracle = new(path, optimize: false);
        using ManagedChain chain = new(path);
        long equal = 0, all = 0;
        for (int i = 0; i < Inputs; i++)
        {
            HostTensor picture = i == 0 ? StrokePicture.Of(s_shape) : Clouds(i);
            HostTensor[] expected = oracle.Run(("input", picture)), found = chain.Run(("input", picture));
            Assert.Equal(Best(expected[0]), Best(found[0]));
            for (int o = 1; o < expected.Length; o++)
            {
                Assert.Equal(ElementType.UInt8, found[o].Type);
                all += expected[o].Length;
                equal += expected[o].Bytes.Zip(found[o].Bytes).LongCount(pair => pair.First == pair.Second);
            }
        }
        double share = (double)equal / all;
        TestContext.Current.TestOutputHelper?.WriteLine($"{share:p4} of {all} integers");
        Assert.True(all > 1000000 && share >= (operators ? 1 : 0.995), $"{share:p4} of {all} integers");
    }

    [Fact]
    public void PairsBecomeOneStepAndWeightsAreFolded()
    {
        using ManagedChain chain = new(Write(new QuantizedForm(PerChannel: true)));
        var steps = chain.Compressed.Plan.Steps.Select(step => step.Operator).ToArray();
        Assert.DoesNotContain("QuantizeLinear", steps);
        Assert.DoesNotContain("DequantizeLinear", steps);
        Assert.Contains("RoundToGrid", steps);
        Assert.Equal(19, steps.Count(step => step == "Conv"));
    }

    /// <summary>Weights of 8 bits stay such, and as they are, unless a size is asked for.</summary>
    [Theory]
    [InlineData("Lossless", false), InlineData("Lossless", true), InlineData("Balanced", false), InlineData("Balanced", true)]
    public void TheArtifactIsSmallerThanTheModelAndExact(string preset, bool operators)
    {
        string path = Write(new QuantizedForm(operators, PerChannel: true));
        using ManagedChain chain = new(path, new ModelOptions { Compression = new CompressionOptions { Preset = Enum.Parse<Preset>(preset), Threads = 1 } });
        TestContext.Current.TestOutputHelper?.WriteLine($"{chain.Compressed.FileBytes} of {new FileInfo(path).Length} bytes");
        Assert.True(chain.Compressed.FileBytes < new FileInfo(path).Length * 9 / 10, $"{chain.Compressed.FileBytes} of {new FileInfo(path).Length} bytes");
        Assert.All(chain.Compressed.Result.Reports.Where(report => report.Identity.Role is WeightRole.Conv or WeightRole.Gemm), report => Assert.Equal(0, report.RelativeError));
    }

    private string Write(QuantizedForm form)
    {
        string path = Path.Combine(_folder, "network.onnx");
        QuantizedModel.Write(TestData.Model("cifar10-resnet20.onnx"), path, "input", s_shape, form);
        return path;
    }

    /// <summary>A few coarse spots, blurred: pictures rather than noise, for which no class stands out.</summary>
    private static HostTensor Clouds(int seed)
    {
        float[] spots = RandomTensor.Uniform(seed, 3 * 5 * 5, -2, 2), pixels = new float[3 * 32 * 32];
        for (int i = 0; i < pixels.Length; i++)
        {
            int channel = i / 1024, top = i / 32 % 32 / 8, left = i % 32 / 8;
            float y = i / 32 % 8 / 8f, x = i % 8 / 8f;
            float At(int row, int column) => spots[channel * 25 + row * 5 + column];
            pixels[i] = (1 - y) * ((1 - x) * At(top, left) + x * At(top, left + 1)) + y * ((1 - x) * At(top + 1, left) + x * At(top + 1, left + 1));
        }
        return HostTensor.Of(pixels, s_shape);
    }

    private static int Best(HostTensor logits)
    {
        float[] values = logits.Values<float>().ToArray();
        return Array.IndexOf(values, values.Max());
    }
}
