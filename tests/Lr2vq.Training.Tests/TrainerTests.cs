using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>A compressed network is trained towards the original's answers, never becomes worse, and runs from a file as torch computed it.</summary>
public sealed class TrainerTests(ITestOutputHelper output)
{
    private const string Network = "cifar10j-resnet20.onnx";

    [Theory]
    [InlineData("lr2vq")]
    [InlineData("tc-ecsq")]
    public void Training_brings_the_answers_back(string method) => Torch.WithNetworkOf(Network, planned =>
    {
        using TrainingCase one = new(planned, method, method == "tc-ecsq" ? Recipe.Scalars.Faster(0.3) : null);
        TrainingResult result = one.Train(new TrainingLimits(24) { Looks = 6 });
        output.WriteLine($"{method}: {result.Before} to {result.Best}");
        Assert.True(result.Best.Loss < result.Before.Loss, $"{result.Before} became {result.Best}");
        Assert.Equal(result.Best, one.Measure(result.Tensors));
        Assert.Equal(TrainingEnd.Done, result.End);
    });

    /// <summary>Adam's first step is as long as its learning rate: what the recipe says for a kind of parameter is what moves it.</summary>
    [Theory]
    [InlineData("lr2vq", "")]
    [InlineData("tc-ecsq", "levels")]
    public void Rates_are_those_of_the_recipe(string method, string kind) => Torch.WithNetworkOf(Network, planned =>
    {
        using TrainingCase one = new(planned, method);
        var before = one.Parameters;
        one.Train(new TrainingLimits(1) { Looks = 1 });
        double moved = one.Parameters.Where(p => p.Value.Kind == kind).Max(p => p.Value.Values.Zip(before[p.Key].Values, (a, b) => Math.Abs((double)a - b)).Max());
        double rate = one.Recipe.Phases[0].Rate * one.Recipe.Factors.GetValueOrDefault(kind, 1);
        Assert.True(moved >= 0.9 * rate && moved <= 1.01 * rate, $"{moved}, the rate is {rate}");
    });

    /// <summary>Where nothing helps, what came is what stays.</summary>
    [Fact]
    public void Nothing_becomes_worse() => Torch.WithNetworkOf(Network, planned =>
    {
        using TrainingCase one = new(planned, "pqf");
        int look = 0;
        TrainingResult result = one.Train(new TrainingLimits(2) { Looks = 2 }, measure: _ => new Quality(++look, 0));
        Assert.Same(one.Start, result.Tensors);
        Assert.Equal((1, 3), (result.Best.Loss, look));
    });

    /// <summary>A training that was cut anywhere and goes on gives the bytes of one that was not, in every phase.</summary>
    [Theory]
    [InlineData("pqf", 3)]
    [InlineData("lr2vq", 2, 4, 7)]
    [InlineData("tc-ecsq", 1, 3, 5)]
    public void A_training_goes_on_where_it_was_cut(string method, params int[] cuts) => Torch.WithNetworkOf(Network, planned =>
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-training-").FullName;
        try
        {
            TrainingLimits limits = new(10) { Looks = 5, Seed = 3 };
            using TrainingCase uncut = new(planned, method);
            TrainingResult whole = uncut.Train(limits);
            limits = limits with { Checkpoint = Path.Combine(folder, "training") };
            foreach (int cut in cuts)
            {
                using TrainingCase cutOne = new(planned, method), goesOn = new(planned, method);
                using CancellationTokenSource stop = new();
                TrainingResult first = cutOne.Train(limits, step => { if (step == cut) stop.Cancel(); }, cancellation: stop.Token);
                Assert.Equal((cut, TrainingEnd.Cancelled), (first.Steps, first.End));
                Assert.True(File.Exists(limits.Checkpoint));
                List<int> seen = [];
                TrainingResult rest = goesOn.Train(limits, seen.Add);
                Assert.Equal(cut + 1, seen[0]);
                Assert.Equal(whole.Best, rest.Best);
                Assert.Equal(Bytes(planned, whole), Bytes(planned, rest));
                Assert.False(File.Exists(limits.Checkpoint));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>A checkpoint that is damaged, or that of another training, is as none.</summary>
    [Fact]
    public void Only_its_own_checkpoint_is_taken() => Torch.WithNetworkOf(Network, planned =>
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-training-").FullName;
        try
        {
            TrainingLimits limits = new(2) { Checkpoint = Path.Combine(folder, "training"), SaveEvery = TimeSpan.Zero };
            using CancellationTokenSource stop = new();
            using TrainingCase one = new(planned, "lr2vq");
            one.Train(limits, step => stop.Cancel(), cancellation: stop.Token);
            byte[] kept = File.ReadAllBytes(limits.Checkpoint);
            foreach (int place in (int[])[3, kept.Length / 2, kept.Length - 1])
            {
                byte[] damaged = [.. kept];
                damaged[place] ^= 16;
                File.WriteAllBytes(limits.Checkpoint, damaged);
                Assert.Equal(1, First(limits));
            }
            File.WriteAllBytes(limits.Checkpoint, kept[..(kept.Length / 3)]);
            Assert.Equal(1, First(limits));
            File.WriteAllBytes(limits.Checkpoint, kept);
            Assert.Equal(1, First(limits with { Seed = 1 }));
            File.WriteAllBytes(limits.Checkpoint, kept);
            Assert.Equal(2, First(limits));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        int First(TrainingLimits limits)
        {
            List<int> seen = [];
            using TrainingCase other = new(planned, "lr2vq");
            other.Train(limits, seen.Add);
            return seen[0];
        }
    });

    /// <summary>The schedule is made for the time, and the last look is inside it.</summary>
    [Fact]
    public void Time_is_kept() => Torch.WithNetworkOf(Network, planned =>
    {
        using TrainingCase one = new(planned, "lr2vq");
        Stopwatch clock = Stopwatch.StartNew();
        List<TrainingProgress> seen = [];
        TrainingResult result = one.Train(new TrainingLimits(1_000_000) { Time = TimeSpan.FromSeconds(4) }, progress: seen.Add);
        Assert.Equal(TrainingEnd.TimeIsUp, result.End);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(9), $"{clock.Elapsed}");
        Assert.True(result.Steps > 0 && result.Best.Loss <= result.Before.Loss, $"{result.Steps} steps, {result.Before} to {result.Best}");
        Assert.All(seen, p => Assert.True(p.Left <= TimeSpan.FromSeconds(4) && p.ImagesPerSecond > 0));
    });

    /// <summary>Where bits depend on parameters, what is kept has the size that was asked for.</summary>
    [Fact]
    public void A_size_is_reached() => Torch.WithNetworkOf(Network, planned =>
    {
        // Levels that move fast, for a short training.
        Recipe fast = new("fast", new Phase("round", 1, 1e-3, 1e-3)) { BitsCost = 40, Factors = new Dictionary<string, double> { ["levels"] = 100, ["widths"] = 50 } };
        using TrainingCase one = new(planned, "tc-ecsq", fast);
        long before = one.Length(one.Start), most = before * 9 / 10;
        SizeTarget size = new(most, one.Length);
        TrainingResult result = one.Train(new TrainingLimits(32) { Looks = 16, Size = size }, measure: tensors => new Quality(one.Length(tensors), 0));
        output.WriteLine($"{before} to {one.Length(result.Tensors)}, asked for {most}");
        Assert.InRange(one.Length(result.Tensors), 0.9 * most, most * (1 + size.Slack));
    });

    private static byte[] Bytes(PlannedNetwork planned, TrainingResult result) => ArtifactWriter.ToArray(ArtifactMeta.Empty, PlanText.Write(planned.Plan), result.Tensors);
}
