using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lr2vq.Tool.Protocol;

/// <summary>One line on standard output while the tool works for a build: a JSON object without line breaks. Any other line counts
/// as a message. The process ends when its standard input is closed. Exit codes: 0 done, 1 errors were reported, 3 cancelled.</summary>
internal sealed record BuildAnswer
{
    /// <summary><c>progress</c>, <c>message</c>, <c>diagnostic</c> or <c>done</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>progress: what is being done; message and diagnostic: the text.</summary>
    public string? Text { get; init; }

    /// <summary>progress: share of the work that is done, 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>diagnostic: <c>error</c>, <c>warning</c> or <c>info</c>.</summary>
    public string? Severity { get; init; }

    /// <summary>diagnostic: LR2VQnnnn.</summary>
    public string? Code { get; init; }

    /// <summary>diagnostic: the file it is about.</summary>
    public string? File { get; init; }

    /// <summary>done: bytes of the .onnx with its external data.</summary>
    public long? OriginalBytes { get; init; }

    /// <summary>done: bytes of the artifact.</summary>
    public long? CompressedBytes { get; init; }

    /// <summary>done: largest or mean relative weight error, as the report calls it.</summary>
    public double? RelativeError { get; init; }

    /// <summary>done: true if the artifact came from the cache.</summary>
    public bool? FromCache { get; init; }

    /// <summary>done: full paths of all other files that the result depends on (external data, Config, calibration data).</summary>
    public IReadOnlyList<string>? Inputs { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, ProtocolJson.Default.BuildAnswer);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BuildRequest))]
[JsonSerializable(typeof(BuildAnswer))]
internal sealed partial class ProtocolJson : JsonSerializerContext
{
}
