using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Weights;

namespace Lr2vq.Training.FineTuning;

/// <summary>A compressed network in torch: each weight in the form that the file has of it.</summary>
internal sealed class TunedNetwork
{
    private readonly IReadOnlyList<EncodedTensor> _start;

    private TunedNetwork(TorchNetwork network, IReadOnlyList<EncodedTensor> start, IReadOnlyList<string> kept) => (Network, _start, Kept) = (network, start, kept);

    public TorchNetwork Network { get; }

    /// <summary>Tensors whose format is not trained.</summary>
    public IReadOnlyList<string> Kept { get; }

    public Recipe Recipe { get; } = Recipe.FineTune;

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
        return new TunedNetwork(torch, task.Start.Tensors, kept);
    }

    /// <summary>The weights as a file holds them now.</summary>
    public EncodedTensor[] Export() => Network.Export(i => _start[i]);
}
