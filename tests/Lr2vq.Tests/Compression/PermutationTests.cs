using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Codecs;
using Xunit;

namespace Lr2vq.Tests.Compression;

/// <summary>Channels in another order. Oracles: the outputs of the network as it was, determinants by MathNet.</summary>
public sealed class PermutationTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "lr2vq-permutation-" + Guid.NewGuid().ToString("n") + ".onnx");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("chain", 3)]
    [InlineData("residual", 2)]
    [InlineData("gated", 2)]
    [InlineData("concat", 2)]
    [InlineData("shared", 0)]
    public void TheNetworkComputesTheSame(string kind, int classes)
    {
        Network(kind).Write(_path);
        DiagnosticBag bag = new();
        using OnnxModel model = ModelCompressor.Open(_path, new Dictionary<string, long>(), bag)!;
        PlannedNetwork network = Planner.Plan(model, "network", _path, null, bag)!;
        Assert.Empty(bag.All);
        Assert.Equal(classes, ChannelClasses.Of(network.Plan).Count);
        CompressionOptions options = new() { Method = CompressionMethod.Pqf, Overrides = [new TensorOverride("*") { Method = CompressionMethod.Pqf }] };
        PlannedNetwork permuted = ChannelPermutation.Apply(network, options, null, default);
        int changed = Enumerable.Range(0, network.Constants.Count).Count(i => network.Plan.Weights[i].Type == ElementType.Float32 && !network.Constants[i].ToFloats().SequenceEqual(permuted.Constants[i].ToFloats()));
        Assert.Equal(classes > 0, changed > 0);
        using EvaluationNetwork before = EvaluationNetwork.Original(network, 1), after = EvaluationNetwork.Original(permuted, 1);
        var sample = new InputSample([new NpyFile(ElementType.Float32, [1, 3, 12, 12], MemoryMarshal.AsBytes<float>(RandomTensor.Uniform(5, 432)).ToArray())]);
        float[] expected = Floats(before.Run(sample)[0]), found = Floats(after.Run(sample)[0]);
        float largest = expected.Max(Math.Abs);
        Assert.True(largest > 0);
        Assert.All(Enumerable.Range(0, expected.Length), i => Assert.Equal(expected[i], found[i], 1e-5f * largest));
    }

    [Theory]
    [InlineData(4, 1, false)]
    [InlineData(2, 9, true)]
    [InlineData(4, 9, false)]
    public void DeterminantsFallAndAreThoseOfTheOrder(int group, int taps, bool withTaps)
    {
        const int rows = 100, channels = 24;
        float[] weights = CodecCases.Weights(rows, channels * taps, 3);
        // Pairs of channels have much in common; where the file has them they lie apart.
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < channels / 2; c++)
                for (int t = 0; t < taps; t++)
                {
                    int a = (r * channels + c) * taps + t, b = (r * channels + c + channels / 2) * taps + t;
                    weights[b] = 0.9f * weights[a] + 0.2f * weights[b];
                }
        SeededRandom random = SeededRandom.For(1, "order"), again = SeededRandom.For(1, "order");
        PermutedReader reader = new(weights, rows, taps, group, withTaps);
        (int[] order, double before, double after) = PermutationSearch.Find([reader], channels, 2000, ref random, default);
        Assert.Equal(Enumerable.Range(0, channels), order.Order());
        Assert.True(after < before);
        Assert.Equal(order, PermutationSearch.Find([reader], channels, 2000, ref again, default).Order);
        foreach ((int[] one, double value) in new[] { (Enumerable.Range(0, channels).ToArray(), before), (order, after) })
            Assert.Equal(Direct(weights, rows, channels, taps, group, withTaps, one), value, 1e-3 * Math.Abs(value) + 1e-3);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => { SeededRandom r = SeededRandom.For(1, "x"); PermutationSearch.Find([reader], channels, 2000, ref r, cancellation.Token); });
    }

    [Fact]
    public void ClustersAreBetterOnAverage()
    {
        double plain = 0, ordered = 0;
        for (int seed = 0; seed < 4; seed++)
        {
            const int rows = 128, channels = 32;
            float[] weights = CodecCases.Weights(rows, channels, seed);
            for (int r = 0; r < rows; r++)
                for (int c = 16; c < 32; c++) weights[r * channels + c] = 0.95f * weights[r * channels + c - 16] + 0.1f * weights[r * channels + c];
            SeededRandom random = SeededRandom.For(seed, "order");
            int[] order = PermutationSearch.Find([new PermutedReader(weights, rows, 1, 4, false)], channels, 3000, ref random, default).Order;
            float[] turned = new float[weights.Length];
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < channels; c++) turned[r * channels + c] = weights[r * channels + order[c]];
            plain += ErrorOf(weights);
            ordered += ErrorOf(turned);

            double ErrorOf(float[] values)
            {
                MemoryWeight source = new(CodecCases.Conv(rows, channels, 1, 1), values);
                TensorSpec spec = PresetRules.Decide(new CompressionOptions { Method = CompressionMethod.Pqf, K = 32 }, [source])[0];
                EncodedWeight encoded = TensorEncoder.Encode(source, spec, 0, null, null, seed, default);
                return encoded.Error / encoded.Energy;
            }
        }
        Assert.True(ordered < 0.95 * plain, $"{ordered} after {plain}");
    }

    private static double Direct(float[] weights, int rows, int channels, int taps, int group, bool withTaps, int[] order)
    {
        int m = group * (withTaps ? taps : 1);
        List<double[]> all = [];
        for (int r = 0; r < rows; r++)
            for (int block = 0; block < channels / group; block++)
                for (int t = 0; t < (withTaps ? 1 : taps); t++)
                    all.Add([.. Enumerable.Range(0, m).Select(e => (double)weights[(r * channels + order[block * group + (withTaps ? e / taps : e)]) * taps + (withTaps ? e % taps : t)])]);
        double[] means = [.. Enumerable.Range(0, m).Select(e => all.Average(v => v[e]))];
        var covariance = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(m, m, (a, b) => all.Average(v => (v[a] - means[a]) * (v[b] - means[b])));
        return all.Count * Math.Log2(covariance.Determinant());
    }

    private static float[] Floats(NpyFile file) => MemoryMarshal.Cast<byte, float>(file.Bytes).ToArray();

    private static OnnxBuilder Network(string kind)
    {
        int seed = 10;
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 3, 12, 12);
        string Conv(string from, string to, int outputs, int inputs, int size, long groups = 1)
        {
            builder.Initializer("w" + to, RandomTensor.Floats(seed++, -0.3f, 0.3f, outputs, inputs, size, size)).Initializer("b" + to, RandomTensor.Floats(seed++, outputs))
                .Node("Conv", [from, "w" + to, "b" + to], ["c" + to], ("group", groups), ("pads", new long[] { size / 2, size / 2, size / 2, size / 2 })).Node("Relu", ["c" + to], [to]);
            return to;
        }
        string last = Conv("x", "a", 16, 3, 3);
        switch (kind)
        {
            case "chain":
                last = Conv(Conv(Conv(last, "d", 16, 1, 3, groups: 16), "e", 20, 16, 1), "f", 16, 20, 3);
                break;
            case "residual":
                Conv(Conv("a", "d", 16, 16, 3), "e", 16, 16, 1);
                builder.Node("Add", ["ce", "a"], ["s"]).Node("Relu", ["s"], ["t"]);
                last = "t";
                break;
            case "gated":
                builder.Node("GlobalAveragePool", ["a"], ["g"]);
                Conv(Conv("g", "h", 8, 16, 1), "i", 16, 8, 1);
                builder.Node("Sigmoid", ["ci"], ["j"]).Node("Mul", ["a", "j"], ["k"]);
                last = "k";
                break;
            case "concat":
                Conv("a", "d", 8, 16, 1);
                builder.Node("Concat", ["a", "d"], ["k"], ("axis", 1L));
                last = Conv(Conv("k", "l", 16, 24, 3), "m", 16, 16, 1);
                break;
            case "shared":
                // The same weight twice: its channels may not follow two classes.
                builder.Initializer("w", RandomTensor.Floats(seed++, -0.3f, 0.3f, 16, 16, 3, 3)).Node("Conv", ["a", "w"], ["d"], ("pads", new long[] { 1, 1, 1, 1 }))
                    .Node("Conv", ["d", "w"], ["e"], ("pads", new long[] { 1, 1, 1, 1 }));
                return builder.Output("e", ElementType.Float32, 1, 16, 12, 12);
        }
        builder.Node("GlobalAveragePool", [last], ["p"]).Node("Flatten", ["p"], ["q"]).Initializer("fc", RandomTensor.Floats(seed, 16, 10)).Node("MatMul", ["q", "fc"], ["y"]);
        return builder.Output("y", ElementType.Float32, 1, 10);
    }
}
