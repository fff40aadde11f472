using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Planning;
using Lr2vq.Training.Labelled;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>Tunes a compressed network: what compression made becomes trainable weights, which are fitted to the original's answers and packed again. The tool finds this class by its name.</summary>
internal sealed class FineTuner : IFineTuner
{
    private const int NamedTensors = 5;

    /// <param name="folders">Folders with libtorch; empty where the program has it beside itself.</param>
    public FineTuner(IReadOnlyList<string> folders) => LibTorch.Folders = folders;

    public ILossGradients Gradients { get; } = new LossGradients();

    public bool CanTune(PlannedNetwork network, string file, DiagnosticBag bag)
    {
        if (LibTorch.Diagnose() is not { } problem) return TorchNetwork.Check(network.Plan, file, bag);
        bag.Add(problem);
        return false;
    }

    public IReadOnlyList<EncodedTensor>? Tune(FineTuneTask task, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        set_num_threads(task.Threads > 0 ? task.Threads : Environment.ProcessorCount);
        DiagnosticPlace place = new() { Option = "FineTune" };
        try
        {
            // A few hundred samples say little about statistics: BatchNormalizations stay folded.
            PlannedNetwork folded = task.Network with { Norms = new Dictionary<int, Graphs.BatchNormStatistics>() };
            TunedNetwork network = TunedNetwork.Create(folded, task);
            if (network.Kept.Count > 0) bag.Add(DiagnosticCatalogue.TensorsNotTuned.At(place, task.Title, Names(network.Kept)));
            if (task.Mode == FineTuneMode.EndToEnd) return new EndToEnd(network, task, clock, progress, cancellation).Run(task.Start.Tensors);
            TorchNetwork original = TorchNetwork.Create(folded, null, bag)!;
            return new BlockTuning(network, original, task, clock, progress, cancellation).Run(task.Start.Tensors);
        }
        catch (NotSupportedException problem)
        {
            bag.Add(DiagnosticCatalogue.TuningNotPossible.At(place, task.Title, problem.Message.TrimEnd('.')));
        }
        catch (ExternalException problem)
        {
            // What libtorch throws: memory that is not to be had, above all.
            bag.Add(DiagnosticCatalogue.TuningNotPossible.At(place, task.Title, problem.Message.Split('\n')[0].TrimEnd('.')));
        }
        return null;
    }

    public TrainedNetwork? Train(NetworkTraining training, IProgress<CompressionProgress>? progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        if (LibTorch.Diagnose() is not { } problem) return NetworkTrainer.Train(training, progress, bag, cancellation);
        bag.Add(problem);
        return null;
    }

    /// <summary>Some names, and how many more there are.</summary>
    internal static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(NamedTensors)) + (names.Count > NamedTensors ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - NamedTensors} more") : "");
}
