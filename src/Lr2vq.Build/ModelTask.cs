using Lr2vq.Diagnostics;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Lr2vq.Build;

/// <summary>A task that says what is wrong in MSBuild's own form, so that NoWarn, WarningsAsErrors and error lists work.</summary>
public abstract class ModelTask : Task
{
    /// <summary>The project; problems of its settings are reported there.</summary>
    public string ProjectFile { get; set; } = "";

    /// <summary>Logs a diagnostic at a file.</summary>
    private protected void Report(Diagnostic diagnostic, string file) => Report(diagnostic.Severity, diagnostic.Id, file, diagnostic.Text);

    private protected void Report(DiagnosticSeverity severity, string code, string file, string text)
    {
        // No format arguments: the text may hold braces.
        if (severity == DiagnosticSeverity.Error) Log.LogError(null, code, null, file, 0, 0, 0, 0, text);
        else if (severity == DiagnosticSeverity.Warning) Log.LogWarning(null, code, null, file, 0, 0, 0, 0, text);
        else Log.LogMessage(null, code, null, file, 0, 0, 0, 0, MessageImportance.High, text);
    }

    /// <summary>The file that has an item; the place of problems with its metadata.</summary>
    private protected string DefiningFile(ITaskItem item)
    {
        string file = item.GetMetadata("Lr2vqDefinedIn");
        return file.Length > 0 ? file : ProjectFile;
    }
}
