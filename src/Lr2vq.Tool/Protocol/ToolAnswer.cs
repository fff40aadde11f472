// Linked into the MSBuild task (netstandard2.0).
using System;
using System.Collections.Generic;

namespace Lr2vq.Protocol;

/// <summary>What an answer tells.</summary>
internal enum ToolAnswerKind
{
    /// <summary><see cref="ToolAnswer.Fraction"/> and <see cref="ToolAnswer.Text"/> (the stage).</summary>
    Progress,
    /// <summary><see cref="ToolAnswer.Text"/>.</summary>
    Message,
    /// <summary><see cref="ToolAnswer.Severity"/>, <see cref="ToolAnswer.Code"/>, <see cref="ToolAnswer.Text"/>, <see cref="ToolAnswer.File"/>.</summary>
    Diagnostic,
    /// <summary>The model is finished: <see cref="ToolAnswer.Succeeded"/>, the figures, and <see cref="ToolAnswer.Text"/>, which sums them up for people.</summary>
    Done,
}

/// <summary>One line of JSON on the tool's standard output.</summary>
internal sealed class ToolAnswer
{
    public ToolAnswer(ToolAnswerKind kind, int model) => (Kind, Model) = (kind, model);

    public ToolAnswerKind Kind { get; }

    /// <summary>Index of the model in the request; −1 if it is about none of them.</summary>
    public int Model { get; }

    public string Text { get; set; } = "";

    /// <summary>0 to 1.</summary>
    public double Fraction { get; set; }

    /// <summary><c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    public string Severity { get; set; } = "";

    /// <summary><c>LR2VQ</c> and four digits.</summary>
    public string Code { get; set; } = "";

    /// <summary>The file that a diagnostic is about; null where it is about an option or the machine.</summary>
    public string? File { get; set; }

    public string? Node { get; set; }

    public string? Tensor { get; set; }

    /// <summary>The option that a diagnostic is about.</summary>
    public string? Option { get; set; }

    /// <summary>Line in <see cref="File"/>; 0 if none is known.</summary>
    public int Line { get; set; }

    public bool Succeeded { get; set; }

    /// <summary>Whether the artifact was taken from the cache.</summary>
    public bool FromCache { get; set; }

    /// <summary>Bytes of the .onnx file with its external data.</summary>
    public long OriginalBytes { get; set; }

    public long ArtifactBytes { get; set; }

    /// <summary>Σ(w − ŵ)² / Σw² over all weights.</summary>
    public double RelativeError { get; set; }

    public double Seconds { get; set; }

    /// <summary>Full paths of the other files that the result depends on: external data, Config, calibration data. A build looks at
    /// their dates.</summary>
    public List<string> Inputs { get; set; } = new();

    public string ToJson()
    {
        List<KeyValuePair<string, object?>> pairs = new() { new("type", Kind.ToString().ToLowerInvariant()), new("model", Model) };
        switch (Kind)
        {
            case ToolAnswerKind.Progress:
                pairs.Add(new("fraction", Math.Round(Fraction, 4)));
                pairs.Add(new("text", Text));
                break;
            case ToolAnswerKind.Message:
                pairs.Add(new("text", Text));
                break;
            case ToolAnswerKind.Diagnostic:
                pairs.Add(new("severity", Severity));
                pairs.Add(new("code", Code));
                pairs.Add(new("text", Text));
                pairs.Add(new("file", File));
                pairs.Add(new("node", Node));
                pairs.Add(new("tensor", Tensor));
                pairs.Add(new("option", Option));
                pairs.Add(new("line", Line));
                break;
            case ToolAnswerKind.Done:
                pairs.Add(new("succeeded", Succeeded));
                pairs.Add(new("text", Text));
                pairs.Add(new("fromCache", FromCache));
                pairs.Add(new("originalBytes", OriginalBytes));
                pairs.Add(new("artifactBytes", ArtifactBytes));
                pairs.Add(new("relativeError", RelativeError));
                pairs.Add(new("seconds", Math.Round(Seconds, 3)));
                pairs.Add(new("inputs", Inputs.ConvertAll(i => (object?)i)));
                break;
        }
        return Json.Write(pairs);
    }

    /// <summary>Reads a line; null if it is none of ours (a runtime's own message, say), which the task logs as it is.</summary>
    public static ToolAnswer? TryParse(string line)
    {
        try
        {
            JsonObject json = new(Json.Parse(line));
            ToolAnswerKind kind;
            switch (json.Text("type"))
            {
                case "progress": kind = ToolAnswerKind.Progress; break;
                case "message": kind = ToolAnswerKind.Message; break;
                case "diagnostic": kind = ToolAnswerKind.Diagnostic; break;
                case "done": kind = ToolAnswerKind.Done; break;
                default: return null;
            }
            return new ToolAnswer(kind, (int)(json.Number("model") ?? -1))
            {
                Text = json.Text("text") ?? "",
                Fraction = json.Number("fraction") ?? 0,
                Severity = json.Text("severity") ?? "",
                Code = json.Text("code") ?? "",
                File = json.Text("file"),
                Node = json.Text("node"),
                Tensor = json.Text("tensor"),
                Option = json.Text("option"),
                Line = (int)(json.Number("line") ?? 0),
                Succeeded = json.Flag("succeeded"),
                FromCache = json.Flag("fromCache"),
                OriginalBytes = (long)(json.Number("originalBytes") ?? 0),
                ArtifactBytes = (long)(json.Number("artifactBytes") ?? 0),
                RelativeError = json.Number("relativeError") ?? 0,
                Seconds = json.Number("seconds") ?? 0,
                Inputs = json.Texts("inputs"),
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
