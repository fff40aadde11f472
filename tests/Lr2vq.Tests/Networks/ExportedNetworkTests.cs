using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Networks;

/// <summary>Every network that the run time must compute, compressed, against its dense export in ONNX Runtime.</summary>
public sealed class ExportedNetworkTests
{
    /// <summary>Networks whose lengths are free run with a second shape.</summary>
    private static readonly Dictionary<string, int[]> s_otherShapes = new(StringComparer.Ordinal)
    {
        ["ch_PP-OCRv4_rec_infer.onnx"] = [2, 3, 48, 149],
        ["ch_ppocr_mobile_v2.0_cls_infer.onnx"] = [3, 3, 48, 100],
    };

    public static TheoryData<string, string, int[][]> Networks
    {
        get
        {
            var all = new TheoryData<string, string, int[][]>();
            // The largest take seconds each; `Conformance networks` exports every network.
            foreach (string name in TestData.Models.Where(name => TestData.Full || name is not "resnet50.onnx" and not "resnet18.onnx"))
                all.Add(name, "input", name.StartsWith("cifar10", StringComparison.Ordinal) ? [[2, 3, 32, 32]] : [[1, 3, 224, 224]]);
            foreach ((string file, string input, int[] shape) in NpmModels.Runnable) all.Add(file, input, s_otherShapes.TryGetValue(file, out int[]? other) ? [shape, other] : [shape]);
            return all;
        }
    }

    [Theory, MemberData(nameof(Networks))]
    public void TheExportedNetworkAgreesWithTheCompressedOne(string name, string input, int[][] shapes)
    {
        ModelOptions options = new() { Compression = new CompressionOptions { Preset = Preset.Fast, Threads = 1 } };
        using var chain = new ManagedChain(TestData.Model(name), options);
        byte[] exported = chain.Export();
        using var oracle = new OrtOracle(exported);
        Assert.Equal(chain.Compressed.Plan.Outputs.Select(port => port.Name), oracle.OutputNames);
        using var other = new OrtOracle(exported, optimize: false);
        foreach (int[] shape in shapes)
        {
            HostTensor value = StrokePicture.Of(shape, bytes: name.StartsWith("mlsd", StringComparison.Ordinal));
            Compare(name, oracle.Run((input, value)), other.Run((input, value)), chain.Run((input, value)));
        }
    }

    /// <summary>How far ONNX Runtime with its optimizations is from itself without them is what rounding does to a network.</summary>
    private static void Compare(string name, HostTensor[] expected, HostTensor[] unoptimized, HostTensor[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Shape, actual[i].Shape);
            ReadOnlySpan<float> wanted = MemoryMarshal.Cast<byte, float>(expected[i].Bytes), found = MemoryMarshal.Cast<byte, float>(actual[i].Bytes);
            double error = Tolerance.ErrorOfLargest(wanted, found), rounding = Tolerance.ErrorOfLargest(wanted, MemoryMarshal.Cast<byte, float>(unoptimized[i].Bytes));
            TestContext.Current.TestOutputHelper?.WriteLine($"{name} output {i}: {error:e2} of the largest; rounding {rounding:e2}");
            Assert.True(error <= Math.Max(1e-4, 2 * rounding), $"{name} output {i} [{string.Join(",", expected[i].Shape)}] differs by {error:e2} of its largest value");
        }
    }
}
