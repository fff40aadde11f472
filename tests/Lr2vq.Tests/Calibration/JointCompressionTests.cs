using System.Linq;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Evaluation;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>Joint low-rank optimization of a network by its own answers.</summary>
public sealed class JointCompressionTests
{
    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void TheLossOfANetworkNeverRises(bool isCompact, bool withLabels)
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        (CompressionResult result, JointResult found, JointLoss loss) = Run(network, isCompact, null, withLabels);
        Assert.True(found.Loss.Loss <= loss.Original.Loss + 1e-9);
        Assert.True(found.HeldOut.Loss <= loss.OriginalHeldOut.Loss + 1e-9);
        // What the result says of itself is what its tensors do.
        Assert.Equal(loss.Measure(result.Tensors), found.Loss);
        Assert.True(result.FileBytes < 4 * network.Weights.Sum(w => w.Length));
    }

    [Fact]
    public void ASizeIsMetNearerToTheAnswersThanByTheSameShareOfAllRanks()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        long bytes = network.Weights.Sum(w => w.Length) * 4 / 7;
        (CompressionResult result, JointResult found, JointLoss loss) = Run(network, isCompact: false, bytes, withLabels: false);
        Assert.InRange(result.FileBytes, 0.85 * bytes, bytes);
        CompressionOptions same = new() { Method = CompressionMethod.Svd, Threads = 1 };
        var run = new CompressionRun(network.Weights, PresetRules.Decide(same, network.Weights), same, CalibrationNetwork.Length, null, default);
        run.ChooseForBytes(bytes);
        run.EncodeFixed();
        Assert.True(found.Loss.Distance < 0.5 * loss.Measure(run.Tensors).Distance);
    }

    private static (CompressionResult Result, JointResult Found, JointLoss Loss) Run(CalibrationNetwork network, bool isCompact, long? bytes, bool withLabels)
    {
        CompressionOptions options = new() { Method = isCompact ? CompressionMethod.JointCompact : CompressionMethod.Joint, Threads = 1 };
        var workers = new Workers(1, default);
        SampleSplit samples = SampleSplit.Of(network.Samples(24));
        int[]? labels = withLabels ? [.. Enumerable.Range(0, 24).Select(i => i % 10)] : null;
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        var loss = new JointLoss(original, samples, labels, workers, _ => { }, null);
        var run = new CompressionRun(network.Weights, PresetRules.Decide(options, network.Weights), options, CalibrationNetwork.Length, null, default);
        JointResult found = new JointSearch(run, loss, workers, isCompact, bytes is not null, _ => { }).Run(bytes, 0);
        return (run.Result(0), found, loss);
    }
}
