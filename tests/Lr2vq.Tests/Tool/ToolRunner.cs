using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Tool;

namespace Lr2vq.Tests.Tool;

/// <summary>What a command line did.</summary>
internal sealed record ToolRun(int Code, string Output, string Error)
{
    public JsonElement Json() => JsonDocument.Parse(Output).RootElement;
}

/// <summary>Runs the command line: in this process, or as a process of its own.</summary>
internal static class ToolRunner
{
    private static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "lr2vq.dll");

    public static ToolRun Run(params string[] args) => Run(CancellationToken.None, null, args);

    public static ToolRun Run(CancellationToken cancellation, Stream? input, params string[] args) => Run(cancellation, input, new Dictionary<string, string>(), args);

    /// <param name="variables">The whole environment that the tool sees.</param>
    public static ToolRun Run(CancellationToken cancellation, Stream? input, IReadOnlyDictionary<string, string> variables, params string[] args)
    {
        using StringWriter output = new(), error = new();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        int code = CommandLine.Run(args, new ToolContext(output, error, cancel) { Input = input, Variable = variables.GetValueOrDefault });
        return new ToolRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs the real executable. It is killed after a while, which is code −1.</summary>
    public static ToolRun RunProcess(params string[] args) => RunProcess(TimeSpan.FromSeconds(60), _ => { }, args);

    /// <param name="whileRunning">Called when the process has started.</param>
    public static ToolRun RunProcess(TimeSpan patience, Action<Process> whileRunning, params string[] args)
    {
        // Whoever runs the tests may have told them to ignore Ctrl+C, as shells do in the background; a terminal would not.
        List<string> all = OperatingSystem.IsLinux() ? ["--default-signal=INT", "dotnet", Assembly, .. args] : [Assembly, .. args];
        ProcessStartInfo start = new(OperatingSystem.IsLinux() ? "env" : "dotnet", all) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        whileRunning(process);
        Task<string> error = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(patience);
        if (!ended) process.Kill();
        return new ToolRun(ended ? process.ExitCode : -1, output.Result, error.Result);
    }
}
