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
            JsonText json = new(bytes);
            ArtifactMeta meta = Read(ref json);
            json.End();
            return meta;
        }
        catch (FormatException e)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidSection.At(default, "meta", e.Message), e);
        }
    }

    private static ArtifactMeta Read(ref JsonText json)
    {
        string toolVersion = "", sourceHash = "", preset = "";
        long originalBytes = 0;
        double? error = null;
        IReadOnlyList<OutputChange> outputs = [];
        HeldSize? held = null;
        TuningRecord? tuning = null;
        PredictedTime? time = null;
        IReadOnlyList<KeyValuePair<string, string>> options = [];
        json.Enter('{');
        while (json.NextField(out string field))
            switch (field)
            {
                case "toolVersion": toolVersion = json.Text(); break;
                case "sourceHash": sourceHash = json.Text(); break;
                case "originalBytes": originalBytes = json.Integer(); break;
                case "preset": preset = json.Text(); break;
                case "relativeError": error = json.Number(); break;
                case "outputs": outputs = ReadOutputs(ref json); break;
                case "held": held = ReadHeld(ref json); break;
                case "tuning": tuning = ReadTuning(ref json); break;
                case "time": time = ReadTime(ref json); break;
                case "options": options = ReadOptions(ref json); break;
                default: json.Skip(); break;
            }
        return new ArtifactMeta(toolVersion, sourceHash, originalBytes, preset, options) { RelativeError = error, Outputs = outputs, Held = held, Tuning = tuning, Time = time };
    }

    private static List<OutputChange> ReadOutputs(ref JsonText json)
    {
        List<OutputChange> outputs = [];
        json.Enter('[');
        while (json.NextElement())
        {
            string name = "";
            double mean = 0, worst = 0, largest = 0;
            double? divergence = null, agreement = null;
            json.Enter('{');
            while (json.NextField(out string field))
                switch (field)
                {
                    case "name": name = json.Text(); break;
                    case "change": mean = json.Number(); break;
                    case "worst": worst = json.Number(); break;
                    case "largest": largest = json.Number(); break;
                    case "divergence": divergence = json.Number(); break;
                    case "agreement": agreement = json.Number(); break;
                    default: json.Skip(); break;
                }
            outputs.Add(new OutputChange(name) { Mean = mean, Worst = worst, Largest = largest, Divergence = divergence, Agreement = agreement });
        }
        return outputs;
    }

    private static HeldSize ReadHeld(ref JsonText json)
    {
        int output = 0;
        long bytes = 0;
        json.Enter('{');
        while (json.NextField(out string field))
            if (field == "output") output = json.SmallInteger();
            else if (field == "bytes") bytes = json.Integer();
            else json.Skip();
        return new HeldSize(output, bytes);
    }

    private static PredictedTime ReadTime(ref JsonText json)
    {
        double size = 0, speed = 0;
        json.Enter('{');
        while (json.NextField(out string field))
            if (field == "size") size = json.Number();
            else if (field == "speed") speed = json.Number();
            else json.Skip();
        return new PredictedTime(size, speed);
    }

    private static TuningRecord ReadTuning(ref JsonText json)
    {
        string mode = "";
        bool areClasses = false;
        double before = 0, after = 0, agreementBefore = 0, agreementAfter = 0;
        json.Enter('{');
        while (json.NextField(out string field))
            switch (field)
            {
                case "mode": mode = json.Text(); break;
                case "classes": areClasses = json.SmallInteger() != 0; break;
                case "before": before = json.Number(); break;
                case "after": after = json.Number(); break;
                case "agreementBefore": agreementBefore = json.Number(); break;
                case "agreementAfter": agreementAfter = json.Number(); break;
                default: json.Skip(); break;
            }
        return new TuningRecord(mode, areClasses, before, after, agreementBefore, agreementAfter);
    }

    private static List<KeyValuePair<string, string>> ReadOptions(ref JsonText json)
    {
        List<KeyValuePair<string, string>> options = [];
        json.Enter('{');
        while (json.NextField(out string key))
            if (json.Next == '"') options.Add(new(key, json.Text()));
            else json.Skip();
        return options;
    }
}
