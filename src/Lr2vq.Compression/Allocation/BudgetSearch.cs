using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Allocation;

/// <summary>An aim in bytes without data: shares the bytes by what the gate measures that each tensor does to the outputs.</summary>
/// <remarks>What tensors do to the outputs about adds up, and goes with their error. So each takes the step, or int8 or fp16, whose change of the outputs and
/// bytes together are least, at one price of a byte for all: small, first and depthwise tensors are in the same trade. Generated inputs are not real ones,
/// so what counts of the differences between tensors is bounded, a milder share-out is tried too, and the gate takes what changes the outputs least,
/// which may well be one step for all.</remarks>
internal sealed class BudgetSearch(CompressionRun run, IOutputGate gate)
{
    /// <summary>Exponents of the differences in sensitivity.</summary>
    private static readonly double[] s_blends = [1, 0.6];
    /// <summary>Most that a tensor is taken for more or less sensitive, by weight, than the mean.</summary>
    private const double LeastSensitive = 1.0 / 16, MostSensitive = 1024;
    /// <summary>A step where errors still add up.</summary>
    private const double Probe = 0.0625;
    private static readonly double[] s_steps = [.. Enumerable.Range(-36, 45).Select(quarter => ExactMath.Exp2(quarter / 4.0))];
    private static readonly TensorSpec s_int8 = new(TensorTreatment.Int8, CompressionMethod.Int8), s_fp16 = new(TensorTreatment.Fp16, CompressionMethod.Fp16);

    private const int MostWidened = 4, MostNarrowed = 3;
    /// <summary>Share of what is kept below which fewer bytes are tried, and budgets that are too near to be worth it.</summary>
    private const double Wasteful = 0.75, Near = 1.05;

    private Candidate[] _candidates = [];
    private double _blend = s_blends[0];

    /// <summary>Finds the share-out that changes the outputs least.</summary>
    /// <param name="budget">Bytes of the artifact.</param>
    /// <param name="step">The step for all that meets them, which is encoded.</param>
    /// <param name="measure">Of that.</param>
    /// <returns>Of what is encoded then.</returns>
    public (double Step, OutputMeasure Measure) Refine(long budget, double step, OutputMeasure measure)
    {
        if (!Scan()) return (step, measure);
        CompressionRun.State start = run.Save(), best = start;
        double bestStep = step;
        foreach (double blend in s_blends)
        {
            run.Restore(start);
            double found = Encode(budget, blend);
            if (run.FileBytes > budget) continue;
            OutputMeasure now = gate.Measure(run.Tensors);
            if (now.Share < measure.Share) (best, bestStep, measure, _blend) = (run.Save(), found, now, blend);
        }
        run.Restore(best);
        return (bestStep, measure);
    }

    /// <summary>The smallest artifact from a budget on whose outputs keep something.</summary>
    /// <param name="budget">Bytes of what is encoded.</param>
    /// <param name="step">Of that.</param>
    /// <param name="measure">Of that.</param>
    /// <param name="most">Share of what is allowed up to which something is kept.</param>
    public (double Step, OutputMeasure Measure) Widen(long budget, double step, OutputMeasure measure, double most)
    {
        long failed = budget = Math.Max(budget, run.FileBytes);
        double weights = run.StepTensors.Sum(i => (double)run.LengthOf(i));
        for (int tried = 0; tried < MostWidened && measure.Share > most; tried++)
        {
            failed = budget;
            // A bit a weight halves the change.
            budget = Math.Max(budget + budget / 50, (long)(budget + weights / 8 * ExactMath.Log2(measure.Share / (0.93 * most))));
            (step, measure) = Measured(budget);
        }
        // Where states come back, or values are chosen, changes jump, and that was too much.
        for (int tried = 0; tried < MostNarrowed && measure.Share <= Wasteful * most && budget > Near * failed; tried++)
        {
            CompressionRun.State kept = run.Save();
            long middle = failed + (budget - failed) / 2;
            (double smaller, OutputMeasure now) = Measured(middle);
            if (now.Share <= most) (budget, step, measure) = (middle, smaller, now);
            else
            {
                failed = middle;
                run.Restore(kept);
            }
        }
        return (step, measure);
    }

    private (double Step, OutputMeasure Measure) Measured(long budget)
    {
        double step = _candidates.Length > 0 ? Encode(budget, _blend) : run.EncodeForBytes(budget);
        return (step, gate.Measure(run.Tensors));
    }

    /// <summary>Shares bytes out and encodes; returns the global step.</summary>
    private double Encode(long budget, double blend)
    {
        double[] sensitivities = Sensitivities(blend);
        double left = budget - run.BytesBeside([.. _candidates.Select(c => c.Tensor)]), low = -60, high = 60;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            if (_candidates.Select((c, t) => c.Best(sensitivities[t], ExactMath.Exp2(middle)).Bytes).Sum() > left) low = middle;
            else high = middle;
        }
        Choice[] choices = [.. _candidates.Select((c, t) => c.Best(sensitivities[t], ExactMath.Exp2(high)))];
        // The global step is any: what fits is found by it.
        double mean = ExactMath.Exp2(choices.Select((c, t) => c.Step > 0 ? ExactMath.Log2(c.Step) * _candidates[t].Weights : 0).Sum()
            / Math.Max(1, choices.Select((c, t) => c.Step > 0 ? _candidates[t].Weights : 0).Sum()));
        run.Decide([.. _candidates.Select((c, t) => (c.Tensor, choices[t].Spec, choices[t].Step > 0 ? choices[t].Step / mean : 1))]);
        return run.HasGlobalStep ? run.EncodeForBytes(budget) : 0;
    }

    /// <summary>Of a weight, in proportion to the mean over all weights.</summary>
    private double[] Sensitivities(double blend)
    {
        double[] octaves = [.. _candidates.Select(c => ExactMath.Log2(Math.Max(c.Change, 1e-9) / c.Weights))];
        double mean = octaves.Zip(_candidates, (o, c) => o * c.Weights).Sum() / _candidates.Sum(c => c.Weights);
        return [.. octaves.Select(o => Math.Clamp(ExactMath.Exp2(blend * (o - mean)), LeastSensitive, MostSensitive))];
    }

    /// <returns>False if there is nothing to share out, or it would take too long.</returns>
    private bool Scan()
    {
        int[] tensors = [.. run.OpenTensors], spared = [.. tensors.Where(i => run.Specs[i].IsSpared)];
        if (tensors.Length < 2) return false;
        EncodedTensor[] encoded = run.Tensors;
        EncodedWeight[] probes = run.Try([.. tensors.Select(i => (i, run.LevelsOf(i) with { Step = Probe }))]), int8 = run.Try([.. spared.Select(i => (i, s_int8))]);
        if (Measure(tensors, probes, encoded) is not { } changes || Measure(spared, int8, encoded) is not { } ofInt8) return false;
        (double, double)[][] curves = run.Curves(tensors, s_steps);
        _candidates = new Candidate[tensors.Length];
        for (int t = 0; t < tensors.Length; t++)
        {
            int place = Array.IndexOf(spared, tensors[t]);
            _candidates[t] = new Candidate(tensors[t], run.LengthOf(tensors[t]), changes[t], probes[t].Error / probes[t].Energy, run.LevelsOf(tensors[t]), curves[t])
            {
                Int8 = place < 0 ? null : (TensorLengths.Of(int8[place].Tensor).Payload, ofInt8[place]),
            };
        }
        return true;
    }

    private double[]? Measure(int[] tensors, EncodedWeight[] tried, EncodedTensor[] encoded)
    {
        EncodedTensor[] with = (EncodedTensor[])encoded.Clone();
        int[][] readers = [.. tensors.Select(run.ReadersOf)];
        for (int t = 0; t < tensors.Length; t++)
            foreach (int reader in readers[t]) with[reader] = run.AsReader(reader, tried[t]);
        return gate.MeasureAlone(tensors, readers, with);
    }

    private readonly record struct Choice(TensorSpec Spec, double Step, double Bytes, double Cost);

    /// <summary>A tensor and what may become of it.</summary>
    /// <param name="Change">What it does to the outputs alone, with the relative error <paramref name="Error"/>.</param>
    /// <param name="Curve">Bytes and relative error of levels for the steps.</param>
    private sealed record Candidate(int Tensor, double Weights, double Change, double Error, TensorSpec Levels, (double Bytes, double Error)[] Curve)
    {
        /// <summary>Where int8 and fp16 are open, bytes and change of int8.</summary>
        public (double Bytes, double Change)? Int8 { get; init; }

        /// <param name="sensitivity">Of each weight.</param>
        /// <param name="price">Of a byte.</param>
        public Choice Best(double sensitivity, double price)
        {
            double all = sensitivity * Weights;
            Choice best = default;
            for (int s = 0; s < Curve.Length; s++)
            {
                double cost = all * Curve[s].Error + price * Curve[s].Bytes;
                if (s == 0 || cost < best.Cost) best = new Choice(Levels, s_steps[s], Curve[s].Bytes, cost);
            }
            if (Int8 is not { } int8) return best;
            // Its change in errors of levels.
            double costOfInt8 = (Change > 0 ? all * Error * int8.Change / Change : 0) + price * int8.Bytes;
            if (costOfInt8 < best.Cost) best = new Choice(s_int8, 0, int8.Bytes, costOfInt8);
            return price * 2 * Weights < best.Cost ? new Choice(s_fp16, 0, 2 * Weights, price * 2 * Weights) : best;
        }
    }
}
