using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>Tensors that take their steps from one global step and a factor of their own.</summary>
internal sealed class CalibratedTensors
{
    private const int MostPasses = 12;

    /// <summary>How far below a budget is near enough, as a part of it.</summary>
    private const double Tolerance = 0.0015;

    private readonly Workers _workers;
    private readonly double _weights;

    /// <param name="indices">Which weights of the network.</param>
    /// <param name="tensors">In the same order.</param>
    public CalibratedTensors(IReadOnlyList<int> indices, FeedbackTensor[] tensors, Workers workers)
    {
        (Indices, Tensors, _workers) = (indices, tensors, workers);
        Factors = new double[tensors.Length];
        Array.Fill(Factors, 1);
        _weights = tensors.Sum(t => (double)t.Length);
    }

    public IReadOnlyList<int> Indices { get; }

    public FeedbackTensor[] Tensors { get; }

    /// <summary>Step of a tensor ÷ the global step.</summary>
    public double[] Factors { get; set; }

    /// <summary>Factors and what forms tensors have, to come back to.</summary>
    public State Save() => new(Factors, [.. Tensors.Select(t => (t.UsesInputSteps, t.UsesTrellis))]);

    public void Restore(State state)
    {
        Factors = state.Factors;
        for (int i = 0; i < Tensors.Length; i++) (Tensors[i].UsesInputSteps, Tensors[i].UsesTrellis) = state.Forms[i];
    }

    public RoundedTensor[] Round(double step)
    {
        var rounded = new RoundedTensor[Tensors.Length];
        _workers.Run(Tensors.Length, i => Tensors[i].Work, i => rounded[i] = Tensors[i].Round(Math.Clamp(step * Factors[i], StepSearch.Finest, StepSearch.Coarsest), _workers.Cancellation));
        return rounded;
    }

    public EncodedTensor[] Pack(RoundedTensor[] rounded)
    {
        var packed = new EncodedTensor[rounded.Length];
        _workers.Run(rounded.Length, i => Tensors[i].Length, i => packed[i] = Tensors[i].Pack(rounded[i], _workers.Cancellation));
        return packed;
    }

    /// <summary>The smallest step whose levels take at most <paramref name="budget"/> bytes, all in all; the coarsest if none does.</summary>
    /// <param name="budget">Bytes.</param>
    /// <param name="start">A guess of the step.</param>
    /// <param name="progress">Told of each pass.</param>
    public (double Step, RoundedTensor[] Rounded) ForBytes(double budget, double start, Action<double> progress)
    {
        double step = start, slope = -_weights / 8, fine = 0, coarse = 0, lastStep = 0, lastBytes = 0;
        RoundedTensor[]? best = null;
        for (int pass = 0; pass < MostPasses; pass++)
        {
            RoundedTensor[] rounded = Round(step);
            progress(1.0 / MostPasses);
            double bytes = rounded.Sum(r => r.Bytes);
            if (bytes <= budget)
            {
                if (best is null || step < coarse) (best, coarse) = (rounded, step);
                if (bytes >= budget * (1 - Tolerance)) break;
            }
            else fine = Math.Max(fine, step);
            if (bytes > budget && step >= StepSearch.Coarsest) return (step, rounded);
            if (lastStep > 0 && step != lastStep && (bytes - lastBytes) / ExactMath.Log2(step / lastStep) is < 0 and var seen) slope = Math.Clamp(seen, -_weights, -_weights / 400);
            (lastStep, lastBytes) = (step, bytes);
            double next = step * ExactMath.Exp2(Math.Clamp((budget * (1 - Tolerance / 2) - bytes) / slope, -2, 2));
            if (coarse > 0 && next >= coarse) next = Math.Sqrt(coarse * Math.Max(fine, coarse / 2));
            if (next <= fine) next = coarse > 0 ? Math.Sqrt(coarse * fine) : fine * 1.02;
            step = Math.Clamp(next, StepSearch.Finest, StepSearch.Coarsest);
            if (step == lastStep) break;
        }
        if (best is not null) return (coarse, best);
        return (StepSearch.Coarsest, Round(StepSearch.Coarsest));
    }

    /// <summary>What <see cref="Save"/> keeps.</summary>
    internal sealed record State(double[] Factors, (bool InputSteps, bool Trellis)[] Forms);
}
