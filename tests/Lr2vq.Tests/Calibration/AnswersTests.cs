using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>How far answers are apart.</summary>
public sealed class AnswersTests
{
    /// <summary>What a network reads is judged place by place, as classes are: a rare class counts as much as a sure one.</summary>
    [Fact]
    public void ClassesAtManyPlacesAreComparedByDivergence()
    {
        using CalibrationNetwork network = CalibrationNetwork.Sequence();
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1), coded = EvaluationNetwork.Of(network.Network.Plan, Coarse(network), 1);
        InputSample[] samples = network.Samples(5);
        var workers = new Workers(1, CancellationToken.None);
        Answers answers = Answers.Of(original, samples, workers, _ => { });
        AnswerChange change = answers.Compare(coded, workers);
        double divergence = 0;
        int agreeing = 0, rows = 0;
        foreach (InputSample sample in samples)
        {
            float[] p = Floats(original.Run(sample)[0].Bytes), q = Floats(coded.Run(sample)[0].Bytes);
            for (int row = 0; row < p.Length; row += 12, rows++)
            {
                for (int i = row; i < row + 12; i++) divergence += p[i] * (Math.Log(p[i]) - Math.Log(q[i]));
                if (OutputComparison.Best(p.AsSpan(row, 12)) == OutputComparison.Best(q.AsSpan(row, 12))) agreeing++;
            }
        }
        Assert.True(answers.AreClasses);
        Assert.Equal(45, rows);
        Assert.Equal(divergence / rows, change.Distance, 1e-4 * divergence / rows);
        Assert.Equal((double)agreeing / rows, change.Agreement);
        Assert.All(Enumerable.Range(0, samples.Length), s => Assert.Equal(9, answers.RightClasses(s)[0].Length));
    }

    /// <summary>A label names one class of a sample, not one of each place.</summary>
    [Fact]
    public void LabelsAreNotForPlaces()
    {
        using CalibrationNetwork network = CalibrationNetwork.Sequence();
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        var workers = new Workers(1, CancellationToken.None);
        Answers answers = Answers.Of(original, network.Samples(3), workers, _ => { }, [0, 1, 2]);
        Assert.Null(answers.Compare(original, workers).Lost);
        Assert.NotEqual([2, 2, 2, 2, 2, 2, 2, 2, 2], answers.RightClasses(2)[0]);
    }

    /// <summary>Divergences and changes of values have no common measure.</summary>
    [Fact]
    public void BesideOtherValuesPlacesAreValues()
    {
        using CalibrationNetwork network = CalibrationNetwork.Sequence(alsoValues: true);
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        Assert.False(Answers.Of(original, network.Samples(3), new Workers(1, CancellationToken.None), _ => { }).AreClasses);
    }

    private static IReadOnlyList<EncodedTensor> Coarse(CalibrationNetwork network) => Compressor.Compress(network.Weights,
        new CompressionOptions { Step = 0.8, Threads = 1 }, CalibrationNetwork.Length, 1 << 20, null, new DiagnosticBag(), default).Tensors;

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();
}
