using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Lr2vq.Benchmarks;

/// <summary>The files of figures.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Write<T>(string path, T content) => File.WriteAllText(path, JsonSerializer.Serialize(content, s_options) + "\n");

    /// <summary>Rows of a table; each says on which machine it was measured.</summary>
    public static void WriteRows<T>(string path, IEnumerable<T> rows, string machine) => Write(path, rows.Select(row =>
    {
        JsonNode node = JsonSerializer.SerializeToNode(row, s_options)!;
        node["machine"] = machine;
        return node;
    }));

    public static T Read<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path), s_options) ?? throw new InvalidDataException($"{path} is empty");
}
