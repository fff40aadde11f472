using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Lr2vq.Testing.Docs;

/// <summary>Writes the figures of ONNX's node tests, docs/measurements/conformance.json, into docs/operators.md.</summary>
internal static class OperatorDocs
{
    private const string Page = "docs/operators.md", Program = "dotnet run -c Release --project tests/Lr2vq.Conformance --";
    private const string Begin = "<!-- conformance: written by the command docs -->\n", End = "<!-- end of conformance -->";

    /// <summary>Path below the root, and text, of the page.</summary>
    public static IEnumerable<(string Path, string Text)> Pages(string root)
    {
        string page = File.ReadAllText(Path.Combine(root, Page)).ReplaceLineEndings("\n");
        int from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, to = page.IndexOf(End, StringComparison.Ordinal);
        if (from < Begin.Length || to < from) throw new InvalidDataException($"{Page} has no marks of the figures");
        yield return (Page, page[..from] + Section(root) + page[to..]);
    }

    private static string Section(string root)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(root, "docs", "measurements", "conformance.json")));
        JsonElement[] rows = [.. document.RootElement.GetProperty("operators").EnumerateArray().Where(row => row.GetProperty("supported").GetBoolean())];
        JsonElement[] tested = [.. rows.Where(row => Count(row, "tests") > 0)];
        var text = new StringBuilder();
        int tests = tested.Sum(row => Count(row, "tests")), passed = tested.Sum(row => Count(row, "passed")), asTheyAre = tested.Sum(row => Count(row, "asTheyAre")), wrong = tested.Sum(row => Count(row, "silentlyWrong"));
        text.Append(CultureInfo.InvariantCulture, $"`{Program} nodes --json docs/measurements/conformance.json` runs ONNX's node tests of 1.12 and 1.19.1, each as it is, with all inputs but the first as constants (the first too where it is a size), and with symbolic dimensions; `{Program} docs` writes this section.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{rows.Length} operators are compiled. Of {tests:N0} cases of {tested.Length} of them {passed:N0} are right in at least one form and {asTheyAre:N0} as they are; {wrong} are wrong. Opsets and types are those of the cases that passed; every operator is drawn at random against ONNX Runtime too.\n\n");
        text.Append(DocsTable.Write(tested, DocsColumn.Of("operator", "name"), new("opsets", Opsets), new("first input", row => Joined(row, "types")),
            new("right", row => $"{Count(row, "passed")} of {Count(row, "tests")}"), new("as they are", row => Count(row, "asTheyAre").ToString(CultureInfo.InvariantCulture))));
        text.Append(CultureInfo.InvariantCulture, $"\nCompiled, without a case there: {string.Join(" ", rows.Where(row => Count(row, "tests") == 0).Select(row => $"`{DocsTable.Word(row, "name")}`"))}.\n");
        return text.ToString();
    }

    private static int Count(JsonElement row, string field) => row.GetProperty(field).GetInt32();

    private static string Joined(JsonElement row, string field) => string.Join(" ", row.GetProperty(field).EnumerateArray());

    private static string Opsets(JsonElement row)
    {
        int[] opsets = [.. row.GetProperty("opsets").EnumerateArray().Select(o => o.GetInt32())];
        return opsets.Length == 0 ? "" : opsets[0] == opsets[^1] ? $"{opsets[0]}" : $"{opsets[0]}–{opsets[^1]}";
    }
}
