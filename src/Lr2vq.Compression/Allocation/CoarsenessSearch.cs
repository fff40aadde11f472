using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>An aim in bytes for methods without a step: ranks, coefficients, stages and bits by what the gate measures that each tensor does to the outputs.</summary>
/// <remarks>Begins where all tensors are equally coarse. The change of the outputs goes with a tensor's error, and changes about add up, so each takes the setting
/// whose change and bytes together are least, at one price of a byte for all. Kept is what the gate finds nearer, which may be what it began with.</remarks>
internal sealed class CoarsenessSearch(CompressionRun run, IOutputGate gate, Workers workers)
{
    /// <summary>Exponents of the differences in sensitivity: generated inputs are not real ones.</summary>
    private static readonly double[] s_blends = [1, 0.6];
    private static readonly double[] s_offsets = [-3, -2, -1.25, -0.75, -0.35, 0, 0.35, 0.75, 1.25, 2, 3];
    /// <summary>What takes long to find is tried at fewer places.</summary>
    private static readonly double[] s_fewOffsets = [-2, -1, 0, 1, 2];

    /// <param name="budget">Bytes of the artifact, which what is encoded meets.</param>
    /// <param name="coarseness">Of all tensors.</param>
    /// <param name="measure">Of what is encoded.</param>
    /// <returns>Of what is encoded then.</returns>
    public OutputMeasure Refine(long budget, double coarseness, OutputMeasure measure)
    {
        int[] tensors = [.. Enumerable.Range(0, run.Specs.Length).Where(i => run.EqualTo(i).First == i && Serves(run.Specs[i]))];
        if (tensors.Length < 2 || gate.MeasureAlone(tensors, [.. tensors.Select(run.ReadersOf)], run.Tensors) is not { } changes) return measure;
        CompressionRun.State best = run.Save();
        var menus = new TensorMenu[tensors.Length];
        workers.Run(tensors.Length, i => run.LengthOf(tensors[i]), i => menus[i] = Menu(tensors[i], coarseness, workers.Cancellation));
        double[] octaves = [.. tensors.Select((tensor, i) => ExactMath.Log2(Math.Max(changes[i], 1e-9) / Math.Max(run.RelativeErrorOf(tensor), 1e-12)))];
        double mean = octaves.Average();
        foreach (double blend in s_blends)
        {
            double[] sensitivities = [.. octaves.Select(o => ExactMath.Exp2(mean + blend * (o - mean)))];
            double[][] costs = [.. menus.Select((menu, i) => menu.Choices.Select(c => sensitivities[i] * c.Encoded.Error / Math.Max(c.Encoded.Energy, 1e-30)).ToArray())];
            if (!new MenuAllocation(run, menus).Allocate(costs, budget, isEven: false)) continue;
            OutputMeasure now = gate.Measure(run.Tensors);
            if (now.Share < measure.Share) (best, measure) = (run.Save(), now);
        }
        run.Restore(best);
        return measure;
    }

    /// <summary>What a size leaves open, tensor by tensor. Codebooks keep one number of entries: each other takes a search of its own.</summary>
    private static bool Serves(TensorSpec spec) => spec is { IsFlexible: true, Treatment: TensorTreatment.LowRank or TensorTreatment.Sparse or TensorTreatment.Binary or TensorTreatment.Uniform or TensorTreatment.ScalarKMeans };

    private TensorMenu Menu(int tensor, double coarseness, CancellationToken cancellation)
    {
        WeightSource source = run.WeightOf(tensor);
        TensorSpec given = run.Specs[tensor];
        IEnumerable<TensorSpec> specs = (given.Treatment == TensorTreatment.Sparse ? s_fewOffsets : s_offsets)
            .Select(offset => Coarseness.Apply(given, source, Math.Clamp(coarseness + offset, 0, Coarseness.Coarsest))).Distinct();
        LowRankSpectra? spectra = given.LowRank is { } low ? new LowRankSpectra(source, low.ByInputs ? source.Inputs?.Blocks() : null, cancellation) : null;
        return new TensorMenu(tensor, [.. specs.Select(spec => new TensorChoice(spec, spectra is null ? TensorEncoder.Encode(source, spec, 0, null, null, run.Options.Seed, cancellation)
            : TensorEncoder.LowRank(source, spec, spectra))).OrderByDescending(choice => choice.Bytes)]);
    }
}
