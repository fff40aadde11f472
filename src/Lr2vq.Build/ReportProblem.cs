using System;
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
        Diagnostic problem = Code == DiagnosticCatalogue.NativeAotWithoutInstructionSet.Id ? DiagnosticCatalogue.NativeAotWithoutInstructionSet.At(new DiagnosticPlace(File))
            : Code == DiagnosticCatalogue.RunTimeStaysPrivate.Id ? DiagnosticCatalogue.RunTimeStaysPrivate.At(new DiagnosticPlace(File), PackageVersion)
            : throw new ArgumentException(Code, nameof(Code));
        Report(problem, File);
        return !Log.HasLoggedErrors;
    }
}
