using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.torch;

namespace Lr2vq.Training.Weights;

/// <summary>Differentiable k-means (DKM, Cho et al. 2021) of one tensor: each subvector is a mixture of its nearest centres, weighted by a softmax of −distance² ÷ temperature, and each
/// centre the mean of the subvectors with these weights. Gradients go through all turns. At a low temperature that is k-means.</summary>
/// <remarks>Only the nearest few centres take part, which bounds memory to a few numbers a subvector; which they are is looked up again every few steps.</remarks>
internal sealed class SoftCodes
{
    private const int MostCandidates = 4, Lifetime = 8, Chunk = 1 << 15;

    private readonly Tensor _candidates;        // [subvectors, candidates], the nearest first
    private readonly Tensor _age = zeros(1, ScalarType.Int64);

    public SoftCodes(int count, int k) => _candidates = zeros(count, Math.Min(k, MostCandidates), ScalarType.Int64);

    public IEnumerable<(string Name, Tensor Values)> Buffers => [("candidates", _candidates), ("age", _age)];

    /// <summary>Looks the candidates up.</summary>
    public void Find(Tensor vectors, Tensor centres)
    {
        using var off = no_grad();
        long count = vectors.shape[0];
        for (long first = 0; first < count; first += Chunk)
        {
            using var scope = NewDisposeScope();
            long length = Math.Min(Chunk, count - first);
            (_, Tensor nearest) = Distances(vectors.narrow(0, first, length), centres).topk((int)_candidates.shape[1], 1, largest: false);
            _candidates.narrow(0, first, length).copy_(nearest);
        }
        _age.zero_();
    }

    /// <summary>As <see cref="Find"/>, when it is due.</summary>
    public void Refresh(Tensor vectors, Tensor centres)
    {
        if (_age.item<long>() >= Lifetime) Find(vectors, centres);
        _age.add_(1);
    }

    /// <summary>The mixtures [subvectors, d].</summary>
    public Tensor Words(Tensor vectors, Tensor centres, double temperature)
    {
        Tensor shares = Shares(vectors, centres, temperature, out Tensor candidates);
        return (shares.unsqueeze(-1) * candidates).sum(1);
    }

    /// <summary>Centres after some turns over the subvectors of all tensors that share them. One that nothing is near stays.</summary>
    public static Tensor Update(IReadOnlyList<(Tensor Vectors, SoftCodes Codes)> members, Tensor centres, double temperature, int turns)
    {
        const double least = 1e-6;
        Tensor now = centres.detach().clone();
        for (int turn = 0; turn < turns; turn++)
        {
            Tensor sums = now * least, weights = full_like(now.narrow(1, 0, 1), least);
            foreach ((Tensor vectors, SoftCodes codes) in members)
            {
                Tensor shares = codes.Shares(vectors, now, temperature, out _);
                for (long c = 0; c < shares.shape[1]; c++)
                {
                    Tensor share = shares.narrow(1, c, 1), to = codes._candidates.select(1, c);
                    sums = sums.index_add(0, to, share * vectors, 1);
                    weights = weights.index_add(0, to, share, 1);
                }
            }
            now = sums / weights;
        }
        return now;
    }

    /// <summary>The nearest centre of each subvector.</summary>
    public static Tensor Nearest(Tensor vectors, Tensor centres)
    {
        using var off = no_grad();
        Tensor nearest = empty(vectors.shape[0], ScalarType.Int64);
        for (long first = 0; first < vectors.shape[0]; first += Chunk)
        {
            // The distances of a large tensor are gigabytes.
            using var scope = NewDisposeScope();
            long length = Math.Min(Chunk, vectors.shape[0] - first);
            nearest.narrow(0, first, length).copy_(Distances(vectors.narrow(0, first, length), centres).argmin(1));
        }
        return nearest;
    }

    /// <summary>The median of the squared distances from the nearest centre: a temperature at which neighbours mix.</summary>
    public static float MedianDistance(IReadOnlyList<Tensor> members, Tensor centres)
    {
        using var scope = NewDisposeScope();
        return Math.Max(1e-12f, cat([.. members.Select(vectors => (vectors - centres.index_select(0, Nearest(vectors, centres))).pow(2).sum(1))]).median().item<float>());
    }

    private Tensor Shares(Tensor vectors, Tensor centres, double temperature, out Tensor candidates)
    {
        long count = _candidates.shape[0], each = _candidates.shape[1];
        Tensor flat = _candidates.reshape(-1);
        candidates = centres.index_select(0, flat).reshape(count, each, -1);
        // |z|² is the same for all centres, and cancels.
        Tensor near = (candidates * vectors.unsqueeze(1)).sum(-1) * 2 - centres.pow(2).sum(1).index_select(0, flat).reshape(count, each);
        return (near / temperature).softmax(1);
    }

    private static Tensor Distances(Tensor vectors, Tensor centres) => centres.pow(2).sum(1) - vectors.mm(centres.t()) * 2;
}
