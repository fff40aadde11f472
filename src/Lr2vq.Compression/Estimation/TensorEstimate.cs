using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Methods;
using Lr2vq.Plans;

namespace Lr2vq.Compression.Estimation;

/// <summary>What a tensor would become, without encoding anything.</summary>
/// <param name="Identity">The tensor.</param>
/// <param name="Method">What the preset does with it.</param>
/// <param name="Bytes">Bytes of its payload.</param>
/// <param name="RelativeError">Σ(w − ŵ)² / Σw².</param>
internal sealed record TensorEstimate(TensorIdentity Identity, CompressionMethod Method, double Bytes, double RelativeError)
{
    /// <summary>Whether the global step decides its bytes.</summary>
    public bool HasStep { get; init; }

    /// <summary>Null for what is never cut into subvectors.</summary>
    public Spectrum? Spectrum { get; init; }

    /// <summary>Components of two factors; 0 where there are none.</summary>
    public int Rank { get; init; }

    /// <summary>Tells bytes and error for other steps; null where steps do not decide.</summary>
    public TransformSample? Sample { get; init; }

    public long Weights => Identity.Shape.Aggregate(1L, (product, extent) => product * extent);
}

/// <summary>Estimates of all tensors of a network.</summary>
/// <param name="Tensors">In the order of the weights.</param>
/// <param name="Step">The global step, in units of the root mean square of a row; 0 if no tensor has one.</param>
internal sealed record NetworkEstimate(IReadOnlyList<TensorEstimate> Tensors, double Step)
{
    /// <summary>A guess that the choice of a basis starts with.</summary>
    private const double GuessedStep = 0.1;

    /// <summary>What Balanced aims at before it looks at outputs.</summary>
    private const double BalancedError = 0.001;

    /// <param name="weights">The weights, none with NaN or infinity.</param>
    /// <param name="options">Preset and method decide; a ratio or a number of bytes decides the step.</param>
    /// <param name="originalBytes">Bytes of the model.</param>
    /// <param name="otherBytes">Bytes of the artifact that are no payload.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static NetworkEstimate Of(IReadOnlyList<WeightSource> weights, CompressionOptions options, long originalBytes, long otherBytes, CancellationToken cancellation)
    {
        TensorSpec[] specs = PresetRules.Decide(options, weights), vectors = PresetRules.Decide(new CompressionOptions { Method = CompressionMethod.Lr2vq }, weights);
        var samples = new TransformSample?[weights.Count];
        var spectra = new Spectrum?[weights.Count];
        for (int i = 0; i < weights.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (specs[i].Treatment == TensorTreatment.Transform) samples[i] = TransformSample.Take(weights[i], GuessedStep, specs[i], cancellation);
            if (vectors[i].Vector is { } vector) spectra[i] = Spectrum.Of(weights[i].Read(), weights[i].Identity.Canonical, vector);
        }
        TransformSample[] own = [.. samples.Where(s => s is not null).Select(s => s!)];
        double step = 0;
        long? budget = options.MaxBytes ?? (options.TargetRatio is { } ratio ? (long)(originalBytes / ratio) : null);
        if (own.Length == 0 && budget is { } most) ChooseForBytes(specs, weights, most - otherBytes);
        if (own.Length > 0)
        {
            double fixedBytes = otherBytes + Enumerable.Range(0, weights.Count).Where(i => samples[i] is null).Sum(i => FixedBytes(weights[i], specs[i]));
            step = options.Step ?? (budget is { } bytes ? StepSearch.ForBytes(own, Math.Max(0, bytes - fixedBytes)) : StepSearch.ForError(own, BalancedError * own.Sum(s => s.Energy)));
        }
        return new NetworkEstimate([.. weights.Select((weight, i) =>
        {
            if (specs[i].LowRank is { } low) return Factors(weight, specs[i], low, cancellation) with { Spectrum = spectra[i] };
            if (samples[i] is not { } sample) return new TensorEstimate(weight.Identity, specs[i].Method, FixedBytes(weight, specs[i]), 0) { Spectrum = spectra[i] };
            (double bytes, double error) = sample.At(specs[i].Step ?? step);
            return new TensorEstimate(weight.Identity, specs[i].Method, bytes, sample.Energy == 0 ? 0 : error / sample.Energy) { HasStep = specs[i].Step is null, Spectrum = spectra[i], Sample = sample };
        })], step);
    }

    /// <summary>The finest settings that are left open and take at most so many bytes; the coarsest if none do.</summary>
    private static void ChooseForBytes(TensorSpec[] specs, IReadOnlyList<WeightSource> weights, double budget)
    {
        TensorSpec[] given = [.. specs];
        for (double coarseness = 0; coarseness <= Coarseness.Coarsest; coarseness += 0.125)
        {
            for (int i = 0; i < specs.Length; i++) specs[i] = given[i].IsFlexible ? Coarseness.Apply(given[i], weights[i], coarseness) : given[i];
            if (weights.Select((weight, i) => FixedBytes(weight, specs[i])).Sum() <= budget) return;
        }
    }

    /// <summary>Of the rows' unfolding, numbers of the factors exact.</summary>
    private static TensorEstimate Factors(WeightSource weight, TensorSpec spec, LowRankShape low, CancellationToken cancellation)
    {
        TruncatedSvd svd = new LowRankSpectra(weight, null, cancellation).Rows;
        (int rows, int columns) = Unfolding.Rows.SidesOf(weight.Identity.Canonical);
        int most = LowRankFactorization.RankOf(low, rows, columns), rank = low.Rank == 0 ? Math.Min(most, svd.RankFor(LowRankFactorization.EnergyLeft)) : most;
        double energy = svd.ErrorOf(0);
        return new TensorEstimate(weight.Identity, spec.Method, FixedBytes(weight, spec with { LowRank = low with { Rank = rank } }), energy > 0 ? svd.ErrorOf(rank) / energy : 0) { Rank = rank };
    }

    /// <summary>Bytes of what has no levels; entropy-coded constants are counted as they are.</summary>
    private static double FixedBytes(WeightSource weight, TensorSpec spec) => spec.Treatment switch
    {
        TensorTreatment.Bias or TensorTreatment.Fp16 or TensorTreatment.BFloat16 => 2.0 * weight.Length,
        TensorTreatment.Int8 => weight.Length + 2.0 * weight.Identity.Canonical.Rows,
        TensorTreatment.Binary => weight.Length * spec.Bits / 8.0 * (1 + 16.0 / Math.Max(1, spec.Group)),
        TensorTreatment.LowRank when LowRankFactorization.ByteLengths(weight.Identity.Canonical, spec.LowRank!.Value) is var factors => factors.Codes + factors.Dense,
        TensorTreatment.Sparse when SparseQuantization.ByteLengths(weight.Identity.Canonical, spec.Sparse!) is var parts => parts.Codes + parts.Codebook + parts.Dense,
        TensorTreatment.Uniform or TensorTreatment.ScalarKMeans => weight.Length * spec.Bits / 8.0 + 2.0 * weight.Length / Math.Max(1, spec.Group),
        TensorTreatment.Vector or TensorTreatment.Residual when spec.Vector is { } vector => weight.Length / (double)vector.M * Math.Max(1, vector.Stages) * PackedBits.BitsFor(Math.Max(2, vector.K)) / 8 + vector.K * vector.M,
        TensorTreatment.Fill => 8,
        _ => (double)weight.Length * ElementTypes.ByteLength(weight.Identity.Type),
    };
}
