using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression.Allocation;

/// <summary>Numbers of entries where samples choose the codes, and d̃ where it was left open: each codebook is as large as its weights are worth in the answers.</summary>
/// <remarks>Begins where all codebooks have the same number and d̃. What a weight does to the answers alone goes with its error, and such changes about add up; the error falls with the number
/// of entries and with d̃ as that of k-means in so many principal components does. So each codebook takes the size whose change and bytes together are least, at one price of a byte for all.
/// Weights that share a codebook may part into those that need a larger one and those that need less. Kept is what brings the answers nearer, and what weights do alone is asked again there.</remarks>
internal sealed class EntryAllocation(CompressionRun run, IAnswerDistance answers, Workers workers)
{
    /// <summary>Ways of estimating what sizes cost. The first is an exponent of the differences in sensitivity: what weights do alone is not all that they do together. The second is the share
    /// of the low-rank error that stays: basis and entries are fitted to the inputs, which principal components know nothing of.</summary>
    private static readonly (double Blend, double Share)[] s_ways = [(1, 1), (1, 0.5), (0, 1)];

    /// <summary>How often it begins again where the answers came nearer.</summary>
    private const int Rounds = 2;

    /// <summary>How many ways of sharing out are tried.</summary>
    public static int Shares => Rounds * s_ways.Length;

    /// <summary>Subvectors that errors are estimated with.</summary>
    private const int MostSubvectors = 1 << 13;

    private const int MostBits = 12;

    /// <summary>Dimensions from m down to its half that are looked at.</summary>
    private const int MostRanks = 6;

    /// <summary>How many times fewer entries a codebook may have than where all have the same: beyond that answers change by more than errors say.</summary>
    private const int MostFewer = 8;

    private Menu[] _menus = [];
    private int _shares;    // the last number of a shared codebook

    /// <param name="budget">Bytes of the artifact, which what is encoded meets.</param>
    public void Refine(long budget)
    {
        for (int round = 1; round <= Rounds && Refine(budget, (Rounds - round) * s_ways.Length); round++) { }
    }

    /// <param name="further">How often all is encoded after this round.</param>
    /// <returns>Whether the answers came nearer.</returns>
    private bool Refine(long budget, int further)
    {
        int[][] codebooks = [.. Enumerable.Range(0, run.Specs.Length).Where(i => run.EqualTo(i).First == i && Serves(i)).GroupBy(i => run.Specs[i].Share > 0 ? run.Specs[i].Share : -1 - i).Select(group => group.ToArray())];
        int[] tensors = [.. codebooks.SelectMany(members => members)];
        if (tensors.Length < 2) return false;
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
        for (int way = 0; way < s_ways.Length; way++)
        {
            (double blend, double share) = s_ways[way];
            run.Restore(start);
            if (!Allocate(tensor => ExactMath.Exp2(mean + blend * (octaves[Array.IndexOf(tensors, tensor)] - mean)), share, limit) || tried.Any(specs => specs.SequenceEqual(run.Specs))) continue;
            TensorSpec[] chosen = (TensorSpec[])run.Specs.Clone();
            tried.Add(chosen);
            // What ends where it began keeps its bytes.
            run.Restore(start);
            run.Decide([.. tensors.Select(tensor => (tensor, chosen[tensor]))]);
            run.EncodeFixed(further + s_ways.Length - 1 - way);
            if (run.FileBytes <= budget && answers.Of(run.Tensors) is var now && now < distance) (best, distance) = (run.Save(), now);
        }
        run.Restore(best);
        return !ReferenceEquals(best, start);
    }

    private bool Serves(int i) => run.Specs[i] is { IsFlexible: true, Method: CompressionMethod.Lr2vq, Vector: { Stages: 1, K: > 1 } } && run.WeightOf(i).Inputs is not null;

    /// <summary>What a codebook may become.</summary>
    /// <param name="Share">Its number; 0 where one weight has it for itself.</param>
    /// <param name="Members">The weights that share it, the most sensitive first.</param>
    /// <param name="Sizes">Numbers of entries and d̃.</param>
    /// <param name="Errors">Of each.</param>
    /// <param name="Now">That of the size that is encoded.</param>
    private sealed record Menu(int Share, int[] Members, CodebookSize[] Sizes, DimensionChoice.Candidate[] Errors, DimensionChoice.Candidate Now)
    {
        /// <summary>Errors of all sizes in units of that of the one that is encoded.</summary>
        public double[] Relative(double share) => [.. Errors.Select(error => error.EffectiveError(share) / Math.Max(1e-30, Now.EffectiveError(share)))];

        public List<Choice> Choices { get; } = [];
    }

    /// <summary>Entries of a codebook and their dimensions.</summary>
    private readonly record struct CodebookSize(int K, int D);

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
        int[] ranks = run.Specs[members[0]].HasOpenRank ? [.. Enumerable.Range(0, MostRanks).Select(i => shape.M - i * (shape.M - shape.M / 2) / (MostRanks - 1)).Where(d => d > 0).Append(shape.Rank).Distinct().Order()] : [shape.Rank];
        CodebookSize[] sizes = [.. ranks.SelectMany(d => numbers.Select(k => new CodebookSize(k, d)))];
        DimensionChoice.Candidate[] errors = [.. ranks.SelectMany(d => DimensionChoice.Errors(subvectors, d, numbers, SeededRandom.For(run.Options.Seed, "entries " + weights[0].Identity.Name), workers.Cancellation))];
        DimensionChoice.Candidate now = errors[Array.IndexOf(sizes, new CodebookSize(shape.K, shape.Rank))];
        TensorLengths LengthsOf(int i, CodebookSize size) => TensorEncoder.Predict(run.WeightOf(members[i]), With(run.Specs[members[i]], size, 0), 0);
        // Those that nothing smaller betters, however errors are counted.
        long[] lengthOf = [.. sizes.Select(size => LengthsOf(0, size).Codebook.Length)];
        int[] kept = [.. Enumerable.Range(0, sizes.Length).Where(i => !Enumerable.Range(0, sizes.Length).Any(j => sizes[j].K <= sizes[i].K && lengthOf[j] < lengthOf[i] && errors[j].Error <= errors[i].Error && errors[j].ClusteringError <= errors[i].ClusteringError))];
        sizes = [.. kept.Select(i => sizes[i])];
        Menu menu = new(run.Specs[members[0]].Share, members, sizes, [.. kept.Select(i => errors[i])], now);
        TensorLengths[][] lengths = [.. members.Select((_, i) => sizes.Select(size => LengthsOf(i, size)).ToArray())];
        long[] subvectorsBefore = new long[members.Length + 1];
        for (int i = 0; i < members.Length; i++) subvectorsBefore[i + 1] = subvectorsBefore[i] + SliceOrder.Of(weights[i].Identity.Canonical, shape.Axis, shape.M).Count;
        for (int place = 0; place < sizes.Length; place++) Add(members.Length, place, place);
        for (int first = 1; first < members.Length; first++)
            for (int own = 0; own < sizes.Length; own++)
                for (int rest = 0; rest < sizes.Length; rest++)
                    if (2 * sizes[own].K <= subvectorsBefore[first] && 2 * sizes[rest].K <= all - subvectorsBefore[first]) Add(first, own, rest);
        return menu;

        void Add(int first, int own, int rest)
        {
            Choice choice = new(first, own, rest, 0);
            long bytes = lengths[0][own].Codebook.Length + (first < members.Length ? lengths[0][rest].Codebook.Length : 0);
            for (int i = 0; i < members.Length; i++) bytes += lengths[i][choice.PlaceOf(i)].Codes.Length;
            menu.Choices.Add(choice with { Bytes = bytes });
        }
    }

    private static TensorSpec With(TensorSpec spec, CodebookSize size, int share) => spec with { Share = share, Vector = spec.Vector! with { K = size.K, D = size.D == spec.Vector.M ? 0 : size.D } };

    /// <summary>Takes the choices whose cost is least within a size.</summary>
    /// <param name="weightOf">What the error of a tensor that is encoded costs.</param>
    /// <param name="share">Share of the low-rank error that counts.</param>
    /// <returns>False if even the fewest entries are too many.</returns>
    private bool Allocate(Func<int, double> weightOf, double share, long limit)
    {
        double[][] errors = [.. _menus.Select(menu => menu.Relative(share))];
        double[][] costs = [.. _menus.Select((menu, c) => menu.Choices.Select(choice => menu.Members.Select((tensor, i) => weightOf(tensor) * errors[c][choice.PlaceOf(i)]).Sum()).ToArray())];
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
                return (tensor, With(run.Specs[tensor], menu.Sizes[choice.PlaceOf(i)], share));
            })]);
        }
    }
}
