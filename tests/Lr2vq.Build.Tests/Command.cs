using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace Lr2vq.Build.Tests;

/// <summary>How a command ended.</summary>
public sealed record CommandResult(int ExitCode, string Output);

/// <summary>Runs programs as a user would in a terminal.</summary>
internal static partial class Command
{
    private const int Interrupt = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <param name="interruptWhen">If given, Ctrl+C is pressed as soon as it is true.</param>
    public static CommandResult Run(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string>? environment = null,
        Func<bool>? interruptWhen = null)
    {
        // Whoever runs the tests may have told them to ignore Ctrl+C, as shells do in the background; a terminal would not.
        bool listens = interruptWhen is not null && OperatingSystem.IsLinux();
        var start = new ProcessStartInfo(listens ? "env" : program, listens ? ["--default-signal=INT", program, .. arguments] : arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // A build of a user does not know that it runs inside a test.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k.StartsWith("LR2VQ", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        if (environment is not null)
            foreach ((string name, string value) in environment) start.Environment[name] = value;
        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Append(e.Data);
        process.ErrorDataReceived += (_, e) => Append(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (interruptWhen is not null)
        {
            while (!process.HasExited && !interruptWhen()) Thread.Sleep(50);
            if (!process.HasExited) Kill(process.Id, Interrupt);
        }
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            lock (output) throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end:\n{output}");
        }
        process.WaitForExit();
        lock (output) return new CommandResult(process.ExitCode, output.ToString());

        void Append(string? line)
        {
            if (line is null) return;
            lock (output) output.Append(line).Append('\n');
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
