using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using Lr2vq.Diagnostics;

namespace Lr2vq.Artifacts;

/// <summary>Where an artifact comes from; the section <c>meta</c>, a JSON object. Readers ignore fields that they do not know.</summary>
/// <param name="ToolVersion">Version of the compressor.</param>
/// <param name="SourceHash">SHA-256 of the .onnx with its external data, 64 hex digits.</param>
/// <param name="OriginalBytes">Bytes of the .onnx with its external data.</param>
/// <param name="Preset">The preset, e.g. <c>Balanced</c>.</param>
/// <param name="Options">Every option that had an influence, in the order given; pre-processing too.</param>
internal sealed record ArtifactMeta(string ToolVersion, string SourceHash, long OriginalBytes, string Preset,
    IReadOnlyList<KeyValuePair<string, string>> Options)
{
    public static ArtifactMeta Empty { get; } = new("", "", 0, "", []);

    /// <summary>Σ(w − ŵ)² / Σw² over all weights; null where the writer did not record it. Takes the same bytes whatever it is, since the length
    /// of an artifact is asked for before its tensors are encoded.</summary>
    public double? RelativeError { get; init; }

    public byte[] ToJson()
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            json.WriteString("toolVersion"u8, ToolVersion);
            json.WriteString("sourceHash"u8, SourceHash);
            json.WriteNumber("originalBytes"u8, OriginalBytes);
            json.WriteString("preset"u8, Preset);
            if (RelativeError is { } error)
            {
                json.WritePropertyName("relativeError"u8);
                json.WriteRawValue(error.ToString("0.000e+000", CultureInfo.InvariantCulture));
            }
            json.WriteStartObject("options"u8);
            foreach (KeyValuePair<string, string> option in Options) json.WriteString(option.Key, option.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidArtifactException">This is not a JSON object, or a known field has a wrong type.</exception>
    public static ArtifactMeta FromJson(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Read(bytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidSection.At(default, "meta", e.Message), e);
        }
    }

    private static ArtifactMeta Read(ReadOnlySpan<byte> bytes)
    {
        ArtifactMeta meta = Empty;
        Utf8JsonReader json = new(bytes);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new JsonException("It is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string field = json.GetString()!;
            json.Read();
            switch (field)
            {
                case "toolVersion": meta = meta with { ToolVersion = Text(ref json) }; break;
                case "sourceHash": meta = meta with { SourceHash = Text(ref json) }; break;
                case "originalBytes": meta = meta with { OriginalBytes = json.GetInt64() }; break;
                case "preset": meta = meta with { Preset = Text(ref json) }; break;
                case "relativeError": meta = meta with { RelativeError = json.GetDouble() }; break;
                case "options": meta = meta with { Options = ReadOptions(ref json) }; break;
                default: json.Skip(); break;
            }
        }
        if (json.TokenType != JsonTokenType.EndObject) throw new JsonException("The JSON object does not end");
        if (json.Read()) throw new JsonException("Something follows the JSON object");
        return meta;
    }

    private static List<KeyValuePair<string, string>> ReadOptions(ref Utf8JsonReader json)
    {
        List<KeyValuePair<string, string>> options = [];
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException("'options' is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string key = json.GetString()!;
            json.Read();
            if (json.TokenType == JsonTokenType.String) options.Add(new(key, json.GetString()!));
            else json.Skip();
        }
        return options;
    }

    private static string Text(ref Utf8JsonReader json) => json.GetString() ?? "";
}
