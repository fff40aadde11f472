using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Lr2vq.Compression.Methods;

namespace Lr2vq.Testing.Docs;

/// <summary>The part of docs/accuracy.md about d̃, chosen before a training, from docs/measurements/rank-rule.json.</summary>
internal static class RankDocs
{
    /// <summary>Points of agreement that a choice may be worse by.</summary>
    private const double MostPoints = 0.5;

    /// <summary>The longest subvectors of which every d̃ is tried; of longer ones every second.</summary>
    private const int AllTried = 9;

    private const int ClosedForm = 0;

    /// <summary>A d̃ that was tried.</summary>
    internal sealed record Trial(int D, double Loss, double Agreement);

    /// <summary>Text of the section; nothing without rows. Settings of which not every d̃ was tried are left out.</summary>
    public static string Section(IReadOnlyList<JsonElement> rows, string program)
    {
        (string Title, Func<JsonElement, int> Of)[] rules =
            [("Rule T with the ρ of a short training", r => Choice(r, DocsTable.Value(r, "share")!.Value)), ("Rule T with the ρ of a build", r => Choice(r, DimensionChoice.TrainedShare)), ("closed form", _ => ClosedForm), ("d̃ = m", r => Number(r, "m"))];
        JsonElement[] complete = [.. rows.Where(r => IsComplete(r) && rules.All(rule => TrialsOf(r).Any(t => t.D == rule.Of(r))))];
        if (complete.Length == 0) return "";
        var text = new StringBuilder($"""
            ## Dimensionality before a training

            `{program} rank-rule --json docs/measurements/rank-rule.json`

            Every d̃, searched at equal bytes and trained with few images, and what rules choose before. Best: the least loss on 1,000 training pictures that are held out. Alike: their answers that are the original's. A choice is good within one step of the best d̃
            (of 18 every second is tried, so a step is two), or if at most 0.5 points fewer are alike; a thousand pictures scatter by about a point. ρ: the share of the error left out that a short training does not take away. It leaves something of the clustering error too, so a build takes more: {DimensionChoice.TrainedShare.ToString(CultureInfo.InvariantCulture)}, which was chosen by the settings of cifar10j-resnet20. The closed form, water-filling, has another d̃ for every codebook.


            """.ReplaceLineEndings("\n"));
        text.Append("| network | ratio | m | images | ρ | best d̃ | alike | ").AppendJoin(" | ", rules.SelectMany(rule => (string[])[rule.Title, "alike"])).Append(" |\n|---|---|---|---|---|---|---|").Append(string.Concat(rules.Select(_ => "---|---|"))).Append('\n');
        foreach (JsonElement row in complete)
        {
            Trial best = BestOf(row);
            text.Append(CultureInfo.InvariantCulture, $"| {Path.GetFileNameWithoutExtension(DocsTable.Word(row, "network"))} | {DocsTable.Value(row, "ratio")}x | {Number(row, "m")} | {Number(row, "images"):N0} | {DocsTable.Value(row, "share"):F3} | {best.D} | {100 * best.Agreement:F1} % |");
            foreach ((_, Func<JsonElement, int> of) in rules)
            {
                Trial taken = Taken(row, of(row));
                text.Append(CultureInfo.InvariantCulture, $" {(taken.D == ClosedForm ? "" : taken.D)} | {100 * taken.Agreement:F1} %{(IsGood(row, taken) ? "" : ", far")} |");
            }
            text.Append('\n');
        }
        text.Append("\nGood choices: ").AppendJoin(", ", rules.Select(rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Title} {complete.Count(r => IsGood(r, Taken(r, rule.Of(r))))} of {complete.Length}"))).Append(".\n");
        foreach (JsonElement row in complete)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Path.GetFileNameWithoutExtension(DocsTable.Word(row, "network"))}, {DocsTable.Value(row, "ratio")}x, m = {Number(row, "m")}: ")
                .AppendJoin(", ", TrialsOf(row).Where(t => t.D != ClosedForm).Select(t => string.Create(CultureInfo.InvariantCulture, $"d̃ = {t.D}: {100 * t.Agreement:F1} % at a loss of {t.Loss:F3}"))).Append(".\n");
        }
        return text.Append('\n').ToString();
    }

    /// <summary>Whether a choice is as good as trying all.</summary>
    internal static bool IsGood(JsonElement row, Trial taken)
    {
        Trial best = BestOf(row);
        return 100 * (best.Agreement - taken.Agreement) <= MostPoints + 1e-9 || taken.D != ClosedForm && Math.Abs(taken.D - best.D) <= (Number(row, "m") > AllTried ? 2 : 1);
    }

    internal static Trial Taken(JsonElement row, int d) => TrialsOf(row).First(t => t.D == d);

    private static Trial BestOf(JsonElement row) => TrialsOf(row).Where(t => t.D != ClosedForm).MinBy(t => t.Loss)!;

    private static bool IsComplete(JsonElement row) => DocsTable.Value(row, "share") is not null
        && Enumerable.Range(1, Number(row, "m")).Where(d => Number(row, "m") <= AllTried || d % 2 == 0).All(d => TrialsOf(row).Any(t => t.D == d));

    private static int Choice(JsonElement row, double share) => DimensionChoice.RuleT(
        [.. row.GetProperty("errors").EnumerateArray().Select(e => new DimensionChoice.Candidate(Number(e, "d"), 0, e.GetProperty("lowRank").GetDouble(), e.GetProperty("clustering").GetDouble()))], share).D;

    private static IEnumerable<Trial> TrialsOf(JsonElement row) =>
        row.GetProperty("trials").EnumerateArray().Select(t => new Trial(Number(t, "d"), t.GetProperty("loss").GetDouble(), t.GetProperty("agreement").GetDouble()));

    private static int Number(JsonElement row, string field) => row.GetProperty(field).GetInt32();
}
