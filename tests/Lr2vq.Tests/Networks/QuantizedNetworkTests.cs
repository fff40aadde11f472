using System;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Planning;
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
        // Of pairs ONNX Runtime makes operators of integers, too.
        using OrtOracle oracle = new(path, optimize: !operators);
        using ManagedChain chain = new(path);
        QuantizedAgreement agreement = new();
        for (int i = 0; i < Inputs; i++)
        {
            HostTensor picture = i == 0 ? StrokePicture.Of(s_shape) : Clouds(i);
            agreement.Add(oracle.Run(("input", picture)), chain.Run(("input", picture)));
        }
        TestContext.Current.TestOutputHelper?.WriteLine(agreement.ToString());
        // What stays a float between pairs, ONNX Runtime may round otherwise.
        Assert.True(agreement.Integers > 1000000 && agreement.Share >= (operators ? 1 : 0.9999) && agreement.EqualAnswers == Inputs, agreement.ToString());
    }

    /// <summary>Two networks whose ranges come from pictures, on others: the integers behind their last products, and the answers.</summary>
    [Theory]
    [InlineData("cifar10-resnet20.onnx", false, "Signed"), InlineData("cifar10-resnet20.onnx", true, "Signed"), InlineData("cifar10-resnet20.onnx", false, "Unsigned"),
        InlineData("cifar10-resnet20.onnx", true, "Unsigned"), InlineData("mobilenet_v2_1.0_224.onnx", false, "Signed"), InlineData("mobilenet_v2_1.0_224.onnx", true, "Signed")]
    public void PicturesGiveTheIntegersOfOnnxRuntime(string file, bool operators, string weights)
    {
        QuantizedCase network = file == QuantizedCase.MobileNet.File ? QuantizedCase.MobileNet : QuantizedCase.ResNet20;
        bool isSmall = network.Pictures == PictureSet.Cifar;
        _ = TestData.Data(isSmall ? "cifar10j/test.bin" : "imagenet-val-500/eval.csv");
        string path = Path.Combine(_folder, "network.onnx");
        QuantizedWeights to = Enum.Parse<QuantizedWeights>(weights);
        // ONNX Runtime wants one zero point for the weights of all channels.
        network.Write(path, new QuantizedForm(operators, PerChannel: to == QuantizedWeights.Signed || !operators, QuantizedOutputs: true, Weights: to), calibrationPictures: isSmall ? 16 : 2);
        using OrtOracle oracle = new(path, optimize: !operators);
        using ManagedChain chain = new(path);
        QuantizedAgreement agreement = new();
        foreach ((HostTensor picture, int _) in network.Evaluation(TestData.Full ? 400 : isSmall ? 40 : 2)) agreement.Add(oracle.Run(("input", picture)), chain.Run(("input", picture)));
        TestContext.Current.TestOutputHelper?.WriteLine(agreement.ToString());
        Assert.True(agreement.Share >= 0.995 && agreement.EqualAnswers == agreement.Pictures, agreement.ToString());
    }

    [Fact]
    public void PairsBecomeOperatorsOfIntegers()
    {
        string path = Write(new QuantizedForm(PerChannel: true, QuantizedOutputs: true));
        string[] steps = Steps(path, keepsIntegers: true);
        Assert.Equal(19, steps.Count(step => step == "QLinearConv"));
        Assert.Equal(9, steps.Count(step => step == "QLinearAdd"));
        Assert.DoesNotContain(steps, step => step is "Conv" or "Gemm" or "Add" or "Relu" or "GlobalAveragePool");
    }

    [Fact]
    public void PairsBecomeOneStepAndWeightsAreFoldedWhereWeightsAreToChange()
    {
        string[] steps = Steps(Write(new QuantizedForm(PerChannel: true)), keepsIntegers: false);
        Assert.DoesNotContain("QuantizeLinear", steps);
        Assert.DoesNotContain("DequantizeLinear", steps);
        Assert.Contains("RoundToGrid", steps);
        Assert.Equal(19, steps.Count(step => step == "Conv"));
    }

    /// <summary>Weights of 8 bits stay such, and as they are, unless a size is asked for.</summary>
    [Theory]
    [InlineData("Lossless", false), InlineData("Lossless", true), InlineData("Balanced", false), InlineData("Balanced", true), InlineData("Balanced", false, "Unsigned")]
    public void TheArtifactIsSmallerThanTheModelAndExact(string preset, bool operators, string weights = "Signed")
    {
        string path = Write(new QuantizedForm(operators, PerChannel: true, QuantizedOutputs: true, Weights: Enum.Parse<QuantizedWeights>(weights)));
        using ManagedChain chain = new(path, new ModelOptions { Compression = new CompressionOptions { Preset = Enum.Parse<Preset>(preset), Threads = 1 } }), exact = new(path);
        TestContext.Current.TestOutputHelper?.WriteLine($"{chain.Compressed.FileBytes} of {new FileInfo(path).Length} bytes");
        Assert.True(chain.Compressed.FileBytes < new FileInfo(path).Length * 9 / 10, $"{chain.Compressed.FileBytes} of {new FileInfo(path).Length} bytes");
        Assert.Equal(exact.Run(("input", Clouds(1)))[0].Bytes, chain.Run(("input", Clouds(1)))[0].Bytes);
    }

    /// <summary>A size makes floats of them, which every method takes.</summary>
    [Fact]
    public void WeightsAreRecoveredWhereASizeIsAskedFor()
    {
        string path = Write(new QuantizedForm(PerChannel: true));
        using ManagedChain chain = new(path, new ModelOptions { Compression = new CompressionOptions { MaxBytes = 150_000, Threads = 1 } });
        Assert.InRange(chain.Compressed.FileBytes, 100_000, 150_000);
        Assert.Equal(19, chain.Compressed.Result.Reports.Count(report => report.Identity.Role == WeightRole.Conv && report.Identity.Type == ElementType.Float32));
    }

    private static string[] Steps(string path, bool keepsIntegers)
    {
        DiagnosticBag bag = new();
        using OnnxModel? model = OnnxFile.Open(path, bag);
        PlannedNetwork? planned = Planner.Plan(model!, "network", path, null, bag, keepsIntegers: keepsIntegers);
        bag.ThrowIfErrors();
        return [.. planned!.Plan.Steps.Select(step => step.Operator)];
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
}
