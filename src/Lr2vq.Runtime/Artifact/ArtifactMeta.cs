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

    /// <summary>What the compressor measured of each output on generated inputs; empty where it could not, or did not. As many bytes whatever the
    /// numbers are, for the same reason.</summary>
    public IReadOnlyList<OutputChange> Outputs { get; init; } = [];

    /// <summary>What training brought; null where there was none. As many bytes whatever the numbers are.</summary>
    public TuningRecord? Tuning { get; init; }

    /// <summary>What keeps the artifact large; null for nothing, or nobody looked.</summary>
    public HeldSize? Held { get; init; }

    /// <summary>What was predicted of the speed, where that was the second aim; null else. As many bytes whatever the numbers are.</summary>
    public PredictedTime? Time { get; init; }

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
            if (Outputs.Count > 0)
            {
                json.WriteStartArray("outputs"u8);
                foreach (OutputChange output in Outputs) Write(json, output);
                json.WriteEndArray();
            }
            if (Tuning is { } tuning) Write(json, tuning);
            if (Held is { } held)
            {
                json.WriteStartObject("held"u8);
                json.WriteNumber("output"u8, held.Output);
                json.WriteNumber("bytes"u8, held.Bytes);
                json.WriteEndObject();
            }
            if (Time is { } time)
            {
                json.WriteStartObject("time"u8);
                Number(json, "size"u8, time.Size);
                Number(json, "speed"u8, time.Speed);
                json.WriteEndObject();
            }
            json.WriteStartObject("options"u8);
            foreach (KeyValuePair<string, string> option in Options) json.WriteString(option.Key, option.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, OutputChange output)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, output.Name);
        Number(json, "change"u8, output.Mean);
        Number(json, "worst"u8, output.Worst);
        Number(json, "largest"u8, output.Largest);
        Number(json, "divergence"u8, output.Divergence);
        Number(json, "agreement"u8, output.Agreement);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TuningRecord tuning)
    {
        json.WriteStartObject("tuning"u8);
        json.WriteString("mode"u8, tuning.Mode);
        json.WriteNumber("classes"u8, tuning.AreClasses ? 1 : 0);
        Number(json, "before"u8, tuning.Before);
        Number(json, "after"u8, tuning.After);
        Number(json, "agreementBefore"u8, tuning.AgreementBefore);
        Number(json, "agreementAfter"u8, tuning.AgreementAfter);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is not { } number) return;
        json.WritePropertyName(name);
        // Three digits of an exponent would not fit; what is that small is nothing.
        json.WriteRawValue((double.IsFinite(number) ? number < 1e-99 ? 0 : Math.Min(number, 9.9e99) : 0).ToString("0.00e+00", CultureInfo.InvariantCulture));
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
                case "outputs": meta = meta with { Outputs = ReadOutputs(ref json) }; break;
                case "held": meta = meta with { Held = ReadHeld(ref json) }; break;
                case "tuning": meta = meta with { Tuning = ReadTuning(ref json) }; break;
                case "time": meta = meta with { Time = ReadTime(ref json) }; break;
                case "options": meta = meta with { Options = ReadOptions(ref json) }; break;
                default: json.Skip(); break;
            }
        }
        if (json.TokenType != JsonTokenType.EndObject) throw new JsonException("The JSON object does not end");
        if (json.Read()) throw new JsonException("Something follows the JSON object");
        return meta;
    }

    private static List<OutputChange> ReadOutputs(ref Utf8JsonReader json)
    {
        List<OutputChange> outputs = [];
        if (json.TokenType != JsonTokenType.StartArray) throw new JsonException("'outputs' is not a JSON array");
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            OutputChange output = new("");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string field = json.GetString()!;
                json.Read();
                switch (field)
                {
                    case "name": output = output with { Name = Text(ref json) }; break;
                    case "change": output = output with { Mean = json.GetDouble() }; break;
                    case "worst": output = output with { Worst = json.GetDouble() }; break;
                    case "largest": output = output with { Largest = json.GetDouble() }; break;
                    case "divergence": output = output with { Divergence = json.GetDouble() }; break;
                    case "agreement": output = output with { Agreement = json.GetDouble() }; break;
                    default: json.Skip(); break;
                }
            }
            outputs.Add(output);
        }
        if (json.TokenType != JsonTokenType.EndArray) throw new JsonException("'outputs' does not end");
        return outputs;
    }

    private static HeldSize ReadHeld(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException("'held' is not a JSON object");
        HeldSize held = new(0, 0);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string field = json.GetString()!;
            json.Read();
            switch (field)
            {
                case "output": held = held with { Output = json.GetInt32() }; break;
                case "bytes": held = held with { Bytes = json.GetInt64() }; break;
                default: json.Skip(); break;
            }
        }
        return held;
    }

    private static PredictedTime ReadTime(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException("'time' is not a JSON object");
        PredictedTime time = new(0, 0);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isSize = json.ValueTextEquals("size"u8), isSpeed = json.ValueTextEquals("speed"u8);
            json.Read();
            if (isSize) time = time with { Size = json.GetDouble() };
            else if (isSpeed) time = time with { Speed = json.GetDouble() };
            else json.Skip();
        }
        return time;
    }

    private static TuningRecord ReadTuning(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException("'tuning' is not a JSON object");
        TuningRecord tuning = new("", false, 0, 0, 0, 0);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string field = json.GetString()!;
            json.Read();
            switch (field)
            {
                case "mode": tuning = tuning with { Mode = Text(ref json) }; break;
                case "classes": tuning = tuning with { AreClasses = json.GetInt32() != 0 }; break;
                case "before": tuning = tuning with { Before = json.GetDouble() }; break;
                case "after": tuning = tuning with { After = json.GetDouble() }; break;
                case "agreementBefore": tuning = tuning with { AgreementBefore = json.GetDouble() }; break;
                case "agreementAfter": tuning = tuning with { AgreementAfter = json.GetDouble() }; break;
                default: json.Skip(); break;
            }
        }
        return tuning;
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
