using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>A size without data, and outputs that the gate lets pass: errors are fed back by generated inputs.</summary>
public sealed class GeneratedCalibrationTests
{
    [Fact]
    public void AnswersAreNearerThanWithoutAtTheSameSize()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        CompressionOptions options = new() { TargetRatio = 8, Threads = 1 };
        using OutputGate gate = OutputGate.TryMake(network.Network, options, out _, default)!;
        CompressionResult plain = Compress(network, options, gate, null);
        var search = new Inputs(bytes => Generated(network, options, gate).ForBytes(bytes));
        CompressionResult fitted = Compress(network, options, gate, search);
        Assert.True(search.IsAsked);
        Assert.InRange(fitted.FileBytes, 0.97 * Original(network) / 8, Original(network) / 8);
        Assert.Equal(fitted.Outputs!.Share, gate.Measure(fitted.Tensors).Share);
        Assert.True(fitted.Outputs.Share < 0.9 * plain.Outputs!.Share, $"{fitted.Outputs.Share} with, {plain.Outputs.Share} without");
        // The samples that were fitted to are not those that measure; others of that kind show the same.
        Assert.True(Change(network, fitted) < Change(network, plain));
    }

    /// <summary>Balanced, where the gate wants finer steps than the weights do: with feedback outputs change half as much for the same bytes.</summary>
    [Fact]
    public void WhatIsFedBackChangesOutputsLess()
    {
        using CalibrationNetwork network = CalibrationNetwork.Restorer();
        (CompressionResult plain, CompressionResult fed) = Balanced(network, 1);
        using OutputGate gate = OutputGate.TryMake(network.Network, new CompressionOptions { Threads = 1 }, out _, default)!,
            other = OutputGate.TryMake(network.Network, new CompressionOptions { Threads = 1, Seed = 5 }, out _, default)!;
        Assert.True(plain.Outputs!.Share > 0.7);
        Assert.InRange(fed.Outputs!.Share, 0.2, 0.45);
        Assert.True(fed.FileBytes < 1.02 * plain.FileBytes, $"{fed.FileBytes} with, {plain.FileBytes} without");
        Assert.Equal(fed.Outputs.Share, gate.Measure(fed.Tensors).Share);
        // Nor do inputs that nobody decided by change more than without.
        Assert.True(other.Measure(fed.Tensors).Share < other.Measure(plain.Tensors).Share);
        // Steps, and so bytes, do not depend on threads.
        Assert.Equal(fed.Tensors.Select(t => t.Codes), Balanced(network, 2).Fed.Tensors.Select(t => t.Codes));
    }

    /// <summary>Without feedback, and what feedback offered.</summary>
    private static (CompressionResult Plain, CompressionResult Fed) Balanced(CalibrationNetwork network, int threads)
    {
        CompressionOptions options = new() { Threads = threads };
        using OutputGate gate = OutputGate.TryMake(network.Network, options, out _, default)!;
        CompressionResult? fed = null;
        var search = new Inputs(_ => null) { OfGate = (effects, most) => { fed = Generated(network, options, gate).ForGate(effects, most); return null; } };
        return (Compress(network, options, gate, search), fed!);
    }

    [Fact]
    public void WhatIsNoBetterIsNotTaken()
    {
        using CalibrationNetwork network = CalibrationNetwork.Classifier();
        CompressionOptions options = new() { TargetRatio = 8, Threads = 1 };
        using OutputGate gate = OutputGate.TryMake(network.Network, options, out _, default)!;
        CompressionResult plain = Compress(network, options, gate, null), coarse = Compress(network, options with { TargetRatio = 14 }, gate, null);
        Assert.Equal(plain.Tensors.Select(t => t.Codes), Compress(network, options, gate, new Inputs(_ => coarse)).Tensors.Select(t => t.Codes));
        Assert.Equal(plain.Tensors.Select(t => t.Codes), Compress(network, options, gate, new Inputs(_ => null)).Tensors.Select(t => t.Codes));
    }

    private static CompressionResult Compress(CalibrationNetwork network, CompressionOptions options, OutputGate gate, IInputSearch? inputs) =>
        Compressor.Compress(network.Weights, options, CalibrationNetwork.Length, Original(network), null, new DiagnosticBag(), default, gate, inputs);

    private static GeneratedCalibration Generated(CalibrationNetwork network, CompressionOptions options, OutputGate gate) =>
        new(network.Network, network.Weights, options, gate, CalibrationNetwork.Length, null, default);

    /// <summary>Sizes as a test wants them.</summary>
    private sealed class Inputs(Func<long, CompressionResult?> ofBytes) : IInputSearch
    {
        public bool IsAsked { get; private set; }

        public CompressionResult? ForBytes(long bytes)
        {
            IsAsked = true;
            return ofBytes(bytes);
        }

        public Func<IReadOnlyList<TensorEffect>, double, CompressionResult?> OfGate { get; init; } = (_, _) => null;

        public CompressionResult? ForGate(IReadOnlyList<TensorEffect> effects, double mostUnlikely) => OfGate(effects, mostUnlikely);
    }

    private static long Original(CalibrationNetwork network) => network.Weights.Sum(w => 4 * w.Length);

    /// <summary>‖a − b‖ of the outputs for samples that nothing has seen.</summary>
    private static double Change(CalibrationNetwork network, CompressionResult result)
    {
        using EvaluationNetwork original = EvaluationNetwork.Original(network.Network, 1), changed = EvaluationNetwork.Of(network.Network.Plan, result.Tensors, 1);
        return network.Samples(32).Sum(sample => Math.Pow(OutputComparison.Distance(original.Run(sample)[0], changed.Run(sample)[0]), 2));
    }
}
