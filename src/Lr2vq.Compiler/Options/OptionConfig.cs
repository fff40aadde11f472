using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;

namespace Lr2vq.Options;

/// <summary>Reads the settings of single tensors: <c>{ "tensors": { "layer1.*": { "method": "rvq", "k": 256 } } }</c>. The last match decides.</summary>
internal static class OptionConfig
{
    /// <summary>The file that belongs to a model if none is named.</summary>
    public static string PathBeside(string modelPath) => Path.ChangeExtension(modelPath, null) + ".lr2vq.json";

    /// <param name="named">The file that the user named; null for the one beside the model, if there is one.</param>
    public static IReadOnlyList<TensorOverride> Read(string? named, string? modelPath, DiagnosticBag problems)
    {
        string? path = named;
        if (path is null && modelPath is not null && File.Exists(PathBeside(modelPath))) path = PathBeside(modelPath);
        if (path is null) return [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(document.RootElement);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException or FormatException or ArgumentException or NotSupportedException)
        {
            problems.Add(DiagnosticCatalogue.ConfigUnreadable.At(new DiagnosticPlace(path), Path.GetFileName(path), problem.Message.TrimEnd('.')));
            return [];
        }
    }

    private static List<TensorOverride> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new FormatException("it is no JSON object");
        List<TensorOverride> overrides = [];
        foreach (JsonProperty member in root.EnumerateObject())
        {
            if (member.Name != "tensors") throw new FormatException($"'{member.Name}' is not known; known: tensors");
            foreach (JsonProperty tensor in Object(member)) overrides.Add(Read(tensor));
        }
        return overrides;
    }

    private static TensorOverride Read(JsonProperty tensor)
    {
        TensorOverride made = new(tensor.Name);
        foreach (JsonProperty setting in Object(tensor))
        {
            string where = $"'{setting.Name}' of '{tensor.Name}'";
            string word = setting.Value.ValueKind switch
            {
                JsonValueKind.String => setting.Value.GetString()!,
                JsonValueKind.Number => setting.Value.GetRawText(),
                _ => throw new FormatException($"{where} is neither text nor number"),
            };
            made = setting.Name switch
            {
                "method" => made with { Method = Word(where, word, OptionValues.Methods) },
                "slicing" => made with { Slicing = Word(where, word, OptionValues.Slicings) },
                "k" => made with { K = (int)Number(where, word, OptionNumbers.K) },
                "m" => made with { M = (int)Number(where, word, OptionNumbers.M) },
                "d" => made with { D = OptionParser.TryParseD(word) ?? throw new FormatException($"{where} is neither auto nor m nor a number from 1 to 4096") },
                "step" => made with { Step = Number(where, word, OptionNumbers.Step) },
                "form" => made with { Form = Word(where, word, OptionValues.Forms) },
                _ => throw new FormatException($"{where} is not known; known: method, slicing, k, m, d, step, form"),
            };
        }
        return made;
    }

    private static JsonElement.ObjectEnumerator Object(JsonProperty member) => member.Value.ValueKind == JsonValueKind.Object
        ? member.Value.EnumerateObject()
        : throw new FormatException($"'{member.Name}' is no JSON object");

    private static double Number(string where, string word, OptionNumbers kind) =>
        kind.TryParse(word) ?? throw new FormatException($"{where} is '{word}', but has to be {kind.Text}");

    private static T Word<T>(string where, string word, (string Word, T? Value)[] known) where T : struct
    {
        foreach ((string candidate, T? value) in known)
            if (value is { } found && candidate.Equals(word, StringComparison.OrdinalIgnoreCase)) return found;
        throw new FormatException($"{where} is '{word}'; known: {OptionValues.List(known)}");
    }
}
