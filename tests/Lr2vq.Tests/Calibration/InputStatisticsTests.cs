using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>What a weight meets, against what its step computes from it.</summary>
public sealed unsafe class InputStatisticsTests
{
    [Fact]
    public void AWeightTimesAPatchIsTheOutput()
    {
        using CalibrationNetwork network = CalibrationNetwork.Linear();
        IReadOnlyList<WeightInput> inputs = WeightInput.Of(network.Network.Plan);
        Assert.Equal(5, inputs.Count);
        Assert.All(inputs, input => Assert.True(input.Bias >= 0));
        Assert.True(inputs[^1].Pool > 0);
        var observer = new Check(network, inputs);
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        original.Run(network.Samples(1)[0], observer);
        Assert.Equal(5, observer.Steps);
    }

    [Fact]
    public void GramsAreThoseOfThePatches()
    {
        using CalibrationNetwork network = CalibrationNetwork.Linear();
        IReadOnlyList<WeightInput> inputs = WeightInput.Of(network.Network.Plan);
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        InputStatistics statistics = InputStatistics.Of(original, inputs, network.Samples(9), _ => 4608, 0, new Workers(2, CancellationToken.None), _ => { });
        var means = new Means(network, inputs);
        foreach (InputSample sample in network.Samples(9)) original.Run(sample, means);
        foreach (WeightInput input in inputs)
        {
            double[] mean = means.Of(input.Step);
            InputGram gram = statistics.Gram(input.Weight)!;
            Assert.Equal(mean.Length, gram.Shape.Groups * gram.Shape.Columns);
            // E[x²] is at least E[x]²; nearly all positions of these small planes are taken.
            for (int g = 0; g < gram.Shape.Groups; g++)
                for (int c = 0; c < gram.Shape.Columns; c++)
                    Assert.True(gram.Sums(g, 0)[c * (gram.Shape.Columns + 1)] / gram.Count >= 0.9 * Math.Pow(mean[g * gram.Shape.Columns + c], 2) - 1e-3);
        }
    }

    [Theory]
    [InlineData(8, 4)]
    [InlineData(16, 8)]
    [InlineData(40, 8)]
    [InlineData(100, 20)]
    [InlineData(128, 25)]
    public void AFifthIsHeldOut(int samples, int heldOut)
    {
        InputSample[] all = [.. Enumerable.Range(0, samples).Select(_ => new InputSample([]))];
        SampleSplit split = SampleSplit.Of(all);
        Assert.Equal(heldOut, split.HeldOut.Count);
        Assert.Equal(samples, split.Training.Concat(split.HeldOut).Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    private sealed class Means(CalibrationNetwork network, IReadOnlyList<WeightInput> inputs) : StepObserver
    {
        private readonly Dictionary<int, (double[] Sums, int Positions)> _sums = [];
        private TensorView _x;

        public double[] Of(int step) => Array.ConvertAll(_sums[step].Sums, sum => sum / _sums[step].Positions);

        public override void Before(int step, ReadOnlySpan<TensorView> values) => _x = values[0];

        public override void After(int step, ReadOnlySpan<TensorView> outputs)
        {
            if (inputs.FirstOrDefault(i => i.Step == step) is not { } input) return;
            PlanWeight plan = network.Network.Plan.Weights[input.Weight];
            InputPatches patches = input.Attributes is null ? InputPatches.Rows(_x)
                : InputPatches.Of(_x, outputs[0], plan.Role, CanonicalShape.Of(plan.Role, [.. plan.Shape], plan.Groups), input.Attributes, new Dictionary<string, long>());
            (double[] sums, int positions) = _sums.GetValueOrDefault(step, (new double[patches.Length], 0));
            patches.Sum(sums);
            _sums[step] = (sums, positions + patches.Positions);
        }
    }

    private sealed class Check(CalibrationNetwork network, IReadOnlyList<WeightInput> inputs) : StepObserver
    {
        private TensorView _x;

        public int Steps { get; private set; }

        public override void Before(int step, ReadOnlySpan<TensorView> values) => _x = values[0];

        public override void After(int step, ReadOnlySpan<TensorView> outputs)
        {
            if (inputs.FirstOrDefault(i => i.Step == step) is not { } input) return;
            Steps++;
            PlanWeight plan = network.Network.Plan.Weights[input.Weight];
            WeightSource weight = network.Weights[input.Weight];
            TensorView y = outputs[0];
            InputPatches patches = input.Attributes is null ? InputPatches.Rows(_x) : InputPatches.Of(_x, y, plan.Role, weight.Identity.Canonical, input.Attributes, new Dictionary<string, long>());
            int rows = weight.Identity.Canonical.Rows, groups = weight.Identity.Groups, columns = patches.Length / groups;
            float[] w = weight.Read(), bias = network.Weights[input.Bias].Read(), patch = new float[patches.Length];
            double[] sums = new double[patch.Length], expectedSums = new double[patch.Length];
            patches.Sum(sums);
            Assert.Equal(y.Length, (long)patches.Positions * rows);
            for (int p = 0; p < patches.Positions; p++)
            {
                fixed (float* to = patch) patches.Read(p, to);
                for (int c = 0; c < patch.Length; c++) expectedSums[c] += patch[c];
                for (int r = 0; r < rows; r++)
                {
                    double sum = bias[r];
                    for (int c = 0; c < columns; c++) sum += w[r * columns + c] * patch[r / (rows / groups) * columns + c];
                    Assert.Equal(sum, At(y, r, p, rows), 2e-3);
                }
            }
            for (int c = 0; c < patch.Length; c++) Assert.Equal(expectedSums[c], sums[c], 1e-3);
        }

        private static float At(TensorView y, int channel, int position, int channels)
        {
            int plane = y.Rank == 4 ? y.Shape[2] * y.Shape[3] : 1, image = position / plane, place = position % plane;
            return y.Layout == TensorLayout.Blocked ? y.F32[((long)(image * ((channels + 15) / 16) + channel / 16) * plane + place) * 16 + channel % 16]
                : y.F32[((long)image * channels + channel) * plane + place];
        }
    }
}
