using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Tuning;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;

namespace Lr2vq.Training.Recipes;

/// <summary>d̃ before tuning, by Rule T: the least ρ·E_lr + E_cl, where E_lr is the error of the principal components left out, E_cl that of clustering the rest, and ρ the share of the first that
/// training does not take away. ρ comes from one short training at low rank.</summary>
internal static class RankRule
{
    /// <summary>What a short training says.</summary>
    /// <param name="Before">Losses on the held-out part before it: of the network as it is, and projected onto the components.</param>
    /// <param name="After">The same after it.</param>
    internal readonly record struct Trial((double Whole, double LowRank) Before, (double Whole, double LowRank) After)
    {
        /// <summary>ρ: how much of what the projection cost training did not take away, between 0 and 1.</summary>
        public double Share => Before.LowRank > Before.Whole ? Math.Clamp((After.LowRank - After.Whole) / (Before.LowRank - Before.Whole), 0, 1) : 1;
    }

    /// <summary>Trains at low rank, and without, for as many steps.</summary>
    /// <param name="lowRank">A search for LR²VQ with the d̃ that is tried; its codes do not matter.</param>
    /// <param name="whole">The same with d̃ = m.</param>
    /// <param name="batches">One for each step.</param>
    /// <param name="heldOut">What losses are measured on.</param>
    public static Trial Try(TrainingStart lowRank, TrainingStart whole, IBatchSource batches, IReadOnlyList<Batch> heldOut, TrainingLimits limits, CancellationToken cancellation)
    {
        ((double first, double last), (double dense, double tuned)) = (Losses(lowRank), Losses(whole));
        return new Trial((dense, first), (tuned, last));

        (double Before, double After) Losses(TrainingStart start)
        {
            DiagnosticBag bag = new();
            TorchNetwork network = TrainingMethods.Create(start, null, bag) ?? throw new DiagnosticException(bag.All);
            Phase phase = Recipe.LowRank.Phases.First(p => p.Name == VectorCodes.LowRank) with { Share = 1 };
            foreach (TrainableWeight weight in network.Weights.Values) weight.Begin(phase.Name);
            double before = Loss(network, heldOut);
            new Trainer(network, Recipe.LowRank with { Phases = [phase] }, limits).Run(start.Result.Tensors, batches, () => [.. start.Result.Tensors], _ => default, cancellation);
            return (before, Loss(network, heldOut));
        }
    }

    /// <summary>E_lr and E_cl of every d̃ with the entries that a search gave each codebook, added up over the weights with subvectors of one length, by that length.</summary>
    public static SortedDictionary<int, DimensionChoice.Candidate[]> Candidates(TrainingStart start)
    {
        int[] indices = [.. Enumerable.Range(0, start.Result.Tensors.Count).Where(i => start.Result.Tensors[i].Format is TensorFormat.Codebook or TensorFormat.LowRankCodebook)];
        return TrainedDimensions.Candidates([.. indices.GroupBy(i => Convert.ToHexString(start.Result.Tensors[i].Codebook)).Select(group =>
        {
            CodebookFactors factors = CodebookReader.Read(start.Result.Tensors[group.First()]);
            return new TrainedDimensions.Codebook([.. group.Select(i => start.Sources[i])],
                new VectorShape(factors.Axis, factors.M, factors.Entries[0].Length / factors.D, 0, 1, factors.Encoding, factors.RowScales.Length > 0));
        })], new Workers(1, default));
    }

    private static double Loss(TorchNetwork network, IReadOnlyList<Batch> heldOut)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        network.IsTraining = false;
        double sum = 0;
        foreach (Batch batch in heldOut) sum += Trainer.Distillation(batch, network.Forward(batch.Inputs)[0], Recipe.LowRank.LabelShare).item<float>() * batch.Count;
        return sum / heldOut.Sum(batch => batch.Count);
    }
}
