using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Weights;

namespace Lr2vq.Training.Recipes;

/// <summary>A method that can be trained.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Method">The search that it begins with.</param>
/// <param name="Recipe">How it is trained.</param>
internal sealed record TrainingMethod(string Name, CompressionMethod Method, Recipe Recipe);

/// <summary>The methods that can be trained, and the way from a search to a network that is trained, and back into a file.</summary>
internal static class TrainingMethods
{
    public static IReadOnlyList<TrainingMethod> All { get; } =
    [
        new("fp32", CompressionMethod.Fp32, Recipe.Dense),
        new("lr2vq", CompressionMethod.Lr2vq, Recipe.Lr2vq),
        new("lr2vq-soft", CompressionMethod.Lr2vq, Recipe.LowRank),
        new("pq", CompressionMethod.Pq, Recipe.Codebook),
        new("pqf", CompressionMethod.Pqf, Recipe.Codebook),
        new("bgd", CompressionMethod.Bgd, Recipe.Layers),
        new("dkm", CompressionMethod.Pq, Recipe.Soft),
        new("rvq", CompressionMethod.Rvq, Recipe.Codebook),
        new("uniform", CompressionMethod.Uniform, Recipe.Levels),
        new("kmeans", CompressionMethod.KMeans, Recipe.Levels),
        new("ecsq", CompressionMethod.Ecsq, Recipe.Scalars),
        new("tc-ecsq", CompressionMethod.TcEcsq, Recipe.Scalars),
        new("auto", CompressionMethod.Auto, Recipe.CalibratedScalars),
        new("qswd", CompressionMethod.Qswd, Recipe.Sparse),
        new("svd", CompressionMethod.Svd, Recipe.TwoFactors),
        new("svd-gram", CompressionMethod.SvdGram, Recipe.TwoFactors),
        new("binary", CompressionMethod.Binary, Recipe.Binary),
    ];

    /// <exception cref="ArgumentException">No method has this name.</exception>
    public static TrainingMethod Find(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new ArgumentException($"'{name}' is no method that can be trained; they are {string.Join(", ", All.Select(m => m.Name))}");

    /// <summary>The network in torch, each weight in the form that the search gave it: as it would run from the file.</summary>
    /// <returns>Null if the bag got an error: an operator has no torch form.</returns>
    public static TorchNetwork? Create(TrainingStart start, string? file, DiagnosticBag bag)
    {
        TorchNetwork? network = TorchNetwork.Create(start.Network, file, bag);
        if (network is null) return null;
        foreach ((string value, TrainableWeight weight) in new WeightForms(start, network.GainOf()).Make(network.Weights.ContainsKey).ToArray()) network.Replace(value, weight);
        return network;
    }

    /// <summary>The weights as a file holds them now; what is not trained is as the search left it.</summary>
    public static EncodedTensor[] Export(TorchNetwork network, TrainingStart start) => network.Export(i => start.Result.Tensors[i]);
}
