using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;

namespace Lr2vq.Options;

/// <summary>Settings of single tensors: <c>{ "tensors": { "layer1.*": { "method": "rvq", "k": 256 } } }</c>. The last match decides.</summary>
internal sealed class OptionConfig
{
    private static readonly string[] s_settings = ["method", "slicing", "k", "m", "d", "step", "form"];

    private readonly List<TensorOverride> _overrides = [];
    private readonly List<int> _lines = [];
    private readonly DiagnosticBag _problems;
    private byte[] _text = [];

    private OptionConfig(DiagnosticBag problems) => _problems = problems;

    /// <summary>The file; null if there is none.</summary>
    public string? File { get; private init; }

    public IReadOnlyList<TensorOverride> Overrides => _overrides;

    /// <summary>For each override its line in the file.</summary>
    public IReadOnlyList<int> Lines => _lines;

    /// <summary>The file that belongs to a model if none is named.</summary>
    public static string PathBeside(string modelPath) => Path.ChangeExtension(modelPath, null) + ".lr2vq.json";

    /// <param name="named">The file that the user named; null for the one beside the model, if there is one.</param>
    /// <param name="modelPath">The model; may be null.</param>
    /// <param name="problems">Receives everything that is wrong in the file.</param>
    public static OptionConfig Read(string? named, string? modelPath, DiagnosticBag problems)
    {
        string? path = named;
        if (path is null && modelPath is not null && System.IO.File.Exists(PathBeside(modelPath))) path = PathBeside(modelPath);
        OptionConfig config = new(problems) { File = path };
        if (path is not null) config.Read();
        return config;
    }

    private void Read()
    {
        try
        {
            _text = System.IO.File.ReadAllBytes(File!);
            ReadOnlySpan<byte> text = _text;
            if (text.StartsWith("\uFEFF"u8)) _text = text["\uFEFF"u8.Length..].ToArray();
            Utf8JsonReader json = new(_text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            ReadRoot(ref json);
        }
        catch (JsonException problem)
        {
            // The reader's own message ends with where it was, counted from 0.
            string reason = problem.Message.Split(" LineNumber:")[0].TrimEnd('.');
            Problem((int)(problem.LineNumber ?? -1) + 1, reason);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            Problem(0, problem.Message.TrimEnd('.'));
        }
    }

    private void ReadRoot(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            Problem(1, "it is no JSON object");
            return;
        }
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            int line = Line(json);
            if (name != "tensors") Problem(line, $"'{name}' is not known{Spelling.Hint(name, ["tensors"])}; known: tensors");
            else if (BeginsObject(ref json, "'tensors'", line))
            {
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName) ReadTensor(ref json);
                continue;
            }
            json.Skip();
        }
        // The end of the text is looked at too.
        while (json.Read()) { }
    }

    private void ReadTensor(ref Utf8JsonReader json)
    {
        string pattern = json.GetString()!;
        int line = Line(json);
        if (_overrides.Any(o => o.Pattern == pattern)) Problem(line, $"'{pattern}' is there twice");
        if (!BeginsObject(ref json, $"'{pattern}'", line))
        {
            json.Skip();
            return;
        }
        TensorOverride made = new(pattern);
        HashSet<string> seen = [];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            int at = Line(json);
            string where = $"'{name}' of '{pattern}'";
            if (!seen.Add(name)) Problem(at, $"{where} is there twice");
            json.Read();
            if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            {
                Problem(at, $"{where} is neither text nor number");
                json.Skip();
                continue;
            }
            string word = json.TokenType == JsonTokenType.String ? json.GetString()! : System.Text.Encoding.UTF8.GetString(json.ValueSpan);
            try
            {
                made = With(made, name, where, word);
            }
            catch (FormatException problem)
            {
                Problem(at, problem.Message);
            }
        }
        _overrides.Add(made);
        _lines.Add(line);
    }

    private static TensorOverride With(TensorOverride made, string name, string where, string word) => name switch
    {
        "method" => Word(where, word, OptionValues.Methods) is var method && method is CompressionMethod.Joint or CompressionMethod.JointCompact
            ? throw new FormatException($"{where} is '{word}', which looks at all tensors together: it is a Method, not one of single tensors")
            : made with { Method = method },
        "slicing" => made with { Slicing = Word(where, word, OptionValues.Slicings) },
        "k" => made with { K = (int)Number(where, word, OptionNumbers.K) },
        "m" => made with { M = (int)Number(where, word, OptionNumbers.M) },
        "d" => made with { D = OptionParser.TryParseD(word) ?? throw new FormatException($"{where} is '{word}', but has to be auto, m, or a number from 1 to 4096") },
        "step" => made with { Step = Number(where, word, OptionNumbers.Step) },
        "form" => made with { Form = Word(where, word, OptionValues.Forms) },
        _ => throw new FormatException($"{where} is not known{Spelling.Hint(name, s_settings)}; known: {string.Join(", ", s_settings)}"),
    };

    /// <summary>Goes on to the value of a member; true if that is an object.</summary>
    private bool BeginsObject(ref Utf8JsonReader json, string what, int line)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.StartObject) return true;
        Problem(line, $"{what} is no JSON object");
        return false;
    }

    private static double Number(string where, string word, OptionNumbers kind) =>
        kind.TryParse(word) ?? throw new FormatException($"{where} is '{word}', but has to be {kind.Text}");

    private static T Word<T>(string where, string word, (string Word, T? Value)[] known) where T : struct
    {
        foreach ((string candidate, T? value) in known)
            if (value is { } found && candidate.Equals(word, StringComparison.OrdinalIgnoreCase)) return found;
        throw new FormatException($"{where} is '{word}'{Spelling.Hint(word, OptionValues.WordsOf(known))}; known: {OptionValues.List(known)}");
    }

    private int Line(in Utf8JsonReader json) => 1 + _text.AsSpan(0, (int)json.TokenStartIndex).Count((byte)'\n');

    private void Problem(int line, string reason) =>
        _problems.Add(DiagnosticCatalogue.ConfigUnreadable.At(new DiagnosticPlace(File) { Line = line }, Path.GetFileName(File), reason));
}
