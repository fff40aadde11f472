using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lr2vq.Conformance;

/// <summary>Files of figures.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write<T>(string path, T content) => File.WriteAllText(path, JsonSerializer.Serialize(content, s_options) + "\n");
}
