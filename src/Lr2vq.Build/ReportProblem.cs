using Lr2vq.Diagnostics;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>Says something that the targets found out.</summary>
public sealed class ReportProblem : ModelTask
{
    /// <summary>LR2VQnnnn.</summary>
    [Required]
    public string Code { get; set; } = "";

    /// <summary>The place.</summary>
    public string File { get; set; } = "";

    /// <inheritdoc />
    public override bool Execute()
    {
        DiagnosticDefinition definition = DiagnosticCatalogue.NativeAotWithoutInstructionSet;
        if (Code != definition.Id) throw new System.ArgumentException(Code, nameof(Code));
        Report(definition.At(new DiagnosticPlace(File)), File);
        return !Log.HasLoggedErrors;
    }
}
