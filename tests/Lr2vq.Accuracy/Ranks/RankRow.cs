using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Accuracy;

/// <summary>A setting of <c>rank-rule</c>.</summary>
/// <param name="M">Length of a subvector.</param>
/// <param name="Images">Of each training.</param>
/// <param name="Share">ρ, by a short training; null before it was measured.</param>
/// <param name="Errors">What Rule T weighs.</param>
/// <param name="Trials">What each d̃ gave; 0 is the closed form, which every codebook has another of.</param>
internal sealed record RankRow(string Network, double Ratio, int M, int Images, int Seed, double? Share, IReadOnlyList<RankErrors> Errors, IReadOnlyList<RankTrial> Trials)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>What Rule T chooses with a ρ.</summary>
    public int Choice(double share) => DimensionChoice.RuleT([.. Errors.Select(e => new DimensionChoice.Candidate(e.D, 0, e.LowRank, e.Clustering))], share).D;

    public static List<RankRow> Read(string? path) => path is null || !File.Exists(path) ? [] : JsonSerializer.Deserialize<List<RankRow>>(File.ReadAllText(path), s_json)!;

    public static void Write(string? path, IReadOnlyList<RankRow> rows)
    {
        if (path is not null) Building.ProvisionCache.WriteAtomically(path, to => File.WriteAllText(to, JsonSerializer.Serialize(rows, s_json) + "\n"));
    }
}

/// <summary>E_lr and E_cl of a d̃.</summary>
internal sealed record RankErrors(int D, double LowRank, double Clustering);

/// <summary>A d̃ that was tried.</summary>
/// <param name="Untrained">Loss before the training.</param>
/// <param name="Loss">Loss after it, on held-out training pictures.</param>
/// <param name="Agreement">Share of the answers that are the original's.</param>
internal sealed record RankTrial(int D, long Bytes, double Untrained, double Loss, double Agreement);
