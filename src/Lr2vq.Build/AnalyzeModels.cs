using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Generator;
using Lr2vq.Onnx;
using Lr2vq.Plans;
using Lr2vq.Protocol;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>Reads the header of each model and writes its Interface, and the request for the tool. Milliseconds for a model of any
/// size, so it runs in design-time builds too.</summary>
public sealed class AnalyzeModels : ModelTask
{
    private const string OldestFramework = "8.0";
    private const int OldestSdk = 10;

    /// <summary>The models, with the paths that the targets chose.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>One item whose metadata are the project's defaults.</summary>
    public ITaskItem[] Defaults { get; set; } = [];

    /// <summary>Namespace where an item names none.</summary>
    public string RootNamespace { get; set; } = "";

    /// <summary>C#, F# or VB.</summary>
    public string Language { get; set; } = "";

    /// <summary>For example .NETCoreApp.</summary>
    public string TargetFrameworkIdentifier { get; set; } = "";

    /// <summary>For example v8.0.</summary>
    public string TargetFrameworkVersion { get; set; } = "";

    /// <summary>For example net8.0; for messages.</summary>
    public string TargetFramework { get; set; } = "";

    /// <summary>Version of the .NET SDK.</summary>
    public string SdkVersion { get; set; } = "";

    /// <summary>False stores weights as they are.</summary>
    public string Enabled { get; set; } = "";

    /// <summary>Folder of the cache, or empty.</summary>
    public string CacheDirectory { get; set; } = "";

    /// <summary>Limit of the cache, or empty.</summary>
    public string CacheSize { get; set; } = "";

    /// <summary>True makes a model that is not in the cache an error.</summary>
    public string RequireCache { get; set; } = "";

    /// <summary>Threads, or empty.</summary>
    public string Threads { get; set; } = "";

    private ITaskItem? Default => Defaults.Length > 0 ? Defaults[0] : null;

    /// <inheritdoc />
    public override bool Execute()
    {
        CheckProject();
        if (!Log.HasLoggedErrors) CheckTwice(Models.Select(m => (m, m.GetMetadata("Lr2vqName"))), m => Identifiers.Class(m.GetMetadata("Lr2vqName")));
        if (Log.HasLoggedErrors) return false;

        var classes = new List<(ITaskItem Model, string Class)>();
        foreach (ITaskItem model in Models)
        {
            try
            {
                if (Analyze(model) is { } name) classes.Add((model, name));
            }
            catch (Exception e) when (OutputFile.IsFileProblem(e))
            {
                Report(DiagnosticCatalogue.FileNotWritten.At(default, model.GetMetadata("Lr2vqInterface"), e.Message), ProjectFile);
            }
        }
        CheckTwice(classes, null);
        return !Log.HasLoggedErrors;
    }

    private void CheckProject()
    {
        if (Language.Length > 0 && Language != "C#") Report(DiagnosticCatalogue.LanguageNotSupported.At(default, Language), ProjectFile);
        else if (TargetFrameworkIdentifier != ".NETCoreApp" || !IsAtLeast(TargetFrameworkVersion.TrimStart('v'), OldestFramework))
            Report(DiagnosticCatalogue.TargetFrameworkTooOld.At(default, TargetFramework.Length > 0 ? TargetFramework : TargetFrameworkVersion), ProjectFile);
        // Previews have a suffix: 10.0.100-preview.1.
        if (SdkVersion.Length > 0 && int.TryParse(SdkVersion.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int sdk) && sdk < OldestSdk)
            Report(DiagnosticCatalogue.SdkTooOld.At(default, SdkVersion), ProjectFile);
    }

    private static bool IsAtLeast(string version, string oldest) => Version.TryParse(version, out Version? found) && found >= Version.Parse(oldest);

    /// <summary>Two models cannot have one class or one set of files. File systems and compilers may ignore case.</summary>
    private void CheckTwice(IEnumerable<(ITaskItem Model, string Name)> names, Func<ITaskItem, string>? className)
    {
        var seen = new Dictionary<string, ITaskItem>(StringComparer.OrdinalIgnoreCase);
        foreach ((ITaskItem model, string name) in names)
        {
            if (!seen.TryGetValue(name, out ITaskItem? first)) seen.Add(name, model);
            else Report(DiagnosticCatalogue.ModelTwice.At(default, first.ItemSpec, model.ItemSpec, className is null ? name : className(model)), DefiningFile(model));
        }
    }

    /// <summary>Returns the class with its namespace; null if something is wrong with the model.</summary>
    private string? Analyze(ITaskItem model)
    {
        int before = _errors;
        string path = model.GetMetadata("FullPath"), place = DefiningFile(model);
        ClassOptions options = ReadClass(model, place);
        var bag = new DiagnosticBag();
        ModelInterface? content = InterfaceReader.Read(path, bag);
        foreach (Diagnostic diagnostic in bag.All) Say(diagnostic, File.Exists(path) ? path : place);
        if (content is null) return null;

        options = options with { Renames = ReadRenames(model, content, place) };
        Dictionary<string, long> dimensions = ReadDimensions(model, content, place);
        foreach (OnnxValueInfo port in content.Inputs.Concat(content.Outputs).Where(p => p.Type == ElementType.String))
            Say(DiagnosticCatalogue.ElementTypeNotSupported.At(default, port.Name, "string"), path);
        if (_errors > before) return null;

        IEnumerable<string> shapeless = content.Outputs.Where(o => o.Dims is null).Select(o => o.Name);
        string text = PlanText.WriteInterface(new PlanInterface(content.ToPlan(dimensions), options.ToPairs(shapeless)));
        OutputFile.WriteIfDifferent(model.GetMetadata("Lr2vqInterface"), text);
        OutputFile.WriteIfDifferent(model.GetMetadata("Lr2vqRequest"), Request(model, path, place) + "\n");
        if (_errors > before) return null;
        return options.FullName;
    }

    private ClassOptions ReadClass(ITaskItem model, string place)
    {
        string className = model.GetMetadata("ClassName").Trim();
        if (className.Length == 0) className = Identifiers.Class(Path.GetFileNameWithoutExtension(model.ItemSpec));
        else if (!Identifiers.IsValidClass(className)) Say(DiagnosticCatalogue.ClassNameInvalid.At(default, className), place);

        string space = ItemOptions.Value(model, Default, "Namespace");
        if (space.Length == 0) space = Identifiers.Namespace(RootNamespace);
        else if (!Identifiers.IsValidNamespace(space)) Say(DiagnosticCatalogue.NamespaceInvalid.At(default, space), place);

        string access = Choose("Access", ItemOptions.Value(model, Default, "Access"), place, "public", "internal");
        string storage = Choose("Storage", model.GetMetadata("Lr2vqStorage"), place, "Embedded", "File", "None");
        string location = storage == "None" ? "" : model.GetMetadata("Lr2vqName") + ".lr2vq";
        foreach (string unknown in ItemOptions.Unknown(model))
            Say(DiagnosticCatalogue.OptionUnknown.At(default, unknown, string.Join(", ", ItemOptions.OfClass.Concat(ItemOptions.OfTool))), place);
        return new ClassOptions(className, space, access, storage.ToLowerInvariant(), location, Path.GetFileName(model.ItemSpec), []);
    }

    private string Choose(string option, string value, string place, params string[] known)
    {
        if (value.Length == 0) return known[0];
        string? found = known.FirstOrDefault(k => string.Equals(k, value, StringComparison.OrdinalIgnoreCase));
        if (found is null) Say(DiagnosticCatalogue.OptionValueUnknown.At(default, option, value, string.Join(", ", known)), place);
        return found ?? known[0];
    }

    private List<KeyValuePair<string, string>> ReadRenames(ITaskItem model, ModelInterface content, string place)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        if (!ItemOptions.TryReadPairs(model.GetMetadata("Rename"), pairs, out string wrong))
            Say(DiagnosticCatalogue.OptionListInvalid.At(default, "Rename", wrong, "input.1=image;495=logits"), place);
        var ports = new HashSet<string>(content.Inputs.Concat(content.Outputs).Select(p => p.Name));
        var given = new HashSet<string>();
        foreach (KeyValuePair<string, string> pair in pairs)
        {
            if (!ports.Contains(pair.Key)) Say(DiagnosticCatalogue.RenameUnknown.At(default, pair.Key, string.Join(", ", ports)), place);
            else if (!Identifiers.IsValid(pair.Value) || !given.Add(pair.Value)) Say(DiagnosticCatalogue.RenameInvalid.At(default, pair.Key, pair.Value), place);
        }
        return pairs;
    }

    private Dictionary<string, long> ReadDimensions(ITaskItem model, ModelInterface content, string place)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        if (!ItemOptions.TryReadPairs(ItemOptions.Value(model, Default, "Dimensions"), pairs, out string wrong))
            Say(DiagnosticCatalogue.OptionListInvalid.At(default, "Dimensions", wrong, "N=1;H=640"), place);
        var known = new HashSet<string>(content.Inputs.SelectMany(i => i.Dims ?? []).Where(d => d.Symbol is not null).Select(d => d.Symbol!));
        var dimensions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> pair in pairs)
        {
            if (!known.Contains(pair.Key))
                Say(DiagnosticCatalogue.FixedDimensionUnknown.At(default, pair.Key, known.Count > 0 ? string.Join(", ", known) : "none"), place);
            else if (!int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length < 1)
                Say(DiagnosticCatalogue.OptionNumberInvalid.At(default, "Dimensions: " + pair.Key, pair.Value, "a whole number from 1 to 2147483647"), place);
            else dimensions[pair.Key] = length;
        }
        return dimensions;
    }

    private string Request(ITaskItem model, string path, string place)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(ProjectFile))!;
        var content = new ToolModel(path)
        {
            PlanPath = Path.GetFullPath(model.GetMetadata("Lr2vqPlan")),
            ArtifactPath = Path.GetFullPath(model.GetMetadata("Lr2vqArtifact")),
        };
        foreach (string option in ItemOptions.OfTool)
        {
            string value = ItemOptions.Value(model, Default, option);
            if (option == "Config" && value.Length == 0) value = model.GetMetadata("Lr2vqConfigBeside");
            if (value.Length > 0) content.Options.Add(option, value);
        }
        var request = new ToolRequest
        {
            CacheDirectory = CacheDirectory.Length > 0 ? Path.GetFullPath(Path.Combine(folder, CacheDirectory)) : null,
            CacheSize = ReadSize("Lr2vqCacheSize", CacheSize, place),
            RequireCache = ReadFlag("Lr2vqRequireCache", RequireCache, false, place),
            Threads = ReadThreads(place),
            ProjectDirectory = folder,
            Uncompressed = !ReadFlag("Lr2vqEnabled", Enabled, true, place),
        };
        request.Models.Add(content);
        return request.ToJson();
    }

    private bool ReadFlag(string property, string value, bool absent, string place)
    {
        if (value.Length == 0) return absent;
        if (bool.TryParse(value, out bool flag)) return flag;
        Say(DiagnosticCatalogue.OptionNumberInvalid.At(default, property, value, "true or false"), place);
        return absent;
    }

    private int ReadThreads(string place)
    {
        if (Threads.Length == 0) return 0;
        if (int.TryParse(Threads, NumberStyles.None, CultureInfo.InvariantCulture, out int count)) return count;
        Say(DiagnosticCatalogue.OptionNumberInvalid.At(default, "Lr2vqThreads", Threads, "a whole number; 0 means all processors"), place);
        return 0;
    }

    /// <summary>Reads <c>10 GB</c>, <c>500MB</c> or a number of bytes.</summary>
    private long? ReadSize(string property, string value, string place)
    {
        if (value.Length == 0) return null;
        string[] units = ["B", "KB", "MB", "GB", "TB"];
        string text = value.Trim().ToUpperInvariant();
        string digits = text.TrimEnd(' ', 'B', 'K', 'M', 'G', 'T');
        string suffix = text.Substring(digits.Length).Trim();
        int unit = suffix.Length == 0 ? 0 : Array.IndexOf(units, suffix);
        if (unit >= 0 && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * Math.Pow(1000, unit) is var bytes && bytes < long.MaxValue / 2)
            return (long)bytes;
        Say(DiagnosticCatalogue.OptionNumberInvalid.At(default, property, value, "a number of bytes, kB, MB or GB, for example 10 GB; 0 means no limit"), place);
        return null;
    }

    private int _errors;

    private void Say(Diagnostic diagnostic, string file)
    {
        if (diagnostic.Severity == DiagnosticSeverity.Error) _errors++;
        Report(diagnostic, file);
    }
}
