using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;

namespace Lr2vq.Training.FineTuning;

/// <summary>A compressed network in torch: each weight in the form that the file has of it.</summary>
internal sealed class TunedNetwork
{
    /// <summary>Levels that are 1 or −1 by less and less little become 0 where a file is too large.</summary>
    private const float FirstZero = 0.52f, LastZero = 1, MoreZeros = 0.04f;

    private const string Levels = "levels";

    private readonly FineTuneTask _task;

    private TunedNetwork(TorchNetwork network, FineTuneTask task, IReadOnlyList<string> kept)
    {
        (Network, _task, Kept) = (network, task, kept);
        // Codebooks have the bits that they have.
        Recipe = network.Parameters.Any(p => p.Kind == Levels) ? Recipe.FineTune : Recipe.FineTune with { BitsCost = 0 };
    }

    public TorchNetwork Network { get; }

    /// <summary>Tensors whose format is not trained.</summary>
    public IReadOnlyList<string> Kept { get; }

    public Recipe Recipe { get; }

    /// <exception cref="NotSupportedException">An operator has no torch form with these attributes.</exception>
    public static TunedNetwork Create(PlannedNetwork network, FineTuneTask task)
    {
        DiagnosticBag bag = new();
        TorchNetwork torch = TorchNetwork.Create(network, null, bag) ?? throw new NotSupportedException(string.Join("; ", bag.All.Select(d => d.Text)));
        List<string> kept = [];
        var start = new TrainingStart(network, task.Weights, task.Start);
        foreach ((string value, TrainableWeight weight) in new WeightForms(start, torch.GainOf()).Make(torch.Weights.ContainsKey).ToArray())
        {
            torch.Replace(value, weight);
            if (weight is FixedWeight) kept.Add(weight.Identity.Name);
        }
        return new TunedNetwork(torch, task, kept);
    }

    /// <summary>The weights as a file holds them now. Where it would be larger than it may, levels near to zero give way, in the network too.</summary>
    public EncodedTensor[] Export()
    {
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        EncodedTensor[] tensors = Network.Export(i => _task.Start.Tensors[i]);
        using var off = no_grad();
        for (float zero = FirstZero; zero < LastZero && LengthOf(tensors) > _task.MostBytes; zero += MoreZeros)
        {
            foreach (var (_, kind, levels) in Network.Parameters.Where(p => p.Kind == Levels))
            {
                using var scope = NewDisposeScope();
                levels.copy_(where(levels.abs() < zero, levels.clamp(-0.49, 0.49), levels));
            }
            tensors = Network.Export(i => _task.Start.Tensors[i]);
        }
        return tensors;
    }

    /// <summary>Bytes of the file.</summary>
    public long LengthOf(IReadOnlyList<EncodedTensor> tensors) => _task.FileLength([.. tensors.Select(TensorLengths.Of)]);
}
