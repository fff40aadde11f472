using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>The metadata of an Lr2vqModel item. The task reads what concerns the class; the tool checks all the rest, with the same
/// words as on the command line.</summary>
internal static class ItemOptions
{
    /// <summary>What a property that is the default of all items has in front of the metadata's name.</summary>
    public const string PropertyPrefix = "Lr2vq";

    /// <summary>Metadata that decides about the class.</summary>
    public static IReadOnlyList<string> OfClass { get; } = ["ClassName", "Namespace", "Access", "Storage", "Rename"];

    /// <summary>Metadata that says how pictures become inputs.</summary>
    public static IReadOnlyList<string> OfPictures { get; } = ["Mean", "Std", "Range", "Channels", "Layout", "Fit", "Resize"];

    /// <summary>Metadata that goes to the tool. Dimensions, Constants, Labels, Backend and those of pictures are read by both.</summary>
    public static IReadOnlyList<string> OfTool { get; } =
    [
        "Preset", "Method", "Slicing", "K", "M", "D", "Step", "TargetRatio", "MaxBytes", "MaxDrop", "MaxError", "Optimize", "CalibrationData", "CalibrationLabels",
        "Labels", .. OfPictures, "Report", "FineTune", "TimeLimit", "Form", "Trellis", "Seed", "Dimensions", "Constants", "Backend", "Config",
    ];

    /// <summary>Properties that are no metadata of an item.</summary>
    private static readonly string[] s_ofBuild = ["Enabled", "CacheDirectory", "CacheSize", "RequireCache", "RemoteCache", "RemoteCacheReadOnly", "Threads", "ToolPath", "TrainingPath", "CxxRuntime"];

    /// <summary>All metadata.</summary>
    public static IReadOnlyList<string> All { get; } = [.. OfClass, .. OfTool];

    /// <summary>All properties. The names of one model have none.</summary>
    public static IReadOnlyList<string> Properties { get; } = [.. All.Except(["ClassName", "Rename"]).Concat(s_ofBuild).Select(n => PropertyPrefix + n)];

    /// <summary>At most one may be given; one of an item stands above those of the project.</summary>
    private static readonly string[] s_aims = ["TargetRatio", "MaxBytes", "MaxDrop"];

    /// <summary>Metadata that items of every kind may have.</summary>
    private static readonly HashSet<string> s_common = new(StringComparer.OrdinalIgnoreCase)
    {
        "Link", "LinkBase", "Visible", "SubType", "CopyToOutputDirectory", "CopyToPublishDirectory", "TargetPath", "Pack", "PackagePath",
        "DependentUpon", "Generator", "LastGenOutput", "InProject", "Watch",
    };

    /// <summary>Names of metadata that no one reads: mostly spelling mistakes, which must not pass in silence.</summary>
    public static IEnumerable<string> Unknown(ITaskItem item) => item.CloneCustomMetadata().Keys.Cast<string>()
        .Where(n => !n.StartsWith("Lr2vq", StringComparison.Ordinal) && !n.StartsWith("DefiningProject", StringComparison.OrdinalIgnoreCase)
            && n != "OriginalItemSpec" && n != "MSBuildSourceProjectFile" && n != "MSBuildSourceTargetName"
            && !s_common.Contains(n) && !OfClass.Contains(n, StringComparer.OrdinalIgnoreCase) && !OfTool.Contains(n, StringComparer.OrdinalIgnoreCase))
        .OrderBy(n => n, StringComparer.Ordinal);

    /// <summary>The item's value, or else the project's.</summary>
    public static string Value(ITaskItem item, ITaskItem? defaults, string name)
    {
        string own = item.GetMetadata(name).Trim();
        if (own.Length > 0 || defaults is null) return own;
        bool hasOtherAim = s_aims.Contains(name) && s_aims.Any(a => item.GetMetadata(a).Trim().Length > 0);
        return hasOtherAim ? "" : defaults.GetMetadata(name).Trim();
    }

    /// <summary>Whether the value is the project's.</summary>
    public static bool IsOfProject(ITaskItem item, ITaskItem? defaults, string name) =>
        item.GetMetadata(name).Trim().Length == 0 && Value(item, defaults, name).Length > 0;

    /// <summary>How the user wrote it, for messages.</summary>
    public static string Spell(ITaskItem item, ITaskItem? defaults, string name) =>
        IsOfProject(item, defaults, name) ? PropertyPrefix + name : name + " of " + System.IO.Path.GetFileName(item.ItemSpec);

    /// <summary>Reads <c>a=b;c=d</c>; the last equals sign of a part counts, since ONNX names may hold any character.</summary>
    /// <returns>False with the part that is none.</returns>
    public static bool TryReadPairs(string text, List<KeyValuePair<string, string>> pairs, out string wrong)
    {
        foreach (string part in text.Split([';'], StringSplitOptions.RemoveEmptyEntries))
        {
            wrong = part.Trim();
            if (wrong.Length == 0) continue;
            int at = wrong.LastIndexOf('=');
            if (at <= 0 || at == wrong.Length - 1) return false;
            pairs.Add(new(wrong.Substring(0, at).Trim(), wrong.Substring(at + 1).Trim()));
        }
        wrong = "";
        return true;
    }
}
