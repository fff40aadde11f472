using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Lr2vq.Testing.Docs;

/// <summary>A column of a table in Markdown: its title and how a row of figures fills it.</summary>
internal sealed record DocsColumn(string Title, Func<JsonElement, string> Text)
{
    /// <summary>A field as it is.</summary>
    public static DocsColumn Of(string title, string field) => new(title, row => DocsTable.Word(row, field));

    /// <summary>A number; nothing where the row has none.</summary>
    public static DocsColumn Number(string title, string field, string format) =>
        new(title, row => DocsTable.Value(row, field) is { } value ? value.ToString(format, CultureInfo.InvariantCulture) : "");
}

/// <summary>Tables in Markdown from files of figures.</summary>
internal static class DocsTable
{
    public static string Write(IEnumerable<JsonElement> rows, params DocsColumn[] columns)
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", columns.Select(c => c.Title)).Append(" |\n|").Append(string.Concat(columns.Select(_ => "---|"))).Append('\n');
        foreach (JsonElement row in rows) text.Append("| ").AppendJoin(" | ", columns.Select(c => c.Text(row))).Append(" |\n");
        return text.ToString();
    }

    public static string Word(JsonElement row, string field) => row.TryGetProperty(field, out JsonElement value) ? value.ToString() : "";

    public static double? Value(JsonElement row, string field) =>
        row.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
