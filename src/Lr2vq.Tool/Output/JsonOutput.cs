using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Output;

/// <summary>What <c>--json</c> prints. JSON has no NaN and no infinity: they are the texts "NaN", "Infinity" and "-Infinity".</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(ToolContext context, JsonObject content)
    {
        MakeWritable(content);
        context.Output.WriteLine(content.ToJsonString(s_indented));
    }

    public static JsonArray Diagnostics(IEnumerable<Diagnostic> diagnostics)
    {
        JsonArray array = [];
        foreach (Diagnostic diagnostic in diagnostics)
            array.Add((JsonNode)new JsonObject
            {
                ["code"] = diagnostic.Id,
                ["severity"] = diagnostic.Severity.ToString().ToLowerInvariant(),
                ["text"] = diagnostic.Text,
                ["file"] = diagnostic.Place.File,
                ["line"] = diagnostic.Place.Line > 0 ? diagnostic.Place.Line : null,
                ["node"] = diagnostic.Place.Node,
                ["tensor"] = diagnostic.Place.Tensor,
                ["option"] = diagnostic.Place.Option,
            });
        return array;
    }

    /// <summary>Replaces numbers that JSON cannot write.</summary>
    private static void MakeWritable(JsonNode node)
    {
        if (node is JsonObject pairs)
        {
            foreach (KeyValuePair<string, JsonNode?> pair in pairs.ToArray())
                if (NameOf(pair.Value) is { } name) pairs[pair.Key] = name;
                else if (pair.Value is not null) MakeWritable(pair.Value);
        }
        else if (node is JsonArray items)
        {
            for (int i = 0; i < items.Count; i++)
                if (NameOf(items[i]) is { } name) items[i] = name;
                else if (items[i] is { } item) MakeWritable(item);
        }
    }

    private static string? NameOf(JsonNode? node)
    {
        if (node is not JsonValue value) return null;
        double number = value.TryGetValue(out double wide) ? wide : value.TryGetValue(out float narrow) ? narrow : 0;
        return double.IsFinite(number) ? null : number.ToString(CultureInfo.InvariantCulture);
    }
}
