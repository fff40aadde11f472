using System.Collections.Generic;
using Lr2vq.Artifacts;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Report;

/// <summary>What a report page shows.</summary>
/// <param name="Info">What the artifact is.</param>
/// <param name="Meta">Where it comes from.</param>
/// <param name="FileName">Name of the artifact, without its folder.</param>
internal sealed record ReportContent(ModelInfo Info, ArtifactMeta Meta, string FileName)
{
    /// <summary>Steps in the order of the Plan; empty where the network was not run.</summary>
    public IReadOnlyList<StepTime> Steps { get; init; } = [];

    /// <summary>What was run to measure the steps; empty where nothing was.</summary>
    public string RunInputs { get; init; } = "";

    /// <summary>What was run are the inputs that the build generates where nobody gives data.</summary>
    public bool AreGenerated { get; init; }

    /// <summary>Outputs before and after, over all samples; empty without the original.</summary>
    public IReadOnlyList<OutputDifference> Outputs { get; init; } = [];

    /// <summary>Samples with their answers; empty without the original.</summary>
    public IReadOnlyList<SampleAnswer> Samples { get; init; } = [];

    /// <summary>Change of the outputs if a tensor alone were compressed, by its name; empty without the original.</summary>
    public IReadOnlyDictionary<string, double> Effects { get; init; } = new Dictionary<string, double>();

    /// <summary>Other sizes and what they change; empty if none was tried.</summary>
    public IReadOnlyList<RatePoint> Rates { get; init; } = [];
}

/// <summary>How long a step takes.</summary>
/// <param name="Number">Number in the Plan.</param>
/// <param name="Name">Name of the node.</param>
/// <param name="Operator">Operator of the step.</param>
/// <param name="Milliseconds">Median of the calls.</param>
internal sealed record StepTime(int Number, string Name, string Operator, double Milliseconds);

/// <summary>One sample.</summary>
/// <param name="Name">Name of its file.</param>
/// <param name="Thumbnail">A data URI; null where the sample is no picture.</param>
/// <param name="RelativeL2">Of the first output of this sample alone.</param>
/// <param name="Before">Largest classes of the original; empty where there are none.</param>
/// <param name="After">Largest classes of the artifact.</param>
internal sealed record SampleAnswer(string Name, string? Thumbnail, double RelativeL2, IReadOnlyList<ClassShare> Before, IReadOnlyList<ClassShare> After)
{
    /// <summary>The largest class is another one.</summary>
    public bool IsChanged => Before.Count > 0 && Before[0].Class != After[0].Class;
}

/// <summary>A class and its share of the softmax.</summary>
internal readonly record struct ClassShare(int Class, string Label, double Share);

/// <summary>An artifact of another size.</summary>
/// <param name="Ratio">Bytes of the model ÷ bytes of the artifact.</param>
/// <param name="RelativeL2">Largest change of an output.</param>
/// <param name="IsThis">It is the artifact that the page is about.</param>
internal sealed record RatePoint(double Ratio, double RelativeL2, bool IsThis);
