using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Calibration;

public sealed class CalibratorTests
{
    private static CalibrationResult Calibrate(CalibrationNetwork network, CalibrationAim aim, CalibrationParts parts = CalibrationParts.All, int threads = 1,
        CancellationToken cancellation = default, IProgress<CompressionProgress>? progress = null, double mostWork = 8e11) => Calibrator.Run(network.Network, network.Weights,
            new CompressionOptions { Threads = threads }, new CalibrationSettings(network.Samples(32), aim, parts) { MostWorkOfRefining = mostWork }, CalibrationNetwork.Length, progress, cancellation);

    private static long Original(CalibrationNetwork network) => network.Weights.Sum(w => 4 * w.Length);

    [Fact]
    public void NeitherThreadsNorVectorsChangeAByte()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        var aim = new CalibrationAim { Bytes = Original(network) / 8 };
        CalibrationResult one = Calibrate(network, aim, threads: 1), two = Calibrate(network, aim, threads: 2), narrow;
        using (Lanes.Force(Isa.Vector256)) narrow = Calibrate(network, aim, threads: 2);
        foreach (CalibrationResult other in (CalibrationResult[])[two, narrow])
        {
            Assert.Equal(one.HeldOut, other.HeldOut);
            foreach ((EncodedTensor a, EncodedTensor b) in one.Compression.Tensors.Zip(other.Compression.Tensors))
            {
                Assert.Equal(a.Parameters, b.Parameters);
                Assert.Equal(a.Codes, b.Codes);
                Assert.Equal(a.Codebook, b.Codebook);
                Assert.Equal(a.Dense, b.Dense);
            }
        }
    }

    [Fact]
    public void BudgetsAreKeptAndBytesBuyAnswers()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        double before = 0;
        foreach (double ratio in (double[])[6, 9, 13])
        {
            long bytes = (long)(Original(network) / ratio);
            CalibrationResult result = Calibrate(network, new CalibrationAim { Bytes = bytes });
            Assert.InRange(result.Compression.FileBytes, (long)(0.98 * bytes), bytes);
            Assert.Equal(result.Compression.FileBytes, CalibrationNetwork.Length([.. result.Compression.Tensors.Select(TensorLengths.Of)]));
            Assert.True(result.AreClasses);
            Assert.True(result.HeldOut.Distance > before);
            before = result.HeldOut.Distance;
        }
    }

    /// <summary>A step that a rule gives is nobody else's to change.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsChosenIsRefinedWhereAllWouldTakeTooLong(bool hasSize)
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        // So few bytes that levels without a trellis are tried, too.
        CalibrationAim aim = hasSize ? new CalibrationAim { Bytes = Original(network) / 24 } : new CalibrationAim();
        const CalibrationParts refining = CalibrationParts.Bias | CalibrationParts.Scales | CalibrationParts.Asymmetry;
        List<string> all = [], once = [];
        CalibrationResult coded = Calibrate(network, aim, CalibrationParts.All & ~refining), every = Calibrate(network, aim, progress: new Stages(all)),
            chosen = Calibrate(network, aim, progress: new Stages(once), mostWork: 0);
        Assert.True(chosen.HeldOut.Softened < coded.HeldOut.Softened);
        Assert.True(chosen.BiasesCorrected);
        if (hasSize) Assert.InRange(chosen.Compression.FileBytes, (long)(0.9 * aim.Bytes!.Value), aim.Bytes.Value);
        int Passes(List<string> stages) => stages.Count(stage => stage is "correcting biases" or "coding again");
        Assert.True(Passes(once) < Passes(all), $"{Passes(once)} of {Passes(all)}");
        Assert.Equal(every.AnswersStay, chosen.AnswersStay);
    }

    /// <summary>Notes what progress tells.</summary>
    private sealed class Stages(List<string> told) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value)
        {
            lock (told) told.Add(value.Stage);
        }
    }

    [Fact]
    public void AWeightWithAStepOfItsOwnStays()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        var options = new CompressionOptions { Threads = 1, Overrides = [new TensorOverride("spatial") { Method = CompressionMethod.TcEcsq, Step = 0.1 }] };
        CalibrationResult result = Calibrator.Run(network.Network, network.Weights, options, new CalibrationSettings(network.Samples(32), new CalibrationAim { Bytes = Original(network) / 6 }, CalibrationParts.All),
            CalibrationNetwork.Length, null, CancellationToken.None);
        Assert.InRange(result.Compression.FileBytes, 1, Original(network) / 6);
        Assert.Contains(result.Compression.Reports, report => report.Identity.Name == "spatial" && report.Step == 0.1);
    }

    /// <summary>Measured on samples that nobody saw.</summary>
    [Fact]
    public void WhatSamplesShowBringsAnswersNearer()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        var aim = new CalibrationAim { Bytes = Original(network) / 9 };
        double Measured(CalibrationParts parts)
        {
            using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1), other = EvaluationNetwork.Of(network.Network.Plan, Calibrate(network, aim, parts).Compression.Tensors, 1);
            Workers workers = new(1, CancellationToken.None);
            return Answers.Of(original, network.Samples(40, seed: 1000), workers, _ => { }).Compare(other, workers).Distance;
        }
        double none = Measured(CalibrationParts.None), feedback = Measured(CalibrationParts.Feedback), all = Measured(CalibrationParts.All);
        Assert.True(feedback < 0.7 * none, $"feedback {feedback} of {none}");
        Assert.True(all < 0.5 * none, $"all {all} of {none}");
    }

    [Fact]
    public void WithoutASizeTheSmallestIsMadeWhoseAnswersStay()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        CalibrationResult usual = Calibrate(network, new CalibrationAim()), strict = Calibrate(network, new CalibrationAim { Points = 0.05 });
        Assert.InRange(usual.HeldOut.Distance, 0.003, CalibrationAim.UsualDivergence);
        Assert.InRange(strict.HeldOut.Distance, 0, 0.05 * 0.05);
        Assert.True(usual.AnswersStay && strict.AnswersStay);
        Assert.True(usual.Compression.FileBytes < strict.Compression.FileBytes);
    }

    [Fact]
    public void CorrectedBiasesKeepTheMeans()
    {
        using CalibrationNetwork network = CalibrationNetwork.Linear();
        InputSample[] samples = network.Samples(12);
        CompressionResult coarse = Compressor.Compress(network.Weights, new CompressionOptions { Method = CompressionMethod.Uniform, K = 8, Threads = 1 },
            CalibrationNetwork.Length, Original(network), null, new DiagnosticBag(), CancellationToken.None);
        Workers workers = new(2, CancellationToken.None);
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        IReadOnlyList<WeightInput> inputs = WeightInput.Of(network.Network.Plan);
        EncodedTensor[] corrected = BiasCorrection.Run(network.Network, inputs, network.Weights, coarse.Tensors, samples, scales: false, 0, workers, _ => { })!;
        double[] expected = Mean(original, samples);
        using EvaluationNetwork before = EvaluationNetwork.Of(network.Network.Plan, coarse.Tensors, 1), after = EvaluationNetwork.Of(network.Network.Plan, corrected, 1);
        double size = Math.Sqrt(expected.Sum(m => m * m)), error = Distance(expected, Mean(before, samples)), left = Distance(expected, Mean(after, samples));
        Assert.True(left < 0.005 * size && left < 0.1 * error, $"{left} of {error}, {size}");
    }

    /// <summary>Rows that are wrong by a factor each are as they were, and nothing else has to be made up for.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CorrectedScalesUndoFactors(bool trellis)
    {
        using CalibrationNetwork network = CalibrationNetwork.Linear();
        InputSample[] samples = network.Samples(24);
        EncodedTensor[] right = [.. network.Weights.Select(weight =>
        {
            TensorSpec spec = weight.Identity.Role == WeightRole.Bias ? new TensorSpec(TensorTreatment.Bias, CompressionMethod.Fp16)
                : new TensorSpec(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Trellis = trellis };
            return TensorEncoder.Encode(weight, spec, 0.01, null, null, 0, CancellationToken.None).Tensor;
        })];
        EncodedTensor[] wrong = [.. right.Select(tensor => TransformTensor.Has(tensor.Format)
            ? TransformTensor.Rescaled(tensor, [.. Enumerable.Range(0, TransformTensor.ScalesOf(tensor).Scales.Length).Select(r => 0.8 + 0.05 * (r % 9))]) : tensor)];
        Assert.Equal(5, wrong.Count(tensor => TransformTensor.Has(tensor.Format)));
        Workers workers = new(2, CancellationToken.None);
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        EncodedTensor[] Corrected(EncodedTensor[] tensors, bool scales) =>
            BiasCorrection.Run(network.Network, WeightInput.Of(network.Network.Plan), network.Weights, tensors, samples, scales, 0, workers, _ => { })!;
        double Change(EncodedTensor[] tensors)
        {
            using EvaluationNetwork other = EvaluationNetwork.Of(network.Network.Plan, tensors, 1);
            return Math.Sqrt(Answers.Of(original, network.Samples(8, seed: 77), workers, _ => { }).Compare(other, workers).Distance);
        }
        double biases = Change(Corrected(wrong, scales: false)), both = Change(Corrected(wrong, scales: true)), without = Change(Corrected(right, scales: false));
        // What is left is what levels and biases of few samples change, not factors.
        Assert.True(both < 1.05 * without && both < 0.2 * biases, $"{both} of {biases}, {without} without factors");
    }

    [Fact]
    public void ACancelledCalibrationEndsSoon()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        using CancellationTokenSource source = new();
        int told = 0;
        long cancelled = 0;
        var progress = new Told(_ =>
        {
            if (++told != 20) return;
            cancelled = Stopwatch.GetTimestamp();
            source.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Calibrate(network, new CalibrationAim { Bytes = Original(network) / 8 }, cancellation: source.Token, progress: progress));
        Assert.InRange(Stopwatch.GetElapsedTime(cancelled).TotalSeconds, 0, 2);
    }

    [Fact]
    public void EqualSensitivityGivesEqualSteps()
    {
        Assert.Equal([1.0, 1.0, 1.0], SensitivityScan.Factors([0.1, 0.1, 0.1], [1000, 1000, 1000], [1, 1, 1]));
        // Bytes fall by n for each halving of n/S: Δ² ∝ n/S.
        double[] factors = SensitivityScan.Factors([0.4, 0.1], [1000, 1000], [1, 1]);
        Assert.Equal(2, factors[1] / factors[0], 0.2);
    }

    private static double[] Mean(EvaluationNetwork network, InputSample[] samples)
    {
        double[] mean = new double[6];
        foreach (InputSample sample in samples)
            foreach ((int i, float value) in MemoryMarshal.Cast<byte, float>(network.Run(sample)[0].Bytes).ToArray().Index()) mean[i] += value / (double)samples.Length;
        return mean;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());

    private sealed class Told(Action<CompressionProgress> action) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => action(value);
    }
}
