using System.Linq;
using System.Reflection;
using Lr2vq.Diagnostics;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Lr2vq.Build;

/// <summary>A task that says what is wrong in MSBuild's own form, so that NoWarn, WarningsAsErrors and error lists work.</summary>
public abstract class ModelTask : Task
{
    private ProjectPlaces? _places;

    /// <summary>Version of the packages.</summary>
    private protected static string PackageVersion { get; } =
        typeof(ModelTask).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>().InformationalVersion.Split('+')[0];

    /// <summary>The project; problems of its settings are reported there.</summary>
    public string ProjectFile { get; set; } = "";

    /// <summary>Files that the project imports without naming them, with semicolons between: Directory.Build.props and its like.</summary>
    public string ImportedFiles { get; set; } = "";

    /// <summary>Where items and properties are written.</summary>
    private protected ProjectPlaces Places => _places ??= new ProjectPlaces(new[] { ProjectFile }.Concat(ImportedFiles.Split(';').Select(f => f.Trim())));

    /// <summary>Logs a diagnostic at a file.</summary>
    private protected void Report(Diagnostic diagnostic, string file) => Report(diagnostic.Severity, diagnostic.Id, new ProjectPlace(file, 0, 0), diagnostic.Text);

    private protected void Report(DiagnosticSeverity severity, string code, ProjectPlace place, string text)
    {
        // No format arguments: the text may hold braces.
        if (severity == DiagnosticSeverity.Error) Log.LogError(null, code, null, place.File, place.Line, place.Column, 0, 0, text);
        else if (severity == DiagnosticSeverity.Warning) Log.LogWarning(null, code, null, place.File, place.Line, place.Column, 0, 0, text);
        else Log.LogMessage(null, code, null, place.File, place.Line, place.Column, 0, 0, MessageImportance.High, text);
    }

    /// <summary>The place of an item; of one of its options if one is named.</summary>
    /// <param name="item">The model.</param>
    /// <param name="option">A metadata; null for the item itself.</param>
    /// <param name="isOfProject">Whether the option's value is the project's.</param>
    private protected ProjectPlace PlaceOf(ITaskItem item, string? option = null, bool isOfProject = false)
    {
        string include = item.ItemSpec;
        ProjectPlace? place = option is null ? Places.OfItem(include)
            : isOfProject ? Places.OfProperty(ItemOptions.PropertyPrefix + option)
            : Places.OfMetadata(include, option);
        string file = item.GetMetadata("Lr2vqDefinedIn");
        return place ?? new ProjectPlace(isOfProject || file.Length == 0 ? ProjectFile : file, 0, 0);
    }
}
