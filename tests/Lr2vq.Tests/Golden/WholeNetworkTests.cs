using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Golden;

/// <summary>Every network that the run time must compute, weights kept exactly, against ONNX Runtime.</summary>
public sealed class WholeNetworkTests
{
    public static TheoryData<string, string, int[]> Networks
    {
        get
        {
            var all = new TheoryData<string, string, int[]>();
            foreach (string name in TestData.Models)
                all.Add(name, "input", name.StartsWith("cifar10", StringComparison.Ordinal) ? [2, 3, 32, 32] : [1, 3, 224, 224]);
            foreach ((string file, string input, int[] shape) in NpmModels.Runnable) all.Add(file, input, shape);
            all.Add("ch_PP-OCRv4_rec_infer.onnx", "x", [2, 3, 48, 149]);
            all.Add("ch_ppocr_mobile_v2.0_cls_infer.onnx", "x", [3, 3, 48, 100]);
            return all;
        }
    }

    [Theory, MemberData(nameof(Networks))]
    public void AgreesWithOnnxRuntime(string name, string input, int[] shape)
    {
        OrtOracle.Require();
        string path = TestData.Model(name);
        HostTensor value = HostTensor.Of(Picture(shape, name.StartsWith("mlsd", StringComparison.Ordinal)), shape);
        using var oracle = new OrtOracle(path, optimize: false);
        using var chain = new ManagedChain(path);
        Compare(name, oracle.Run((input, value)), chain.Run((input, value)));
    }

    [Theory, MemberData(nameof(Networks))]
    public void TheExportedNetworkAgreesWithTheCompressedOne(string name, string input, int[] shape)
    {
        OrtOracle.Require();
        HostTensor value = HostTensor.Of(Picture(shape, name.StartsWith("mlsd", StringComparison.Ordinal)), shape);
        ModelOptions options = new() { Compression = new CompressionOptions { Preset = Preset.Fast, Threads = 1 } };
        using var chain = new ManagedChain(TestData.Model(name), options);
        string folder = Directory.CreateTempSubdirectory("lr2vq-export").FullName;
        try
        {
            string artifact = Path.Combine(folder, "a.lr2vq"), exported = Path.Combine(folder, "a.onnx");
            File.WriteAllBytes(artifact, chain.Artifact);
            DiagnosticBag bag = new();
            Assert.True(DenseExport.Export(artifact, exported, bag), string.Join("\n", bag.All));
            using var oracle = new OrtOracle(exported);
            Assert.Equal(chain.Compressed.Plan.Outputs.Select(port => port.Name), oracle.OutputNames);
            Compare(name, oracle.Run((input, value)), chain.Run((input, value)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(string name, HostTensor[] expected, HostTensor[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Shape, actual[i].Shape);
            ReadOnlySpan<float> wanted = MemoryMarshal.Cast<byte, float>(expected[i].Bytes), found = MemoryMarshal.Cast<byte, float>(actual[i].Bytes);
            double error = Tolerance.ErrorOfLargest(wanted, found);
            TestContext.Current.TestOutputHelper?.WriteLine($"{name} output {i}: {error:e2} of the largest");
            Assert.True(error <= 1e-4, $"{name} output {i} [{string.Join(",", expected[i].Shape)}] differs by {error:e2} of its largest value");
        }
    }

    /// <summary>Lines of dark strokes, like text, on a light ground with a little noise: noise alone drives detectors to outputs near 0, where
    /// everything is rounding.</summary>
    /// <param name="bytes">Pixels from 0 to 255 instead of normalized ones.</param>
    private static float[] Picture(int[] shape, bool bytes)
    {
        bool channelsLast = shape[^1] <= 4;
        int height = channelsLast ? shape[1] : shape[2], width = channelsLast ? shape[2] : shape[3], channels = channelsLast ? shape[3] : shape[1];
        var x = new float[shape.Aggregate(1, (n, d) => n * d)];
        var random = new Random(5);
        for (int i = 0; i < x.Length; i++)
        {
            int inside = i % (channels * height * width), pixel = channelsLast ? inside / channels : inside % (height * width);
            float light = IsStroke(pixel / width, pixel % width) ? 0.05f : 0.95f;
            light += 0.02f * (random.NextSingle() - 0.5f);
            x[i] = bytes ? MathF.Round(light * 255) : (light - 0.45f) * 4.5f;
        }
        return x;
    }

    private static bool IsStroke(int row, int column)
    {
        const int line = 32, letter = 16, cell = 11;
        int y = row % line - line / 4, x = column % cell, place = column / cell;
        if (y is < 0 or >= letter || x >= cell - 2 || place % 6 == 5) return false;
        return ((place * 7 + row / line * 13) % 5) switch
        {
            0 => x < 3 || y < 3,
            1 => x < 3 || x > cell - 6,
            2 => x < 3 || y < 3 || y > letter - 4,
            3 => Math.Abs(x - cell / 2) < 2 || y < 3,
            _ => x < 3 || y > letter - 4,
        };
    }
}
