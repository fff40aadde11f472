using System;
using System.Linq;
using Lr2vq.Pictures;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>A size without data: errors are fed back by generated inputs.</summary>
public sealed class GeneratedCalibrationTests
{
    [Fact]
    public void AnswersAreNearerThanWithoutAtTheSameSize()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        CompressionOptions options = new() { TargetRatio = 8, Threads = 1 };
        using OutputGate gate = OutputGate.TryMake(network.Network, options, PreProcessing.None, out _, default)!;
        CompressionResult plain = Compress(network, options, gate, null);
        bool isAsked = false;
        CompressionResult fitted = Compress(network, options, gate, bytes =>
        {
            isAsked = true;
            return GeneratedCalibration.Compress(network.Network, network.Weights, options, gate, bytes, CalibrationNetwork.Length, null, default);
        });
        Assert.True(isAsked);
        Assert.InRange(fitted.FileBytes, 0.97 * Original(network) / 8, Original(network) / 8);
        Assert.Equal(fitted.Outputs!.Share, gate.Measure(fitted.Tensors).Share);
        Assert.True(fitted.Outputs.Share < 0.9 * plain.Outputs!.Share, $"{fitted.Outputs.Share} with, {plain.Outputs.Share} without");
        // The samples that were fitted to are not those that measure; others of that kind show the same.
        Assert.True(Change(network, fitted) < Change(network, plain));
    }

    [Fact]
    public void WhatIsNoBetterIsNotTaken()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        CompressionOptions options = new() { TargetRatio = 8, Threads = 1 };
        using OutputGate gate = OutputGate.TryMake(network.Network, options, PreProcessing.None, out _, default)!;
        CompressionResult plain = Compress(network, options, gate, null), coarse = Compress(network, options with { TargetRatio = 14 }, gate, null);
        Assert.Equal(plain.Tensors.Select(t => t.Codes), Compress(network, options, gate, _ => coarse).Tensors.Select(t => t.Codes));
        Assert.Equal(plain.Tensors.Select(t => t.Codes), Compress(network, options, gate, _ => null).Tensors.Select(t => t.Codes));
    }

    private static CompressionResult Compress(CalibrationNetwork network, CompressionOptions options, OutputGate gate, Func<long, CompressionResult?>? fit) =>
        Compressor.Compress(network.Weights, options, CalibrationNetwork.Length, Original(network), null, new DiagnosticBag(), default, gate, fit);

    private static long Original(CalibrationNetwork network) => network.Weights.Sum(w => 4 * w.Length);

    /// <summary>‖a − b‖ of the outputs for samples that nothing has seen.</summary>
    private static double Change(CalibrationNetwork network, CompressionResult result)
    {
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1), changed = EvaluationNetwork.Of(network.Network.Plan, result.Tensors, 1);
        return network.Samples(32).Sum(sample => Math.Pow(OutputComparison.Distance(original.Run(sample)[0], changed.Run(sample)[0]), 2));
    }
}
