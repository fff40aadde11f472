using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
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
        return inputs.All(File.Exists) && inputs.Max(File.GetLastWriteTimeUtc) <= File.GetLastWriteTimeUtc(stamp);
    }

    private void Compress(ITaskItem model)
    {
        string path = model.GetMetadata("FullPath"), request = Path.GetFullPath(model.GetMetadata("Lr2vqRequest"));
        var clock = Stopwatch.StartNew();
        var answers = new ToolAnswers(Path.GetFileName(path), clock, (severity, code, file, text) =>
            Report(severity, code, file ?? (code.StartsWith(OptionCodes, StringComparison.Ordinal) ? DefiningFile(model) : path), text),
            (importance, text) => Log.LogMessage(importance, "{0}", text));
        ToolResult result;
        string host = Host();
        try
        {
            result = ToolProcess.Run(host, ToolPath, request, Path.GetDirectoryName(Path.GetFullPath(ProjectFile))!, answers.Take, _cancel.Token);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            Report(DiagnosticCatalogue.ToolNotStarted.At(default, host, e.Message), ProjectFile);
            return;
        }
        if (result.Cancelled) return;
        if (answers.Errors > 0 && result.ExitCode == 1) return;
        if (result.ExitCode != 0 || answers.Done is null)
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
        Log.LogMessage(MessageImportance.High, "{0}", Summary(Path.GetFileName(model.ItemSpec), done));
        if (string.Equals(Enabled, "false", StringComparison.OrdinalIgnoreCase))
            Report(DiagnosticCatalogue.StoredUncompressed.At(default, Path.GetFileName(model.ItemSpec)), ProjectFile);
    }

    /// <summary>For example <c>resnet50.onnx: 102.5 MB → 6.1 MB, 16.8x, relative error 0.021, 34 s</c>.</summary>
    private static string Summary(string name, ToolAnswer done)
    {
        string text = name + ": " + Bytes(done.OriginalBytes) + " → " + Bytes(done.ArtifactBytes);
        if (done.ArtifactBytes > 0) text += ", " + ((double)done.OriginalBytes / done.ArtifactBytes).ToString("0.0", CultureInfo.InvariantCulture) + "x";
        text += ", relative error " + done.RelativeError.ToString("0.####", CultureInfo.InvariantCulture);
        return text + (done.FromCache ? ", from the cache" : ", " + done.Seconds.ToString(done.Seconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " s");
    }

    private static string Bytes(double count)
    {
        string[] units = ["bytes", "kB", "MB", "GB"];
        int unit = 0;
        for (; count >= 1000 && unit < units.Length - 1; unit++) count /= 1000;
        return count.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
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
