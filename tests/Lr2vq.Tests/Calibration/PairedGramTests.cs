using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Evaluation;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>Weights that make up for what the layers before lost.</summary>
public sealed unsafe class PairedGramTests
{
    private const int Positions = 200;

    /// <summary>(W·x − W'·x̂)·x̂ᵀ = 0 in each part: no other weight is nearer.</summary>
    [Theory]
    [InlineData(1, 12, 12)]
    [InlineData(2, 6, 6)]
    [InlineData(1, 12, 8)]
    public void TheTargetIsTheNearest(int groups, int columns, int partColumns)
    {
        const int rows = 3;
        var shape = new GramShape(groups, columns, partColumns);
        float[] original = RandomTensor.Normal(1, Positions * groups * columns), coded = [.. original.Zip(RandomTensor.Normal(2, original.Length), (x, e) => 0.8f * x + 0.5f * e)];
        float[] weights = RandomTensor.Normal(3, groups * rows * columns), target = Of(shape, original, coded).Target(weights, 1e-12, new Workers(2, CancellationToken.None));
        for (int row = 0; row < groups * rows; row++)
            for (int part = 0; part < shape.Parts; part++)
                for (int c = shape.First(part); c < shape.First(part) + shape.Length(part); c++)
                {
                    double left = 0, size = 0;
                    for (int p = 0; p < Positions; p++)
                    {
                        int at = p * groups * columns + row / rows * columns;
                        double lost = 0;
                        for (int k = shape.First(part); k < shape.First(part) + shape.Length(part); k++)
                            lost += weights[row * columns + k] * original[at + k] - target[row * columns + k] * coded[at + k];
                        left += lost * coded[at + c];
                        size += coded[at + c] * coded[at + c];
                    }
                    Assert.InRange(left / size, -1e-5, 1e-5);
                }
        Assert.True(weights.Zip(target, (w, t) => Math.Abs(w - t)).Max() > 0.05);
    }

    [Fact]
    public void RowsDoNotDependOnTheirNeighbours()
    {
        const int rows = 19, columns = 24;
        PairedGram pair = Of(new GramShape(1, columns, 16), RandomTensor.Normal(1, Positions * columns), RandomTensor.Normal(2, Positions * columns));
        float[] weights = RandomTensor.Normal(3, rows * columns), all = pair.Target(weights, 0.03, new Workers(2, CancellationToken.None));
        for (int row = 0; row < rows; row++)
            Assert.Equal(pair.Target(weights[(row * columns)..((row + 1) * columns)], 0.03, new Workers(1, CancellationToken.None)), all[(row * columns)..((row + 1) * columns)]);
    }

    [Fact]
    public void WhatIsTheSameAsksForNothingElse()
    {
        var shape = new GramShape(1, 9, 9);
        float[] original = RandomTensor.Normal(1, Positions * 9), weights = RandomTensor.Normal(2, 4 * 9);
        Assert.Equal(weights, Of(shape, original, original).Target(weights, 0.03, new Workers(1, CancellationToken.None)));
    }

    [Fact]
    public void TheCodedGramIsThatOfTheCodedInputs()
    {
        var shape = new GramShape(2, 10, 6);
        float[] original = RandomTensor.Normal(1, Positions * 20), coded = RandomTensor.Normal(2, Positions * 20);
        InputGram expected = new(shape), found = Of(shape, original, coded).Coded();
        fixed (float* data = coded) expected.Add(data, Positions);
        Assert.Equal(expected.Count, found.Count);
        for (int group = 0; group < 2; group++)
            for (int part = 0; part < shape.Parts; part++)
                for (int i = 0, n = shape.Length(part); i < n; i++)
                    Assert.Equal(expected.Sums(group, part)[(i * n + i)..((i + 1) * n)].ToArray(), found.Sums(group, part)[(i * n + i)..((i + 1) * n)].ToArray());
    }

    /// <summary>A coarse first layer, and others that are exact, or exact for what the first makes.</summary>
    [Fact]
    public void LaterLayersMakeUpForACoarseOne()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        IReadOnlyList<WeightInput> inputs = WeightInput.Of(network.Network.Plan);
        Workers workers = new(2, CancellationToken.None);
        EncodedTensor Encoded(WeightSource weight, double step)
        {
            TensorSpec spec = weight.Identity.Role == WeightRole.Bias ? new TensorSpec(TensorTreatment.Bias, CompressionMethod.Fp16) : new TensorSpec(TensorTreatment.Transform, CompressionMethod.TcEcsq);
            return TensorEncoder.Encode(weight, spec, step, null, null, 0, CancellationToken.None).Tensor;
        }
        EncodedTensor[] plain = [.. network.Weights.Select((weight, i) => Encoded(weight, i == inputs[0].Weight ? 0.5 : 0.01))];
        int asked = 0;
        EncodedTensor[] again = BiasCorrection.Run(network.Network, inputs, network.Weights, plain, network.Samples(24), scales: false, 0, workers, _ => { }, (weight, pair) =>
        {
            asked++;
            return weight == inputs[0].Weight ? plain[weight] : Encoded(new GivenWeight(network.Weights[weight].Identity, pair.Target(network.Weights[weight].Read(), 1e-3, workers)), 0.01);
        })!;
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1);
        double Change(EncodedTensor[] tensors)
        {
            using EvaluationNetwork other = EvaluationNetwork.Of(network.Network.Plan, tensors, 1);
            return Math.Sqrt(Answers.Of(original, network.Samples(8, seed: 77), workers, _ => { }).Compare(other, workers).Distance);
        }
        double biases = Change(BiasCorrection.Run(network.Network, inputs, network.Weights, plain, network.Samples(24), scales: false, 0, workers, _ => { })!), both = Change(again);
        Assert.True(asked > 1);
        Assert.True(both < 0.8 * biases, $"{both} of {biases}");
    }

    private static PairedGram Of(GramShape shape, float[] original, float[] coded)
    {
        var pair = new PairedGram(shape);
        int length = shape.Groups * shape.Columns, count = original.Length / length;
        float[] rows = new float[count * pair.RowLength];
        for (int i = 0; i < count; i++) pair.Fill(original.AsSpan(i * length, length), coded.AsSpan(i * length, length), rows.AsSpan(i * pair.RowLength, pair.RowLength));
        fixed (float* data = rows) pair.Add(data, count, new Workers(2, CancellationToken.None));
        return pair;
    }
}
