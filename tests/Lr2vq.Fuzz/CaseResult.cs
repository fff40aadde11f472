using System.Globalization;

namespace Lr2vq.Fuzz;

/// <summary>What became of a file.</summary>
internal enum CaseOutcome
{
    /// <summary>It ran; where an oracle was asked, with the right outputs.</summary>
    Ran,
    /// <summary>A diagnostic, an InvalidArtifactException or a documented ArgumentException.</summary>
    Refused,
    /// <summary>It ran, with outputs that the oracle does not give.</summary>
    Wrong,
    /// <summary>An exception that the documentation does not promise.</summary>
    Undocumented,
    /// <summary>The process died.</summary>
    Crashed,
    /// <summary>More processor time than the limit.</summary>
    TooSlow,
    /// <summary>More memory than the limit.</summary>
    TooLarge,
}

/// <param name="Milliseconds">Processor time.</param>
/// <param name="Megabytes">Most resident memory of the process meanwhile.</param>
/// <param name="Detail">The refusal, or what was wrong.</param>
internal sealed record CaseResult(CaseOutcome Outcome, long Milliseconds, long Megabytes, string Detail)
{
    /// <summary>True if no harm was done.</summary>
    public bool IsHarmless => Outcome is CaseOutcome.Ran or CaseOutcome.Refused;

    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Outcome}\t{Milliseconds}\t{Megabytes}\t{Detail.ReplaceLineEndings(" ").Replace('\t', ' ')}");

    public static CaseResult Parse(string line)
    {
        string[] parts = line.Split('\t', 4);
        return new CaseResult(System.Enum.Parse<CaseOutcome>(parts[0]), long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]);
    }

    public override string ToString() => $"{Outcome}, {Milliseconds} ms, {Megabytes} MB: {Detail}";
}
