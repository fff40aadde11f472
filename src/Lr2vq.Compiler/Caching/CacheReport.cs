using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Lr2vq.Caching;

/// <summary>What is kept beside an artifact in the cache: enough to report a hit as if the model had been compressed.</summary>
internal sealed record CacheReport
{
    /// <summary>File name of the model.</summary>
    public string Source { get; init; } = "";

    /// <summary>Preset and what else was chosen, for people.</summary>
    public string Options { get; init; } = "";

    public long OriginalBytes { get; init; }

    public long ArtifactBytes { get; init; }

    public double RelativeError { get; init; }

    /// <summary>Change of the output that is changed most, ‖a − b‖ ÷ ‖a‖; null if it was not measured.</summary>
    public double? OutputChange { get; init; }

    /// <summary>What training brought, for people; null if there was none.</summary>
    public string? Tuning { get; init; }

    /// <summary>What was predicted of the speed, for people; null where that was no aim.</summary>
    public string? Time { get; init; }

    /// <summary>Time that compressing took.</summary>
    public double Seconds { get; init; }

    /// <summary>SHA-256 of the artifact, in hex.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Warnings and notes of the compression.</summary>
    public IReadOnlyList<CachedWarning> Warnings { get; init; } = [];

    public byte[] ToJson()
    {
        using System.IO.MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("source", Source);
            json.WriteString("options", Options);
            json.WriteNumber("originalBytes", OriginalBytes);
            json.WriteNumber("artifactBytes", ArtifactBytes);
            json.WriteNumber("relativeError", RelativeError);
            if (OutputChange is { } change) json.WriteNumber("outputChange", change);
            if (Tuning is not null) json.WriteString("tuning", Tuning);
            if (Time is not null) json.WriteString("time", Time);
            json.WriteNumber("seconds", Math.Round(Seconds, 3));
            json.WriteString("sha256", Sha256);
            json.WriteStartArray("warnings");
            foreach (CachedWarning warning in Warnings)
            {
                json.WriteStartObject();
                json.WriteString("code", warning.Code);
                json.WriteString("text", warning.Text);
                if (warning.Tensor is { } tensor) json.WriteString("tensor", tensor);
                if (warning.Option is { } option) json.WriteString("option", option);
                if (warning.IsNote) json.WriteBoolean("note", true);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>Null if this is no report.</summary>
    public static CacheReport? TryParse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            List<CachedWarning> warnings = [];
            foreach (JsonElement warning in root.GetProperty("warnings").EnumerateArray())
                warnings.Add(new CachedWarning(Text(warning, "code"), Text(warning, "text"), OptionalText(warning, "tensor"), OptionalText(warning, "option"), warning.TryGetProperty("note", out JsonElement note) && note.GetBoolean()));
            return new CacheReport
            {
                Source = Text(root, "source"),
                Options = Text(root, "options"),
                OriginalBytes = root.GetProperty("originalBytes").GetInt64(),
                ArtifactBytes = root.GetProperty("artifactBytes").GetInt64(),
                RelativeError = root.GetProperty("relativeError").GetDouble(),
                OutputChange = root.TryGetProperty("outputChange", out JsonElement change) ? change.GetDouble() : null,
                Tuning = OptionalText(root, "tuning"),
                Time = OptionalText(root, "time"),
                Seconds = root.GetProperty("seconds").GetDouble(),
                Sha256 = Text(root, "sha256"),
                Warnings = warnings,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static string? OptionalText(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;
}

/// <summary>A warning that compressing gave; it is given again when the artifact comes from the cache.</summary>
/// <param name="Option">The setting that it is about.</param>
/// <param name="IsNote">It is only a note.</param>
internal sealed record CachedWarning(string Code, string Text, string? Tensor, string? Option = null, bool IsNote = false);
