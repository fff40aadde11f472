using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;

namespace Lr2vq.Compression;

/// <summary>d̃ of weights whose codes samples choose, where it was left open: one for all subvectors of a length, by Rule T (<see cref="DimensionChoice"/>). Where answers are compared, each codebook then takes its own.</summary>
internal static class TrainedDimensions
{
    private const int MostSubvectors = 1 << 14;

    /// <summary>Weights that have a codebook in common.</summary>
    internal sealed record Codebook(IReadOnlyList<WeightSource> Members, VectorShape Shape);

    /// <summary>Chooses for the entries that the size allows with d̃ = m.</summary>
    /// <param name="run">What is compressed; nothing is encoded yet.</param>
    /// <param name="budget">Bytes that the artifact may have; null for no limit.</param>
    public static void Decide(CompressionRun run, long? budget, Workers workers)
    {
        TensorSpec[] given = (TensorSpec[])run.Specs.Clone();
        bool IsOpen(int i) => run.WeightOf(i).Inputs is not null && given[i] is { Method: CompressionMethod.Lr2vq, Vector: { D: < 0, M: > 1 } };
        int[] open = [.. Enumerable.Range(0, given.Length).Where(i => run.EqualTo(i).First == i && IsOpen(i))];
        if (open.Length == 0) return;
        if (budget is { } bytes && !run.HasGlobalStep) run.ChooseForBytes(bytes);
        Codebook[] codebooks = [.. open.GroupBy(i => run.Specs[i].Share > 0 ? run.Specs[i].Share : -1 - i).Select(group => new Codebook([.. group.Select(run.WeightOf)], run.Specs[group.First()].Vector!))];
        Dictionary<int, int> chosen = Candidates(codebooks, workers).ToDictionary(pair => pair.Key, pair => DimensionChoice.RuleT(pair.Value).D);
        for (int i = 0; i < given.Length; i++)
            run.Specs[i] = IsOpen(i) ? given[i] with { HasOpenRank = true, Vector = given[i].Vector! with { D = chosen[given[i].Vector!.M] } } : given[i];
    }

    /// <summary>Says what was chosen, once nothing changes it any more.</summary>
    public static void Tell(CompressionRun run, DiagnosticBag diagnostics)
    {
        string[] chosen = [.. run.Specs.Where(spec => spec.HasOpenRank).Select(spec => spec.Vector!).GroupBy(shape => shape.M).OrderBy(group => group.Key).Select(group =>
        {
            int[] numbers = [.. new[] { group.Min(shape => shape.Rank), group.Max(shape => shape.Rank) }.Distinct()];
            return string.Create(CultureInfo.InvariantCulture, $"{string.Join(" to ", numbers)} of {group.Key}");
        })];
        if (chosen.Length > 0) diagnostics.Add(DiagnosticCatalogue.DimensionsForTraining.At(default, string.Join(", ", chosen)));
    }

    /// <summary>E_lr and E_cl of every d̃ with the entries that each codebook has, added up over the weights, by the length of subvectors.</summary>
    public static SortedDictionary<int, DimensionChoice.Candidate[]> Candidates(IReadOnlyList<Codebook> codebooks, Workers workers)
    {
        var own = new DimensionChoice.Candidate[codebooks.Count][];
        double[] factors = new double[codebooks.Count];
        workers.Run(codebooks.Count, i => codebooks[i].Shape.K, i =>
        {
            SubvectorMatrix subvectors = Subvectors(codebooks[i], MostSubvectors, out long all);
            factors[i] = (double)all / subvectors.Count;
            own[i] = DimensionChoice.AtEqualEntries(subvectors, codebooks[i].Shape.K, SeededRandom.For(0, "rank " + codebooks[i].Members[0].Identity.Name), workers.Cancellation);
        });
        SortedDictionary<int, DimensionChoice.Candidate[]> sums = [];
        for (int i = 0; i < own.Length; i++)
        {
            sums.TryGetValue(codebooks[i].Shape.M, out DimensionChoice.Candidate[]? before);
            sums[codebooks[i].Shape.M] = [.. own[i].Select((c, d) => c with { LowRankError = factors[i] * c.LowRankError + (before?[d].LowRankError ?? 0), ClusteringError = factors[i] * c.ClusteringError + (before?[d].ClusteringError ?? 0) })];
        }
        return sums;
    }

    /// <summary>Subvectors as they are clustered, evenly taken where there are many.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="all">How many there are.</param>
    internal static SubvectorMatrix Subvectors(Codebook codebook, int count, out long all)
    {
        int m = codebook.Shape.M, most = Math.Max(1, count / codebook.Members.Count);
        List<float> values = [];
        all = 0;
        float[] one = new float[m];
        foreach (WeightSource member in codebook.Members)
        {
            VectorQuantization.Prepared prepared = VectorQuantization.Prepare(member, codebook.Shape);
            int own = prepared.Slices.Count, taken = Math.Min(own, most);
            all += own;
            for (int n = 0; n < taken; n++)
            {
                prepared.Slices.Read(prepared.Weights, (int)((long)n * own / taken), one);
                values.AddRange(one);
            }
        }
        var matrix = new SubvectorMatrix(values.Count / m, m);
        for (int n = 0; n < matrix.Count; n++)
            for (int c = 0; c < m; c++) matrix[n, c] = values[n * m + c];
        return matrix;
    }
}
