using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Output;

/// <summary>Numbers as text, the same in every culture.</summary>
internal static class Words
{
    private static readonly string[] s_units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>For example <c>6.1 MB</c>.</summary>
    public static string Bytes(double count)
    {
        int unit = 0;
        for (; count >= 1000 && unit < s_units.Length - 1; unit++) count /= 1000;
        return count.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + s_units[unit];
    }

    public static string Whole(long count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>For example <c>16.8x</c>.</summary>
    public static string Ratio(double original, double stored) =>
        stored <= 0 ? "-" : (original / stored).ToString("0.00", CultureInfo.InvariantCulture) + "x";

    public static string Error(double error) => error == 0 ? "0" : error.ToString("0.0e-0", CultureInfo.InvariantCulture);

    public static string Seconds(double seconds) => seconds.ToString(seconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " s";

    public static string Shape(IEnumerable<int> shape) => string.Join('x', shape);
}

/// <summary>What <c>--json</c> prints.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(ToolContext context, JsonObject content) => context.Output.WriteLine(content.ToJsonString(s_indented));

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
                ["node"] = diagnostic.Place.Node,
                ["tensor"] = diagnostic.Place.Tensor,
            });
        return array;
    }
}
