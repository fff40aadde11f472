using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Networks;

/// <summary>Silero's voice detectors, whose branches a sampling rate and lengths decide: several calls with the state carried on, against ONNX Runtime.</summary>
public sealed class SileroTests
{
    private const double Bound = 1e-4;

    [Theory]
    [InlineData(576), InlineData(320)]
    public void The_half_version_agrees(int samples) => Check("field/silero_half.onnx", "", $"sequence={samples}", samples, [("state", 1, [2, 1, 128])]);

    /// <summary>With the rate fixed, and as an input that chooses a branch in each call.</summary>
    [Theory]
    [InlineData(16000, 512, true), InlineData(8000, 256, true), InlineData(16000, 512, false), InlineData(8000, 256, false)]
    public void The_legacy_version_agrees_at_both_rates(int rate, int samples, bool isFixed) =>
        Check("silero_vad_legacy.onnx", isFixed ? $"sr={rate}" : "", "", samples, [("h", 1, [2, 1, 64]), ("c", 2, [2, 1, 64])], rate);

    [Theory]
    [InlineData(16000, 576), InlineData(8000, 288)]
    public void The_fifth_version_agrees_at_both_rates(int rate, int samples) =>
        Check("silero_vad_v5.onnx", $"sr={rate}", $"d1={samples}", samples, [("state", 1, [2, 1, 128])], rate);

    /// <summary>Generated inputs hardly ever have the rate that takes the other branch; its weights are not the worse for it.</summary>
    [Theory, InlineData(16000, 512), InlineData(8000, 256)]
    public void A_lossy_artifact_answers_in_both_branches(int rate, int samples)
    {
        string path = TestData.Model("silero_vad_legacy.onnx");
        using OrtOracle oracle = new(path);
        using ManagedChain chain = new(path, new ModelOptions { Compression = new Lr2vq.Compression.CompressionOptions { Threads = 1 } });
        (string, HostTensor)[] inputs =
        [
            ("input", RandomTensor.Floats(3, -1f, 1f, 1, samples)), ("sr", HostTensor.Scalar((long)rate)),
            ("h", RandomTensor.Floats(1, -0.5f, 0.5f, 2, 1, 64)), ("c", RandomTensor.Floats(2, -0.5f, 0.5f, 2, 1, 64)),
        ];
        HostTensor[] expected = oracle.Run(inputs), actual = chain.Run(inputs);
        for (int o = 1; o < expected.Length; o++)
        {
            double[] right = expected[o].ToDoubles(), found = actual[o].ToDoubles();
            double change = Math.Sqrt(right.Zip(found, (a, b) => (a - b) * (a - b)).Sum() / right.Sum(a => a * a));
            Assert.InRange(change, 0, 0.05);
        }
    }

    private static void Check(string file, string constants, string dimensions, int samples, (string Input, int Output, int[] Shape)[] states, long rate = 16000)
    {
        string path = TestData.Model(file);
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Preset", "Lossless"), new("Constants", constants), new("Dimensions", dimensions)], null, bag);
        bag.ThrowIfErrors();
        using OrtOracle oracle = new(path);
        using ManagedChain chain = new(path, options);
        HostTensor[] carried = [.. states.Select(s => HostTensor.Of(new float[s.Shape.Aggregate(1, (a, b) => a * b)], s.Shape))];
        for (int call = 0; call < 6; call++)
        {
            HostTensor sound = HostTensor.Of([.. Enumerable.Range(0, samples).Select(i => 0.3f * MathF.Sin((i + call * samples) * 0.05f * (1 + call)))], 1, samples);
            List<(string, HostTensor)> inputs = [("input", sound), .. states.Select((s, i) => (s.Input, carried[i]))];
            HostTensor[] actual = chain.Run([.. inputs.Where(input => chain.HasInput(input.Item1)), .. Rate().Where(input => chain.HasInput(input.Item1))]);
            HostTensor[] expected = oracle.Run([.. inputs, .. Rate().Where(input => oracle.InputNames.Contains(input.Item1))]);
            for (int o = 0; o < expected.Length; o++) Tolerance.OfLargest(Bound).Check(expected[o], actual[o], $"call {call}, output {o}");
            for (int i = 0; i < states.Length; i++) carried[i] = expected[states[i].Output];
        }

        IEnumerable<(string, HostTensor)> Rate() => [("sr", HostTensor.Scalar(rate))];
    }
}
