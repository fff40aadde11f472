using System;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Lr2vq.Planning;
using Lr2vq.Testing;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using Xunit;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>Rule T: errors of every d̃, and the share of one of them that training leaves.</summary>
public sealed class RankRuleTests(ITestOutputHelper output)
{
    private const string Network = "cifar10j-resnet20.onnx";

    [Fact]
    public void Errors_go_from_one_to_the_other() => Torch.WithNetworkOf(Network, planned =>
    {
        TrainingStart start = Start(planned, 4);
        DimensionChoice.Candidate[] candidates = RankRule.Candidates(start)[9];
        Assert.Equal(Enumerable.Range(1, 9), candidates.Select(c => c.D));
        for (int d = 1; d < 9; d++)
        {
            Assert.True(candidates[d].LowRankError < candidates[d - 1].LowRankError);
            Assert.True(candidates[d].ClusteringError > candidates[d - 1].ClusteringError);
        }
        Assert.Equal(0, candidates[8].LowRankError, 1e-9);
        // What stays all is worth all components, what goes all none.
        Assert.Equal(9, DimensionChoice.RuleT(candidates, 1).D);
        Assert.Equal(1, DimensionChoice.RuleT(candidates, 0).D);
        Assert.InRange(DimensionChoice.RuleT(candidates).D, 2, 8);
    });

    [Fact]
    public void A_short_training_takes_most_of_the_projection_away()
    {
        Torch.Require();
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-rank-{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, Model());
        try
        {
            Torch.WithNetwork(path, planned =>
            {
                TorchNetwork teacher = TorchNetwork.Create(planned, path, new DiagnosticBag())!;
                Batches batches = new(teacher);
                RankRule.Trial trial = RankRule.Try(Start(planned, 2), Start(planned, 0), batches, [batches.At(1000), batches.At(1001)], new TrainingLimits(60), default);
                output.WriteLine($"{trial} {trial.Share}");
                Assert.True(trial.Before.LowRank > 10 * trial.Before.Whole, "projecting costs");
                Assert.InRange(trial.Share, 0.01, 0.7);
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Three convolutions whose taps are far from alike, and scores.</summary>
    private static byte[] Model()
    {
        Random random = new(4);
        HostTensor Some(float scale, params int[] shape) =>
            HostTensor.Of<float>([.. Enumerable.Range(0, shape.Aggregate(1, (n, x) => n * x)).Select(i => scale * (float)(random.NextDouble() * 2 - 1) / (1 + i % 9))], shape);
        return new OnnxBuilder(13).Input("x", ElementType.Float32, 32, 3, 8, 8)
            .Constant("a", Some(1, 16, 3, 3, 3)).Constant("b", Some(0.5f, 32, 16, 3, 3)).Constant("c", Some(0.4f, 32, 32, 3, 3)).Constant("d", Some(2, 10, 32)).Constant("e", Some(0.1f, 10))
            .Node("Conv", ["x", "a"], ["p"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["p"], ["q"]).Node("Conv", ["q", "b"], ["r"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["r"], ["s"])
            .Node("Conv", ["s", "c"], ["t"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["t"], ["u"]).Node("GlobalAveragePool", ["u"], ["v"]).Node("Flatten", ["v"], ["w"]).Node("Gemm", ["w", "d", "e"], ["y"], ("transB", 1L))
            .Output("y", ElementType.Float32, 32, 10).Build();
    }

    private sealed class Batches(TorchNetwork teacher) : IBatchSource
    {
        public Batch At(int step)
        {
            Random random = new(step);
            Tensor x = TensorValues.Of([.. Enumerable.Range(0, 32 * 3 * 64).Select(_ => (float)(random.NextDouble() * 4 - 2))], 32, 3, 8, 8);
            using var off = no_grad();
            return new Batch([x], teacher.Forward([x])[0].detach(), null);
        }
    }

    private static TrainingStart Start(PlannedNetwork planned, int d) => TrainingStart.Search(planned,
        new CompressionOptions { Preset = Preset.Lr2vq, Method = CompressionMethod.Lr2vq, M = 9, K = 32, D = new ClusteringDimensionality(d), Threads = 2 }, 1_104_818, null, new DiagnosticBag(), default);
}
