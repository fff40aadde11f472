using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace Lr2vq.Accuracy;

/// <summary>A setting of <c>rank-rule</c>.</summary>
/// <param name="M">Length of a subvector.</param>
/// <param name="Images">Of each training.</param>
/// <param name="Share">ρ, by a short training.</param>
/// <param name="Chosen">What Rule T chooses with it; null before it was asked.</param>
/// <param name="Usual">What Rule T chooses with the ρ that a build takes.</param>
/// <param name="Errors">E_lr and E_cl of each d̃, in shares of the error of d̃ = 1.</param>
/// <param name="Trials">What each d̃ gave; 0 is the closed form, which every codebook has another of.</param>
/// <param name="IsComplete">Whether every d̃ was tried.</param>
internal sealed record RankRow(string Network, double Ratio, int M, int Images, int Seed, double Share, int? Chosen, int? Usual, IReadOnlyList<RankErrors> Errors, IReadOnlyList<RankTrial> Trials, bool IsComplete)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static List<RankRow> Read(string? path) => path is null || !File.Exists(path) ? [] : JsonSerializer.Deserialize<List<RankRow>>(File.ReadAllText(path), s_json)!;

    public static void Write(string? path, IReadOnlyList<RankRow> rows)
    {
        if (path is not null) Building.ProvisionCache.WriteAtomically(path, to => File.WriteAllText(to, JsonSerializer.Serialize(rows, s_json) + "\n"));
    }
}

/// <summary>What Rule T weighs.</summary>
internal sealed record RankErrors(int D, double LowRank, double Clustering);

/// <summary>A d̃ that was tried.</summary>
/// <param name="Untrained">Loss before the training.</param>
/// <param name="Loss">Loss after it, on held-out training pictures.</param>
/// <param name="Agreement">Share of the answers that are the original's.</param>
internal sealed record RankTrial(int D, long Bytes, double Untrained, double Loss, double Agreement);
