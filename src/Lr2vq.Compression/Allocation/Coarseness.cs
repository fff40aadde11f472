using System;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>What is left open of a decision, from the finest setting (0) to the coarsest: for methods without a step, by bytes.</summary>
internal static class Coarseness
{
    public static TensorSpec Apply(TensorSpec spec, WeightSource source, int coarseness)
    {
        switch (spec.Treatment)
        {
            case TensorTreatment.Uniform:
                return spec with { Bits = Math.Max(2, 8 - coarseness) };
            case TensorTreatment.ScalarKMeans:
                int bits = Math.Max(1, 8 - coarseness);
                return spec with { Bits = bits, K = 1 << bits };
            case TensorTreatment.Binary:
                return spec with { Bits = Math.Max(1, 4 - coarseness) };
            case TensorTreatment.LowRank:
                (int rows, int columns) = Unfolding.Rows.SidesOf(source.Identity.Canonical);
                double share = Math.Pow(0.72, coarseness);
                return spec with { LowRank = spec.LowRank!.Value with { Rank = Math.Max(1, (int)(share * LowRankFactorization.BreakEven(rows, columns))) } };
            case TensorTreatment.Sparse:
                return spec with { Sparse = spec.Sparse! with { NonZeros = spec.Sparse.Atoms * Math.Pow(0.65, coarseness) } };
            case TensorTreatment.Residual:
                return spec with { Vector = spec.Vector! with { Stages = Math.Max(1, CodebookTensor.MaxStages - coarseness) } };
            default:
                VectorShape shape = spec.Vector!;
                long subvectors = SliceOrder.Of(source.Identity.Canonical, shape.Axis, shape.M).Count;
                // A shared codebook has one k for all members, which their numbers together allow.
                int k = Math.Max(2, 4096 >> coarseness);
                return spec with { Vector = shape with { K = spec.Share > 0 ? Math.Min(k, shape.K) : PresetRules.ClampK(k, subvectors) } };
        }
    }
}
