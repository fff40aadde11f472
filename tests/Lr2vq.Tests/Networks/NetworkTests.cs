using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Networks;

/// <summary>Whole networks with their weights as they are, against ONNX Runtime: within 1e-4 of the largest output.</summary>
public sealed class NetworkTests
{
    private const double Bound = 1e-4;

    /// <summary>Files with the shapes that their input is tried with, one session for all of a file.</summary>
    private static readonly Dictionary<string, int[][]> s_networks = new(StringComparer.Ordinal)
    {
        ["cifar10-resnet20.onnx"] = [[1, 3, 32, 32], [5, 3, 32, 32]],
        ["cifar10j-resnet20.onnx"] = [[2, 3, 32, 32]],
        ["cifar10-resnet18.onnx"] = [[2, 3, 32, 32], [1, 3, 32, 32]],
        ["squeezenet1_1.onnx"] = [[1, 3, 224, 224]],
        ["mobilenet_v1_0.25_224.onnx"] = [[1, 3, 224, 224], [2, 3, 224, 224]],
        ["mobilenet_v2_1.0_224.onnx"] = [[1, 3, 224, 224]],
        ["resnet18.onnx"] = [[1, 3, 224, 224]],
        ["resnet50.onnx"] = [[1, 3, 224, 224]],
        ["ch_PP-OCRv4_rec_infer.onnx"] = [[1, 3, 48, 320], [2, 3, 48, 100], [1, 3, 48, 531], [1, 3, 48, 320]],
        ["ch_PP-OCRv4_det_infer.onnx"] = [[1, 3, 160, 192], [1, 3, 96, 320], [2, 3, 64, 64]],
        ["ch_ppocr_mobile_v2.0_cls_infer.onnx"] = [[1, 3, 48, 192], [3, 3, 48, 192]],
        ["face_detection_front_128x128_barracuda.onnx"] = [[1, 128, 128, 3]],
        ["face_detection_back_256x256_barracuda.onnx"] = [[1, 256, 256, 3]],
        ["mlsd_320x320_tiny.onnx"] = [[1, 320, 320, 4]],
    };

    /// <summary>The largest takes seconds; `Conformance networks` runs it too.</summary>
    public static TheoryData<string> Names => [.. s_networks.Keys.Where(name => TestData.Full || name != "resnet50.onnx")];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_ONNX_Runtime(string file)
    {
        string path = TestData.Model(file);
        using OrtOracle oracle = new(path);
        using ManagedChain chain = new(path);
        PlanPort[] outputs = [.. chain.Compressed.Plan.Outputs];
        Assert.Equal(oracle.OutputNames, outputs.Select(output => output.Name));
        foreach (int[] shape in s_networks[file])
        {
            HostTensor x = StrokePicture.Of(shape, bytes: file.StartsWith("mlsd", StringComparison.Ordinal));
            (string, HostTensor) input = (Assert.Single(oracle.InputNames), x);
            HostTensor[] expected = oracle.Run(input), actual = chain.Run(input);
            for (int o = 0; o < expected.Length; o++) Tolerance.OfLargest(Bound).Check(expected[o], actual[o], $"{file} {x}, output {outputs[o].Name}");
        }
    }

    /// <summary>Every width computes a network that has all kinds of layers.</summary>
    [Theory, Trait("Isa", "true")]
    [InlineData("cifar10-resnet20.onnx"), InlineData("ch_ppocr_mobile_v2.0_cls_infer.onnx"), InlineData("ch_PP-OCRv4_rec_infer.onnx")]
    public void Every_width_agrees(string file)
    {
        string path = TestData.Model(file);
        int[] shape = file.Contains("rec", StringComparison.Ordinal) ? [1, 3, 48, 64] : s_networks[file][0];
        HostTensor x = StrokePicture.Of(shape);
        HostTensor[]? first = null;
        foreach (Isa isa in VectorWidths.Compared)
            using (Lanes.Force(isa))
            {
                using ManagedChain chain = new(path);
                HostTensor[] result = chain.Run((chain.Compressed.Plan.Inputs[0].Name, x));
                first ??= result;
                for (int o = 0; o < result.Length; o++) Tolerance.OfLargest(Bound).Check(first[o], result[o], $"{file}, {isa}");
            }
    }
}
