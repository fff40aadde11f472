using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Tuning;

/// <summary>Inputs of a step, with what the original answers (scores of classes), and labels where they are known.</summary>
internal sealed record Batch(Tensor[] Inputs, Tensor Teacher, Tensor? Labels);

/// <summary>Trains a classifier by a recipe. Optimizer, gradients and their clipping are torch's.</summary>
/// <param name="network">Is changed.</param>
/// <param name="steps">Of the whole run; the schedule is made for them.</param>
internal sealed class Trainer(TorchNetwork network, Recipe recipe, int steps)
{
    /// <summary>Trains, and leaves the network as it was when the held-out part liked it best: never worse than it came.</summary>
    /// <param name="batches">One for each step; it may end early.</param>
    /// <param name="heldOut">What is compared, smaller is better; asked before the first step and after every <paramref name="every"/>.</param>
    /// <param name="every">Steps between two looks.</param>
    /// <param name="progress">Told step and loss; may be null.</param>
    /// <param name="cancellation">Ends the training after the step at hand; the best so far is kept.</param>
    /// <returns>The held-out measure of what is kept, and of what came.</returns>
    public (double Best, double Before) Run(IEnumerable<Batch> batches, Func<double> heldOut, int every, Action<int, double>? progress, CancellationToken cancellation)
    {
        (string Name, Parameter Parameter)[] parameters = [.. network.Parameters];
        using var optimizer = optim.Adam(parameters.Select(p => p.Parameter), recipe.Rate);
        double before = Measure(heldOut), best = before;
        Tensor[] kept = Copy(parameters);
        int done = 0;
        foreach (Batch batch in batches)
        {
            if (done == steps || cancellation.IsCancellationRequested) break;
            double share = (double)done / steps;
            foreach (var group in optimizer.ParamGroups) group.LearningRate = recipe.LeastRate + (recipe.Rate - recipe.LeastRate) * 0.5 * (1 + Math.Cos(Math.PI * share));
            foreach (TrainableWeight weight in network.Weights.Values) weight.Harden(share);
            double loss = Step(batch, parameters, optimizer, share);
            progress?.Invoke(++done, loss);
            if (done % every != 0 && done != steps) continue;
            if (Measure(heldOut) is var now && !(now < best)) continue;
            best = now;
            Dispose(kept);
            kept = Copy(parameters);
        }
        Restore(parameters, kept);
        Dispose(kept);
        return (best, before);
    }

    /// <summary>KL of the network's answers from the teacher's, mean over the rows.</summary>
    public static Tensor Divergence(Tensor scores, Tensor teacher)
    {
        Tensor log = teacher.log_softmax(-1);
        return (log.exp() * (log - scores.log_softmax(-1))).sum() / scores.shape[0];
    }

    private double Step(Batch batch, (string Name, Parameter Parameter)[] parameters, optim.Optimizer optimizer, double share)
    {
        using var scope = NewDisposeScope();
        network.IsTraining = true;
        optimizer.zero_grad();
        Tensor scores = network.Forward(batch.Inputs)[0], loss = Divergence(scores, batch.Teacher);
        if (batch.Labels is { } labels) loss = nn.functional.cross_entropy(scores, labels) * recipe.LabelShare + loss * (1 - recipe.LabelShare);
        double task = loss.item<float>(), price = recipe.BitsRate * Math.Min(1, 2 * share);
        if (price > 0)
            foreach (TrainableWeight weight in network.Weights.Values)
                if (weight.Bits() is { } bits) loss = loss + bits * price;
        loss.backward();
        nn.utils.clip_grad_norm_(parameters.Select(p => p.Parameter), recipe.MostGradient);
        optimizer.step();
        network.Constrain();
        return task;
    }

    private double Measure(Func<double> heldOut)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        network.IsTraining = false;
        foreach (TrainableWeight weight in network.Weights.Values) weight.Harden(1);
        return heldOut();
    }

    private Tensor[] Copy((string Name, Parameter Parameter)[] parameters)
    {
        using var off = no_grad();
        return [.. parameters.Select(p => p.Parameter.detach().clone()), .. network.Statistics.Select(s => s.Values.detach().clone())];
    }

    private void Restore((string Name, Parameter Parameter)[] parameters, Tensor[] kept)
    {
        using var off = no_grad();
        Tensor[] all = [.. parameters.Select(p => p.Parameter), .. network.Statistics.Select(s => s.Values)];
        for (int i = 0; i < all.Length; i++) all[i].copy_(kept[i]);
        network.IsTraining = false;
        foreach (TrainableWeight weight in network.Weights.Values) weight.Harden(1);
    }

    private static void Dispose(Tensor[] tensors)
    {
        foreach (Tensor tensor in tensors) tensor.Dispose();
    }
}
