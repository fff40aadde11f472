using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Lr2vq.Accuracy;

/// <summary>A setting of <c>rank-rule</c>.</summary>
/// <param name="M">Length of a subvector.</param>
/// <param name="Images">Of each training.</param>
/// <param name="Share">ρ.</param>
/// <param name="Chosen">What Rule T chooses; null before it was asked.</param>
/// <param name="Trials">What each d̃ gave.</param>
internal sealed record RankRow(string Network, double Ratio, int M, int Images, int Seed, double Share, int? Chosen, IReadOnlyList<RankTrial> Trials)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The d̃ with the least loss.</summary>
    public RankTrial Best => Trials.MinBy(trial => trial.Loss)!;

    public static List<RankRow> Read(string? path) => path is null || !File.Exists(path) ? [] : JsonSerializer.Deserialize<List<RankRow>>(File.ReadAllText(path), s_json)!;

    public static void Write(string? path, IReadOnlyList<RankRow> rows)
    {
        if (path is not null) Building.ProvisionCache.WriteAtomically(path, to => File.WriteAllText(to, JsonSerializer.Serialize(rows, s_json) + "\n"));
    }
}

/// <summary>A d̃ that was tried.</summary>
/// <param name="Untrained">Loss before the training.</param>
/// <param name="Loss">Loss after it, on held-out training pictures.</param>
/// <param name="Agreement">Share of the answers that are the original's.</param>
internal sealed record RankTrial(int D, long Bytes, double Untrained, double Loss, double Agreement);
