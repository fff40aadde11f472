using System;
using System.IO;
using Lr2vq.Diagnostics;
using Lr2vq.Generator;
using Lr2vq.Plans;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>A class that ONNX Runtime computes needs a package of its own. Without it there is no class; it is said before the compiler misses that one.</summary>
public sealed class CheckBackend : ModelTask
{
    /// <summary>The models, analyzed.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <inheritdoc />
    public override bool Execute()
    {
        foreach (ITaskItem model in Models)
            if (ClassOf(model) is { UsesOnnxRuntime: true } options)
            {
                Diagnostic problem = DiagnosticCatalogue.OnnxRuntimeNotReferenced.At(default, options.FullName, PackageVersion);
                Report(problem.Severity, problem.Id, PlaceOf(model, "Backend", isOfProject: model.GetMetadata("Backend").Length == 0), problem.Text);
            }
        return !Log.HasLoggedErrors;
    }

    /// <summary>Null where there is no Interface; why was said when the model was read.</summary>
    private static ClassOptions? ClassOf(ITaskItem model)
    {
        try
        {
            return ClassOptions.FromPairs(PlanText.ParseInterface(File.ReadAllText(model.GetMetadata("Lr2vqInterface"))).Options);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
