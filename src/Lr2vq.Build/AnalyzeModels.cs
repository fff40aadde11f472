using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Generator;
using Lr2vq.Onnx;
using Lr2vq.Options;
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

    /// <summary>True if nothing is uploaded to the remote cache.</summary>
    public string RemoteCacheReadOnly { get; set; } = "";

    /// <summary>The assembly of the training package; empty if the project has none.</summary>
    public string TrainingPath { get; set; } = "";

    /// <summary>Folders with restored packages.</summary>
    public string PackageFolders { get; set; } = "";

    /// <summary>Properties of the project's restore, NAME=VALUE.</summary>
    public string[] RestoreSettings { get; set; } = [];

    /// <summary>Threads, or empty.</summary>
    public string Threads { get; set; } = "";

    /// <summary>True in builds of editors, which start no tool.</summary>
    public bool DesignTime { get; set; }

    /// <summary>Problems of inputs and outputs that the tool finds too: it has them with all others of the model.</summary>
    private readonly List<(Diagnostic Problem, ProjectPlace Place)> _leftToTool = [];

    private string ProjectFolder => Path.GetDirectoryName(Path.GetFullPath(ProjectFile))!;

    private ITaskItem? Default => Defaults.Length > 0 ? Defaults[0] : null;

    /// <inheritdoc />
    public override bool Execute()
    {
        CheckProject();
        if (Log.HasLoggedErrors) return false;
        bool isTwice = CheckTwice(Models.Select(m => (m, m.GetMetadata("Lr2vqName"))), m => Identifiers.Class(m.GetMetadata("Lr2vqName")));
        foreach ((Diagnostic problem, ProjectPlace place) in new ProjectWords(Places, ProjectFile, BuildEngine).Problems(hasModels: true)) Say(problem, place);
        if (isTwice) return false;

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
        // The tool does not run if anything else is wrong.
        if (DesignTime || Log.HasLoggedErrors)
            foreach ((Diagnostic problem, ProjectPlace place) in _leftToTool) Say(problem, place);
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
    private bool CheckTwice(IEnumerable<(ITaskItem Model, string Name)> names, Func<ITaskItem, string>? className)
    {
        var seen = new Dictionary<string, ITaskItem>(StringComparer.OrdinalIgnoreCase);
        bool isTwice = false;
        foreach ((ITaskItem model, string name) in names)
        {
            if (!seen.TryGetValue(name, out ITaskItem? first))
            {
                seen.Add(name, model);
                continue;
            }
            isTwice = true;
            Say(DiagnosticCatalogue.ModelTwice.At(default, first.ItemSpec, model.ItemSpec, className is null ? name : className(model)), PlaceOf(model));
        }
        return isTwice;
    }

    /// <summary>Returns the class with its namespace; null if something is wrong with the model.</summary>
    private string? Analyze(ITaskItem model)
    {
        int before = _errors;
        string path = model.GetMetadata("FullPath");
        ClassOptions options = ReadClass(model);
        var bag = new DiagnosticBag();
        ModelInterface? content = InterfaceReader.Read(path, bag);
        if (content is null && bag.All.All(d => d.Definition == DiagnosticCatalogue.PortTypeUnsupported || d.Definition == DiagnosticCatalogue.PortWithoutShape))
        {
            LeaveToTool(model, path, bag.All);
            return null;
        }
        foreach (Diagnostic diagnostic in bag.All) Say(diagnostic, File.Exists(path) ? new ProjectPlace(path, 0, 0) : PlaceOf(model));
        if (content is null) return null;

        FixedInputs choices = ReadFixed(model, content);
        options = options with { Renames = ReadRenames(model, content, choices), Pictures = PicturesOf(model), Labels = ReadLabels(model) };
        List<Diagnostic> texts = [.. content.Inputs.Concat(content.Outputs).Where(p => p.Type == ElementType.String && !choices.Constants.ContainsKey(p.Name))
            .Select(port => DiagnosticCatalogue.ElementTypeNotSupported.At(default, port.Name, "string"))];
        if (texts.Count > 0) LeaveToTool(model, path, texts);
        Plan plan = content.ToPlan(choices);
        // What the model does not say of its outputs, the tool knows.
        if (options.Labels.Count > 0 && ClassOutput.IndexOf(plan.Outputs, options.Labels.Count) < 0 && ClassOutput.IndexOf(plan.Outputs, 0) is >= 0 and var index)
            Say(DiagnosticCatalogue.LabelsDoNotFit.At(default, Spell(model, "Labels"), options.Labels.Count, plan.Outputs[index].Name, ClassOutput.ClassesOf(plan.Outputs[index])), PlaceOfOption(model, "Labels"));
        if (_errors > before || texts.Count > 0) return null;

        IEnumerable<string> shapeless = content.Outputs.Where(o => o.Dims is null).Select(o => o.Name);
        string text = PlanText.WriteInterface(new PlanInterface(plan, options.ToPairs(shapeless)));
        OutputFile.WriteIfDifferent(model.GetMetadata("Lr2vqInterface"), text);
        OutputFile.WriteIfDifferent(model.GetMetadata("Lr2vqRequest"), Request(model, path) + "\n");
        if (_errors > before) return null;
        return options.FullName;
    }

    /// <summary>No class is made of the model; the request is there for the tool to say why.</summary>
    private void LeaveToTool(ITaskItem model, string path, IEnumerable<Diagnostic> problems)
    {
        _leftToTool.AddRange(problems.Select(problem => (problem, new ProjectPlace(path, 0, 0))));
        OutputFile.DeleteIfThere(model.GetMetadata("Lr2vqInterface"));
        OutputFile.WriteIfDifferent(model.GetMetadata("Lr2vqRequest"), Request(model, path) + "\n");
    }

    private ClassOptions ReadClass(ITaskItem model)
    {
        string className = model.GetMetadata("ClassName").Trim();
        if (className.Length == 0) className = Identifiers.Class(Path.GetFileNameWithoutExtension(model.ItemSpec));
        else if (!Identifiers.IsValidClass(className)) Say(DiagnosticCatalogue.ClassNameInvalid.At(default, className), PlaceOf(model, "ClassName"));

        string space = ItemOptions.Value(model, Default, "Namespace");
        if (space.Length == 0) space = Identifiers.Namespace(RootNamespace);
        else if (!Identifiers.IsValidNamespace(space)) Say(DiagnosticCatalogue.NamespaceInvalid.At(default, space), PlaceOfOption(model, "Namespace"));

        string access = Choose(model, "Access", ItemOptions.Value(model, Default, "Access"), "public", "internal");
        string storage = Choose(model, "Storage", model.GetMetadata("Lr2vqStorage"), "Embedded", "File", "None");
        string location = storage == "None" ? "" : model.GetMetadata("Lr2vqName") + ".lr2vq";
        foreach (string unknown in ItemOptions.Unknown(model))
            Say(DiagnosticCatalogue.OptionUnknown.At(default, unknown, string.Join(", ", ItemOptions.All), Spelling.Hint(unknown, ItemOptions.All)), PlaceOf(model, unknown));
        string backend = Choose(model, "Backend", ItemOptions.Value(model, Default, "Backend"), "Managed", "OnnxRuntime");
        return new ClassOptions(className, space, access, storage.ToLowerInvariant(), location, Path.GetFileName(model.ItemSpec), []) { UsesOnnxRuntime = backend == "OnnxRuntime" };
    }

    /// <summary>The words of the options that say how pictures become inputs; the tool checks them.</summary>
    private string PicturesOf(ITaskItem model) => string.Join(" ", ItemOptions.OfPictures.Select(o => (Name: o, Value: ItemOptions.Value(model, Default, o)))
        .Where(o => o.Value.Length > 0).Select(o => o.Name + "=" + string.Join(",", o.Value.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries))));

    private IReadOnlyList<string> ReadLabels(ITaskItem model)
    {
        string file = ItemOptions.Value(model, Default, "Labels");
        return file.Length == 0 ? [] : LabelFile.Read(Path.GetFullPath(Path.Combine(ProjectFolder, file)), problem => Say(problem, PlaceOfOption(model, "Labels")));
    }

    private string Choose(ITaskItem model, string option, string value, params string[] known)
    {
        if (value.Length == 0) return known[0];
        string? found = known.FirstOrDefault(k => string.Equals(k, value, StringComparison.OrdinalIgnoreCase));
        if (found is null)
            Say(DiagnosticCatalogue.OptionValueUnknown.At(default, Spell(model, option), value, string.Join(", ", known), Spelling.Hint(value, known)), PlaceOfOption(model, option));
        return found ?? known[0];
    }

    private List<KeyValuePair<string, string>> ReadRenames(ITaskItem model, ModelInterface content, FixedInputs choices)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        if (!ItemOptions.TryReadPairs(model.GetMetadata("Rename"), pairs, out string wrong))
            Say(DiagnosticCatalogue.OptionListInvalid.At(default, Spell(model, "Rename"), wrong, "input.1=image;495=logits"), PlaceOf(model, "Rename"));
        var ports = new HashSet<string>(content.Inputs.Where(i => !choices.Constants.ContainsKey(i.Name)).Concat(content.Outputs).Select(p => p.Name));
        var given = new HashSet<string>();
        foreach (KeyValuePair<string, string> pair in pairs)
        {
            if (!ports.Contains(pair.Key))
                Say(DiagnosticCatalogue.RenameUnknown.At(default, pair.Key, string.Join(", ", ports), Spelling.Hint(pair.Key, ports)), PlaceOf(model, "Rename"));
            else if (!Identifiers.IsValid(pair.Value) || !given.Add(pair.Value)) Say(DiagnosticCatalogue.RenameInvalid.At(default, pair.Key, pair.Value), PlaceOf(model, "Rename"));
        }
        return pairs;
    }

    /// <summary>Dimensions and Constants.</summary>
    private FixedInputs ReadFixed(ITaskItem model, ModelInterface content)
    {
        IReadOnlyList<KeyValuePair<string, string>> lengths = ReadPairs(model, "Dimensions", "N=1;H=640"), values = ReadPairs(model, "Constants", "sr=16000;mask=1,1,0");
        Plan free = content.ToPlan();
        var known = new HashSet<string>(free.Inputs.SelectMany(i => i.Shape).Where(d => !d.IsConstant).Select(d => d.ToString()));
        PlanSymbol[] symbols = [.. free.Symbols.Where(s => known.Contains(s.Identifier))];
        string[] names = [.. symbols.Select(s => s.Name.Length > 0 ? s.Name : s.Identifier)];
        var dimensions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> pair in lengths)
        {
            if (!symbols.Any(s => s.Name == pair.Key || s.Identifier == pair.Key))
                Say(DiagnosticCatalogue.FixedDimensionUnknown.At(default, pair.Key, names.Length > 0 ? string.Join(", ", names) : "none", Spelling.Hint(pair.Key, names)), PlaceOfOption(model, "Dimensions"));
            else if (!int.TryParse(pair.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length < 1)
                Say(DiagnosticCatalogue.OptionNumberInvalid.At(default, Spell(model, "Dimensions") + ": " + pair.Key, pair.Value, "a whole number from 1 to 2147483647"), PlaceOfOption(model, "Dimensions"));
            else dimensions[pair.Key] = length;
        }
        IReadOnlyList<PlanPort> inputs = content.ToPlan(dimensions, withDefaults: true).Inputs;
        string[] own = [.. content.Inputs.Select(i => i.Name)];
        var constants = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> pair in values)
        {
            if (inputs.FirstOrDefault(i => i.Name == pair.Key) is not { } input)
                Say(DiagnosticCatalogue.ConstantUnknown.At(default, pair.Key, own.Length > 0 ? string.Join(", ", own) : "none", Spelling.Hint(pair.Key, own)), PlaceOfOption(model, "Constants"));
            else if (InputConstant.Read(input.Name, input.Type, input.Shape, pair.Value, out Diagnostic? problem) is null) Say(problem!, PlaceOfOption(model, "Constants"));
            else constants[pair.Key] = pair.Value;
        }
        return new FixedInputs(dimensions, constants);
    }

    private List<KeyValuePair<string, string>> ReadPairs(ITaskItem model, string option, string example)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        if (!ItemOptions.TryReadPairs(ItemOptions.Value(model, Default, option), pairs, out string wrong))
            Say(DiagnosticCatalogue.OptionListInvalid.At(default, Spell(model, option), wrong, example), PlaceOfOption(model, option));
        return pairs;
    }

    private string Request(ITaskItem model, string path)
    {
        string folder = ProjectFolder;
        var content = new ToolModel(path)
        {
            PlanPath = Path.GetFullPath(model.GetMetadata("Lr2vqPlan")),
            ArtifactPath = Path.GetFullPath(model.GetMetadata("Lr2vqArtifact")),
        };
        foreach (string option in ItemOptions.OfTool)
        {
            string value = ItemOptions.Value(model, Default, option);
            if (ItemOptions.IsOfProject(model, Default, option)) content.ProjectOptions.Add(option);
            if (option == "Config" && value.Length == 0) value = model.GetMetadata("Lr2vqConfigBeside");
            if (value.Length > 0) content.Options.Add(option, value);
        }
        var request = new ToolRequest
        {
            CacheDirectory = CacheDirectory.Length > 0 ? Path.GetFullPath(Path.Combine(folder, CacheDirectory)) : null,
            CacheSize = ReadSize("Lr2vqCacheSize", CacheSize),
            RequireCache = ReadFlag("Lr2vqRequireCache", RequireCache, false),
            RemoteCacheReadOnly = ReadFlag("Lr2vqRemoteCacheReadOnly", RemoteCacheReadOnly, false),
            Threads = ReadThreads(),
            ProjectDirectory = folder,
            Uncompressed = !ReadFlag("Lr2vqEnabled", Enabled, true),
            Training = content.Options.TryGetValue("FineTune", out string? tuning) && !tuning.Equals("None", StringComparison.OrdinalIgnoreCase) ? ReadTraining(folder) : null,
        };
        request.Models.Add(content);
        return request.ToJson();
    }

    /// <summary>Where the training package is, and how the project restores packages.</summary>
    private ToolTraining ReadTraining(string folder)
    {
        var training = new ToolTraining { Assembly = TrainingPath.Length > 0 ? Path.GetFullPath(Path.Combine(folder, TrainingPath)) : null };
        training.PackageFolders.AddRange(PackageFolders.Split([';'], StringSplitOptions.RemoveEmptyEntries).Select(f => f.Trim()).Where(f => f.Length > 0));
        foreach (string line in RestoreSettings)
            if (line.IndexOf('=') is > 0 and int at && at < line.Length - 1) training.Restore[line.Substring(0, at)] = line.Substring(at + 1);
        return training;
    }

    private bool ReadFlag(string property, string value, bool absent)
    {
        if (value.Length == 0) return absent;
        if (bool.TryParse(value, out bool flag)) return flag;
        SayProperty(property, value, "true or false");
        return absent;
    }

    private int ReadThreads()
    {
        if (Threads.Length == 0) return 0;
        if (int.TryParse(Threads, NumberStyles.None, CultureInfo.InvariantCulture, out int count)) return count;
        SayProperty("Lr2vqThreads", Threads, "a whole number; 0 means all processors");
        return 0;
    }

    private long? ReadSize(string property, string value)
    {
        if (value.Length == 0) return null;
        if (ByteSize.TryParse(value, out long bytes)) return bytes;
        SayProperty(property, value, ByteSize.Text + "; 0 means no limit");
        return null;
    }

    private int _errors;

    private string Spell(ITaskItem model, string option) => ItemOptions.Spell(model, Default, option);

    private ProjectPlace PlaceOfOption(ITaskItem model, string option) => PlaceOf(model, option, ItemOptions.IsOfProject(model, Default, option));

    private void SayProperty(string property, string value, string kind) =>
        Say(DiagnosticCatalogue.OptionNumberInvalid.At(default, property, value, kind), Places.OfProperty(property) ?? new ProjectPlace(ProjectFile, 0, 0));

    private void Say(Diagnostic diagnostic, ProjectPlace place)
    {
        if (diagnostic.Severity == DiagnosticSeverity.Error) _errors++;
        Report(diagnostic.Severity, diagnostic.Id, place, diagnostic.Text);
    }
}
