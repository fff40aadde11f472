using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression;

/// <summary>One codebook for all tensors with the same slicing and the same number of entries whose own would cost more than a tenth of their codes.</summary>
internal static class CodebookSharing
{
    /// <summary>Replaces each share of −1 (may be shared) by 0 (own codebook) or the number of a group.</summary>
    /// <param name="own">Indices of the weights that are encoded: equal ones count once.</param>
    public static void Apply(TensorSpec[] specs, IReadOnlyList<WeightSource> weights, IReadOnlyList<int> own)
    {
        var groups = new Dictionary<(SliceAxis Axis, int M, int D, int K), List<int>>();
        foreach (int i in own)
        {
            if (specs[i] is not { Share: -1, Vector: { } shape }) continue;
            (long codes, long codebook) = Bytes(weights[i], shape);
            if (10 * codebook <= codes)
            {
                specs[i] = specs[i] with { Share = 0 };
                continue;
            }
            var key = (shape.Axis, shape.M, shape.D, specs[i].K);
            if (!groups.TryGetValue(key, out List<int>? members)) groups[key] = members = [];
            members.Add(i);
        }
        int number = 0;
        foreach ((_, List<int> members) in groups.OrderBy(g => g.Value[0]))
        {
            if (members.Count == 1)
            {
                specs[members[0]] = Alone(specs[members[0]], weights[members[0]]);
                continue;
            }
            number++;
            // The group's k comes from all its subvectors together.
            long subvectors = members.Sum(i => SliceOrder.Of(weights[i].Identity.Canonical, specs[i].Vector!.Axis, specs[i].Vector!.M).Count);
            int k = PresetRules.ClampK(members.Max(i => specs[i].K), subvectors);
            foreach (int i in members) specs[i] = specs[i] with { Share = number, Vector = specs[i].Vector! with { K = k } };
        }
    }

    /// <summary>A codebook of its own costs at most half of the codes.</summary>
    private static TensorSpec Alone(TensorSpec spec, WeightSource source)
    {
        VectorShape shape = spec.Vector!;
        while (spec.IsFlexible && shape.K > 4)
        {
            (long codes, long codebook) = Bytes(source, shape);
            if (2 * codebook <= codes) break;
            shape = shape with { K = shape.K / 2 };
        }
        return spec with { Share = 0, Vector = shape };
    }

    private static (long Codes, long Codebook) Bytes(WeightSource source, VectorShape shape)
    {
        SliceOrder order = SliceOrder.Of(source.Identity.Canonical, shape.Axis, shape.M);
        var lengths = CodebookTensor.ByteLengths(order, [shape.K], shape.Rank, shape.Encoding, shape.Scaled);
        return (lengths.Codes, lengths.Codebook);
    }
}
