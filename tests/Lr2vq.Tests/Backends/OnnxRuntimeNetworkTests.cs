using System;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Backends;

/// <summary>Real networks through the back end of ONNX Runtime, against the same model exported.</summary>
public sealed class OnnxRuntimeNetworkTests
{
    public static TheoryData<string, string, int[]> Networks => new()
    {
        { "cifar10-resnet20.onnx", "input", [2, 3, 32, 32] },
        { "squeezenet1_1.onnx", "input", [1, 3, 224, 224] },
        { "mobilenet_v1_0.25_224.onnx", "input", [1, 3, 224, 224] },
        { "mobilenet_v2_1.0_224.onnx", "input", [1, 3, 224, 224] },
        { "ch_PP-OCRv4_rec_infer.onnx", "x", [2, 3, 48, 149] },
        { "ch_ppocr_mobile_v2.0_cls_infer.onnx", "x", [3, 3, 48, 100] },
    };

    [Theory, MemberData(nameof(Networks))]
    public void ANetworkEqualsItsExport(string name, string input, int[] shape)
    {
        using var chain = new OnnxRuntimeChain(TestData.Model(name), Preset.Fast);
        OnnxRuntimeTests.AssertSame(chain, (input, StrokePicture.Of(shape)));
        Assert.DoesNotContain(chain.Said.All, d => d.Id == "LR2VQ2030");
    }

    /// <summary>Its branches hold all of the weights.</summary>
    [Fact]
    public void VoiceActivityEqualsItsExport()
    {
        string path = TestData.Model("silero_vad_v5.onnx");
        using var chain = new OnnxRuntimeChain(path, Preset.Fast);
        (string, HostTensor)[] inputs = [("input", RandomTensor.Floats(1, 1, 512)), ("state", HostTensor.Of(new float[2 * 128], 2, 1, 128)), ("sr", HostTensor.Of([16000L]))];
        HostTensor[] found = OnnxRuntimeTests.AssertSame(chain, inputs);
        Assert.True(chain.Compressed.Ratio > 3.5, $"{chain.Compressed.Ratio}");
        double[] original = OrtOracle.Run(path, inputs)[0].ToDoubles(), compressed = found[0].ToDoubles();
        Assert.True(original.Zip(compressed, (a, b) => Math.Abs(a - b)).Max() < 0.1);
    }
}
