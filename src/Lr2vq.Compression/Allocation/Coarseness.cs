using System;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>What is left open of a decision, from the finest setting (0) to the coarsest: for methods without a step, by bytes. Ranks and densities
/// follow parts of it, too.</summary>
internal static class Coarseness
{
    public const double Coarsest = 11;

    public static TensorSpec Apply(TensorSpec spec, WeightSource source, double coarseness)
    {
        int whole = (int)Math.Ceiling(coarseness);
        switch (spec.Treatment)
        {
            case TensorTreatment.Uniform:
                return spec with { Bits = Math.Max(2, 8 - whole) };
            case TensorTreatment.ScalarKMeans:
                int bits = Math.Max(1, 8 - whole);
                return spec with { Bits = bits, K = 1 << bits };
            case TensorTreatment.Binary:
                return spec with { Bits = Math.Max(1, 4 - whole) };
            case TensorTreatment.LowRank:
                (int rows, int columns) = Unfolding.Rows.SidesOf(source.Identity.Canonical);
                double share = ExactMath.Exp2(-coarseness / 2);
                return spec with { LowRank = spec.LowRank!.Value with { Rank = Math.Max(1, (int)(share * LowRankFactorization.BreakEven(rows, columns))) } };
            case TensorTreatment.Sparse:
                return spec with { Sparse = spec.Sparse! with { NonZeros = spec.Sparse.Atoms * ExactMath.Exp2(-coarseness * 0.625) } };
            case TensorTreatment.Residual:
                return spec with { Vector = spec.Vector! with { Stages = Math.Max(1, CodebookTensor.MaxStages - whole) } };
            default:
                VectorShape shape = spec.Vector!;
                long subvectors = SliceOrder.Of(source.Identity.Canonical, shape.Axis, shape.M).Count;
                // A shared codebook has one k for all members, which their numbers together allow.
                int k = Math.Max(2, 4096 >> whole);
                return spec with { Vector = shape with { K = spec.Share > 0 ? Math.Min(k, shape.K) : PresetRules.ClampK(k, subvectors) } };
        }
    }
}
