using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>The forms that a weight may take: exactly as it is, whole with quantized numbers, or two factors of falling rank. From most bytes to fewest.</summary>
internal static class JointMenu
{
    /// <summary>Steps of levels; factors take those from <see cref="FactorStep"/> on where a size is asked for, since finer ones would only take the place of ranks.</summary>
    private static readonly double[] s_steps = [1 / 32.0, 1 / 16.0, 1 / 8.0];
    private const double FactorStep = 1 / 8.0;
    /// <summary>Ranks go from the largest that saves numbers to a sixteenth of it, by half octaves.</summary>
    private const int Halves = 8;

    /// <summary>Share of the energy in components that are rounding alone.</summary>
    private const double Vanishing = 1e-12;

    /// <summary>fp32 without loss.</summary>
    public static TensorSpec Exact { get; } = new(TensorTreatment.Exact, CompressionMethod.Lossless);

    /// <param name="run">Knows the weights and their decisions.</param>
    /// <param name="tensor">A weight that is to have factors, or one that is spared.</param>
    /// <param name="hasAim">A size is asked for.</param>
    /// <param name="gradient">Of the loss in the weight; null if nobody knows it.</param>
    public static TensorMenu Of(CompressionRun run, int tensor, bool hasAim, float[]? gradient, CancellationToken cancellation)
    {
        WeightSource source = run.WeightOf(tensor);
        TensorSpec given = run.Specs[tensor];
        List<TensorChoice> choices = [];
        void Add(TensorSpec spec) => choices.Add(new TensorChoice(spec, TensorEncoder.Encode(source, spec, 0, null, null, run.Options.Seed, cancellation)));
        Add(Exact);
        if (given is not { Treatment: TensorTreatment.LowRank, LowRank: { } shape })
        {
            // Spared tensors have one form beside.
            Add(given);
            return new TensorMenu(tensor, [.. choices.DistinctBy(c => c.Bytes)]);
        }
        double[] steps = shape.Step is { } one ? [one] : shape.IsFixedLength ? [] : s_steps;
        if (shape.IsFixedLength) Add(shape.Bits == 16 ? new TensorSpec(TensorTreatment.Fp16, CompressionMethod.Fp16) : new TensorSpec(TensorTreatment.Int8, CompressionMethod.Int8));
        foreach (double step in steps) Add(PresetRules.Levels(source, run.Options, CompressionMethod.Auto) with { Step = step, Trellis = false });
        if (Math.Min(source.Identity.Canonical.Rows, source.Length / Math.Max(1, source.Identity.Canonical.Rows)) > 1)
        {
            var spectra = new LowRankSpectra(source, source.Inputs?.Blocks(), cancellation);
            (int rows, int columns) = Unfolding.Rows.SidesOf(source.Identity.Canonical);
            int[] ranks = [.. Enumerable.Range(0, Halves + 1).Select(half => (int)(LowRankFactorization.BreakEven(rows, columns) * ExactMath.Exp2(-half / 2.0)))
                .Append(spectra.Rows.RankFor(Vanishing))
                .Concat(gradient is null ? [] : RankGradient.Candidates(RankGradient.Changes(spectra.Rows, gradient), LowRankFactorization.BreakEven(rows, columns))).Select(r => Math.Clamp(r, 1, Math.Min(rows, columns))).Distinct()];
            foreach (double? step in steps.Length == 0 ? [null] : steps.Where(s => !hasAim || steps.Length == 1 || s >= FactorStep).Select(s => (double?)s))
                foreach (int rank in ranks)
                {
                    cancellation.ThrowIfCancellationRequested();
                    TensorSpec spec = given with { LowRank = shape with { Rank = rank, Step = step, IsExact = false } };
                    choices.Add(new TensorChoice(spec, TensorEncoder.LowRank(source, spec, spectra)));
                }
        }
        // What takes more bytes and has more error is no choice.
        TensorChoice[] byBytes = [.. choices.OrderByDescending(c => c.Bytes).ThenBy(c => c.Encoded.Error)];
        return new TensorMenu(tensor, [.. byBytes.Where((c, i) => c == choices[0] || c.Bytes < choices[0].Bytes && !byBytes.Skip(i + 1).Any(o => o.Encoded.Error <= c.Encoded.Error))]);
    }
}
