using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Diagnostics;
using Lr2vq.Protocol;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>Starts the tool for every model whose Plan or artifact is out of date. Decides nothing, computes nothing.</summary>
public sealed class CompressModels : ModelTask, ICancelableTask
{
    /// <summary>Problems of options are reported where the options are.</summary>
    private const string OptionCodes = "LR2VQ3";

    private readonly CancellationTokenSource _cancel = new();

    /// <summary>The models, with the paths that the targets chose.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>lr2vq.dll, or a program.</summary>
    [Required]
    public string ToolPath { get; set; } = "";

    /// <summary>The dotnet program that runs this build, if known.</summary>
    public string DotnetHost { get; set; } = "";

    /// <summary>The folder of the dotnet program, if known.</summary>
    public string DotnetRoot { get; set; } = "";

    /// <summary>The project that says results; empty for none.</summary>
    public string SummaryProject { get; set; } = "";

    /// <summary>File with the names of the files of calibration data.</summary>
    public string DataList { get; set; } = "";

    /// <summary>Folder with a C++ run time for training where the system's is too old; empty for that.</summary>
    public string CxxRuntime { get; set; } = "";

    /// <summary>Address of a cache that many machines share; empty for that of the environment.</summary>
    public string RemoteCache { get; set; } = "";

    /// <summary>False if the weights are stored as they are.</summary>
    public string Enabled { get; set; } = "";

    /// <inheritdoc />
    public void Cancel() => _cancel.Cancel();

    /// <inheritdoc />
    public override bool Execute()
    {
        if (!File.Exists(ToolPath))
        {
            Report(DiagnosticCatalogue.ToolMissing.At(default, ToolPath), ProjectFile);
            return false;
        }
        // All models, so that all their problems are seen at once.
        foreach (ITaskItem model in Models)
            if (!_cancel.IsCancellationRequested && !IsUpToDate(model)) Compress(model);
        return !Log.HasLoggedErrors && !_cancel.IsCancellationRequested;
    }

    private bool IsUpToDate(ITaskItem model)
    {
        string stamp = model.GetMetadata("Lr2vqStamp");
        if (!File.Exists(stamp) || !File.Exists(model.GetMetadata("Lr2vqPlan")) || !File.Exists(model.GetMetadata("Lr2vqArtifact"))) return false;
        List<string> inputs = [model.GetMetadata("FullPath"), model.GetMetadata("Lr2vqRequest"), ToolPath];
        string further = model.GetMetadata("Lr2vqInputs");
        if (File.Exists(further)) inputs.AddRange(File.ReadAllLines(further));
        if (model.GetMetadata("Lr2vqData").Length > 0) inputs.Add(DataList);
        return inputs.All(File.Exists) && inputs.Max(File.GetLastWriteTimeUtc) <= File.GetLastWriteTimeUtc(stamp);
    }

    private void Compress(ITaskItem model)
    {
        string path = model.GetMetadata("FullPath"), request = Path.GetFullPath(model.GetMetadata("Lr2vqRequest"));
        var clock = Stopwatch.StartNew();
        var answers = new ToolAnswers(Path.GetFileName(path), clock, (severity, answer) => Report(severity, answer.Code, PlaceOf(model, path, answer), answer.Text),
            (importance, text) => Log.LogMessage(importance, "{0}", text));
        ToolResult result;
        string host = Host();
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(ProjectFile))!;
            result = ToolProcess.Run(host, ToolPath, request, Variables(folder), folder, answers.Take, _cancel.Token);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            Report(DiagnosticCatalogue.ToolNotStarted.At(default, host, e.Message), ProjectFile);
            return;
        }
        if (result.Cancelled) return;
        if (answers.Errors > 0 && result.ExitCode == 1) return;
        // A model without an interface is left to the tool, which refuses it.
        if (result.ExitCode != 0 || answers.Done is null || !File.Exists(model.GetMetadata("Lr2vqInterface")))
        {
            // The host says so when the runtime that the tool needs is not there.
            bool noRuntime = result.LastLines.Contains("You must install or update .NET");
            Report(noRuntime ? DiagnosticCatalogue.ToolNotStarted.At(default, host, result.LastLines)
                : DiagnosticCatalogue.ToolFailed.At(default, result.ExitCode, path, result.LastLines, request), path);
            return;
        }
        // A warning that the project turns into an error has to come again in the next build.
        if (answers.Warnings > 0 && Log.HasLoggedErrors) return;
        Finish(model, answers.Done);
    }

    /// <summary>Settings that go to the tool by its environment. The address of the remote cache may hold a password and must not lie in obj.</summary>
    private Dictionary<string, string> Variables(string folder)
    {
        var variables = new Dictionary<string, string>();
        if (CxxRuntime.Length > 0) variables["LR2VQ_CXX_RUNTIME"] = Path.GetFullPath(Path.Combine(folder, CxxRuntime));
        if (RemoteCache.Length > 0) variables["LR2VQ_REMOTE_CACHE"] = RemoteCache;
        return variables;
    }

    private void Finish(ITaskItem model, ToolAnswer done)
    {
        string list = model.GetMetadata("Lr2vqInputs");
        try
        {
            if (done.Inputs.Count > 0) OutputFile.WriteIfDifferent(list, string.Join("\n", done.Inputs) + "\n");
            else OutputFile.DeleteIfThere(list);
            // Plan and artifact keep their dates when their content is the same, so that nothing is compiled again.
            OutputFile.Touch(model.GetMetadata("Lr2vqStamp"));
        }
        catch (Exception e) when (OutputFile.IsFileProblem(e))
        {
            Report(DiagnosticCatalogue.FileNotWritten.At(default, list, e.Message), ProjectFile);
        }
        Say(done.Text, model.GetMetadata("Lr2vqRequest"));
        if (string.Equals(Enabled, "false", StringComparison.OrdinalIgnoreCase))
            Report(DiagnosticCatalogue.StoredUncompressed.At(default, Path.GetFileName(model.ItemSpec)), ProjectFile);
    }

    /// <summary>Says the result so that every logger shows it. The terminal logger drops messages, but has a line for each project, with what the
    /// project says it made: so a little project says it.</summary>
    /// <param name="summary">The result.</param>
    /// <param name="of">What makes this call different from others with the same result, which MSBuild would not run again.</param>
    private void Say(string summary, string of)
    {
        var properties = new Dictionary<string, string> { ["Summary"] = Escape(summary), ["Of"] = Escape(Path.GetFullPath(of)) };
        bool said = File.Exists(SummaryProject) && BuildEngine.BuildProjectFile(SummaryProject, ["Say"], properties, new Dictionary<string, ITaskItem[]>());
        if (!said) Log.LogMessage(MessageImportance.High, "{0}", summary);
    }

    /// <summary>As MSBuild wants text that is no expression.</summary>
    private static string Escape(string text) => text.Replace("%", "%25").Replace(";", "%3B").Replace("$", "%24").Replace("@", "%40").Replace("'", "%27");

    private ProjectPlace PlaceOf(ITaskItem model, string path, ToolAnswer answer)
    {
        if (answer.File is not null) return new ProjectPlace(answer.File, answer.Line, 0);
        if (answer.Option is not { } option) return answer.Code.StartsWith(OptionCodes, StringComparison.Ordinal) ? PlaceOf(model) : new ProjectPlace(path, 0, 0);
        return PlaceOf(model, option, model.GetMetadata(option).Trim().Length == 0);
    }

    private string Host()
    {
        if (DotnetHost.Length > 0 && File.Exists(DotnetHost)) return DotnetHost;
        string name = Path.DirectorySeparatorChar == '\\' ? "dotnet.exe" : "dotnet";
        foreach (string folder in new[] { DotnetRoot, Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "" })
            if (folder.Length > 0 && File.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
        return name;
    }
}
