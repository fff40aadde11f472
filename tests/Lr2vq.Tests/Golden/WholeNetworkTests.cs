using System;
using System.Linq;
using System.Runtime.InteropServices;
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
        float[] x = new float[shape.Aggregate(1, (n, d) => n * d)];
        var random = new Random(5);
        for (int i = 0; i < x.Length; i++) x[i] = random.NextSingle() * 2 - 1;
        HostTensor value = HostTensor.Of(x, shape);
        using var oracle = new OrtOracle(path, optimize: false);
        using var chain = new ManagedChain(path);
        HostTensor[] expected = oracle.Run((input, value)), actual = chain.Run((input, value));
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
}
