using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>Numbers of entries where samples choose the codes: each codebook has as many as its weights are worth in the answers.</summary>
/// <remarks>Begins where all codebooks have the same number. What a weight does to the answers alone goes with its error, and such changes about add up; the error falls with the number
/// of entries as that of k-means does. So each codebook takes the number whose change and bytes together are least, at one price of a byte for all. Weights that share a codebook may
/// part into those that need more entries and those that need fewer. Kept is what brings the answers nearer.</remarks>
internal sealed class EntryAllocation(CompressionRun run, IAnswerDistance answers, Workers workers)
{
    /// <summary>Exponents of the differences in sensitivity: what weights do alone is not all that they do together.</summary>
    private static readonly double[] s_blends = [1, 0.5, 0];

    /// <summary>How many ways of sharing out are tried.</summary>
    public static int Shares => s_blends.Length;

    /// <summary>Subvectors that errors are estimated with.</summary>
    private const int MostSubvectors = 1 << 13;

    private const int MostBits = 12;

    /// <summary>How many times fewer entries a codebook may have than where all have the same: beyond that answers change by more than errors say.</summary>
    private const int MostFewer = 8;

    private Menu[] _menus = [];
    private int _shares;    // the last number of a shared codebook

    /// <param name="budget">Bytes of the artifact, which what is encoded meets.</param>
    public void Refine(long budget)
    {
        int[][] codebooks = [.. Enumerable.Range(0, run.Specs.Length).Where(i => run.EqualTo(i).First == i && Serves(i)).GroupBy(i => run.Specs[i].Share > 0 ? run.Specs[i].Share : -1 - i).Select(group => group.ToArray())];
        int[] tensors = [.. codebooks.SelectMany(members => members)];
        if (tensors.Length < 2) return;
        double[] alone = answers.Alone([.. tensors.Select(run.ReadersOf)], run.Tensors);
        double[] octaves = [.. alone.Select(change => ExactMath.Log2(Math.Max(1e-9, change)))];
        // The most sensitive first, by weight.
        int[][] ordered = [.. codebooks.Select(members => members.OrderByDescending(i => octaves[Array.IndexOf(tensors, i)] - ExactMath.Log2(run.LengthOf(i))).ToArray())];
        _menus = new Menu[codebooks.Length];
        _shares = run.Specs.Max(spec => spec.Share);
        workers.Run(codebooks.Length, i => codebooks[i].Sum(run.LengthOf), i => _menus[i] = MenuOf(ordered[i]));
        // What is not of these codebooks keeps its bytes.
        long limit = run.PredictedBytes + budget - run.FileBytes;
        CompressionRun.State start = run.Save(), best = start;
        double distance = answers.Of(run.Tensors), mean = octaves.Average();
        List<TensorSpec[]> tried = [start.Specs];
        for (int b = 0; b < s_blends.Length; b++)
        {
            double blend = s_blends[b];
            run.Restore(start);
            if (!Allocate(tensor => ExactMath.Exp2(mean + blend * (octaves[Array.IndexOf(tensors, tensor)] - mean)), limit) || tried.Any(specs => specs.SequenceEqual(run.Specs))) continue;
            TensorSpec[] chosen = (TensorSpec[])run.Specs.Clone();
            tried.Add(chosen);
            // What ends where it began keeps its bytes.
            run.Restore(start);
            run.Decide([.. tensors.Select(tensor => (tensor, chosen[tensor]))]);
            run.EncodeFixed(s_blends.Length - 1 - b);
            if (run.FileBytes <= budget && answers.Of(run.Tensors) is var now && now < distance) (best, distance) = (run.Save(), now);
        }
        run.Restore(best);
    }

    private bool Serves(int i) => run.Specs[i] is { IsFlexible: true, Method: CompressionMethod.Lr2vq, Vector: { Stages: 1, K: > 1 } } && run.WeightOf(i).Inputs is not null;

    /// <summary>What a codebook may become.</summary>
    /// <param name="Share">Its number; 0 where one weight has it for itself.</param>
    /// <param name="Members">The weights that share it, the most sensitive first.</param>
    /// <param name="Numbers">Numbers of entries.</param>
    /// <param name="Errors">Of each, in units of that of the number that is encoded.</param>
    private sealed record Menu(int Share, int[] Members, int[] Numbers, double[] Errors)
    {
        public List<Choice> Choices { get; } = [];
    }

    /// <summary>Entries of the first members, and of the others, which have a codebook of their own.</summary>
    /// <param name="First">How many members are the first.</param>
    /// <param name="Own">Place of their number of entries.</param>
    /// <param name="Rest">That of the others.</param>
    private readonly record struct Choice(int First, int Own, int Rest, long Bytes)
    {
        public int PlaceOf(int member) => member < First ? Own : Rest;
    }

    private Menu MenuOf(int[] members)
    {
        VectorShape shape = run.Specs[members[0]].Vector!;
        WeightSource[] weights = [.. members.Select(run.WeightOf)];
        long all = weights.Sum(weight => (long)SliceOrder.Of(weight.Identity.Canonical, shape.Axis, shape.M).Count);
        int[] numbers = [.. Enumerable.Range(1, MostBits).Select(bits => PresetRules.ClampK(1 << bits, all)).Append(shape.K).Where(k => k * MostFewer >= shape.K).Distinct().Order()];
        SubvectorMatrix subvectors = TrainedDimensions.Subvectors(new TrainedDimensions.Codebook(weights, shape), MostSubvectors, out _);
        double[] errors = DimensionChoice.Errors(subvectors, shape.D > 0 ? shape.D : shape.M, numbers, SeededRandom.For(run.Options.Seed, "entries " + weights[0].Identity.Name), workers.Cancellation);
        double now = Math.Max(1e-30, errors[Array.IndexOf(numbers, shape.K)]);
        Menu menu = new(run.Specs[members[0]].Share, members, numbers, [.. errors.Select(error => error / now)]);
        TensorLengths[][] lengths = [.. members.Select(i => numbers.Select(k => TensorEncoder.Predict(run.WeightOf(i), With(run.Specs[i], k, 0), 0)).ToArray())];
        long[] subvectorsBefore = new long[members.Length + 1];
        for (int i = 0; i < members.Length; i++) subvectorsBefore[i + 1] = subvectorsBefore[i] + SliceOrder.Of(weights[i].Identity.Canonical, shape.Axis, shape.M).Count;
        for (int k = 0; k < numbers.Length; k++) Add(members.Length, k, k);
        for (int first = 1; first < members.Length; first++)
            for (int own = 0; own < numbers.Length; own++)
                for (int rest = 0; rest < numbers.Length; rest++)
                    if (2 * numbers[own] <= subvectorsBefore[first] && 2 * numbers[rest] <= all - subvectorsBefore[first]) Add(first, own, rest);
        return menu;

        void Add(int first, int own, int rest)
        {
            Choice choice = new(first, own, rest, 0);
            long bytes = lengths[0][own].Codebook.Length + (first < members.Length ? lengths[0][rest].Codebook.Length : 0);
            for (int i = 0; i < members.Length; i++) bytes += lengths[i][choice.PlaceOf(i)].Codes.Length;
            menu.Choices.Add(choice with { Bytes = bytes });
        }
    }

    private static TensorSpec With(TensorSpec spec, int k, int share) => spec with { Share = share, Vector = spec.Vector! with { K = k } };

    /// <summary>Takes the choices whose cost is least within a size.</summary>
    /// <param name="weightOf">What the error of a tensor that is encoded costs.</param>
    /// <returns>False if even the fewest entries are too many.</returns>
    private bool Allocate(Func<int, double> weightOf, long limit)
    {
        double[][] costs = [.. _menus.Select(menu => menu.Choices.Select(choice => menu.Members.Select((tensor, i) => weightOf(tensor) * menu.Errors[choice.PlaceOf(i)]).Sum()).ToArray())];
        int[] taken = new int[_menus.Length];
        double low = -60, high = 20;
        for (int i = 0; i <= 40; i++)
        {
            double price = ExactMath.Exp2(i == 40 ? high : (low + high) / 2);
            for (int c = 0; c < _menus.Length; c++)
            {
                int best = 0;
                for (int place = 1; place < costs[c].Length; place++)
                    if (costs[c][place] + price * _menus[c].Choices[place].Bytes < costs[c][best] + price * _menus[c].Choices[best].Bytes) best = place;
                Take(c, best);
            }
            if (run.PredictedBytes > limit) low = (low + high) / 2;
            else high = (low + high) / 2;
        }
        if (run.PredictedBytes > limit) return false;
        while (TakeMore()) { }
        return true;

        // Spends what is left on what it does most for.
        bool TakeMore()
        {
            long left = limit - run.PredictedBytes;
            (int Codebook, int Place, double Gain) best = (-1, 0, 0);
            for (int c = 0; c < _menus.Length; c++)
                for (int place = 0; place < costs[c].Length; place++)
                {
                    long more = _menus[c].Choices[place].Bytes - _menus[c].Choices[taken[c]].Bytes;
                    double gain = (costs[c][taken[c]] - costs[c][place]) / Math.Max(1, more);
                    if (more <= left && gain > best.Gain) best = (c, place, gain);
                }
            if (best.Codebook < 0) return false;
            int before = taken[best.Codebook];
            Take(best.Codebook, best.Place);
            if (run.PredictedBytes <= limit) return true;
            Take(best.Codebook, before);
            return false;
        }

        // Members that part have new numbers: one for the first, and one for the rest.
        void Take(int codebook, int place)
        {
            taken[codebook] = place;
            Menu menu = _menus[codebook];
            Choice choice = menu.Choices[place];
            run.Decide([.. menu.Members.Select((tensor, i) =>
            {
                bool isFirst = i < choice.First;
                int share = choice.First == menu.Members.Length ? menu.Share : (isFirst ? choice.First : menu.Members.Length - choice.First) < 2 ? 0 : _shares + 2 * codebook + (isFirst ? 1 : 2);
                return (tensor, With(run.Specs[tensor], menu.Numbers[choice.PlaceOf(i)], share));
            })]);
        }
    }
}
