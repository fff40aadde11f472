using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Threading;

namespace Lr2vq.Building;

/// <summary>Runs programs and ends them, with their children, when the user presses Ctrl+C.</summary>
internal static class Shell
{
    private const string SharedCompilation = "UseSharedCompilation";

    private static readonly CancellationTokenSource Cancelled = CreateSource();

    /// <summary>Variables of programs whose methods mostly run a few times, such as builds and tests: profiles of methods, and pages that are writable or executable but never both, cost
    /// them more than they give.</summary>
    public static IReadOnlyDictionary<string, string> ShortLived { get; } = new Dictionary<string, string> { ["DOTNET_TieredPGO"] = "0", ["DOTNET_EnableWriteXorExecute"] = "0" };

    /// <summary>Set by Ctrl+C.</summary>
    public static CancellationToken CancelToken => Cancelled.Token;

    /// <summary>Runs a program; each line of its output goes to <paramref name="onLine"/>. Returns the exit code.</summary>
    public static int Run(string program, IEnumerable<string> arguments, string? folder = null, Action<string>? onLine = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        CancelToken.ThrowIfCancellationRequested();
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder ?? Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // MSBuild nodes that outlive the command would keep our pipes open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_NOLOGO"] = "1";
        // A compiler that stays has its own code compiled once. Guard ends it where nothing shall stay.
        start.Environment[SharedCompilation] = "true";
        if (environment is not null)
            foreach ((string key, string value) in environment) start.Environment[key] = value;

        Lock gate = new();
        using Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, e) => Pass(e.Data);
        process.ErrorDataReceived += (_, e) => Pass(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (CancelToken.Register(() => Kill(process)))
            process.WaitForExit();
        CancelToken.ThrowIfCancellationRequested();
        return process.ExitCode;

        void Pass(string? line)
        {
            if (line is null || onLine is null) return;
            lock (gate) onLine(line);
        }
    }

    /// <summary>Runs a program quietly; when it fails, says what it wrote and throws.</summary>
    public static void RunOrThrow(string what, string program, IEnumerable<string> arguments, string? folder = null)
    {
        List<string> lines = [];
        int code = Run(program, arguments, folder, lines.Add);
        if (code == 0) return;
        foreach (string line in lines) Console.Error.WriteLine("  " + line);
        throw new InvalidOperationException($"{what} failed with exit code {code}");
    }

    /// <summary>Whether a program can be started by its name.</summary>
    public static bool Has(string program)
    {
        string names = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (string folder in names.Split(System.IO.Path.PathSeparator))
            if (folder.Length > 0 && System.IO.File.Exists(System.IO.Path.Combine(folder, program))) return true;
        return false;
    }

    /// <summary>Runs the body of a program and turns exceptions into a line and an exit code.</summary>
    public static int Guard(Func<int> body)
    {
        Console.OutputEncoding = Encoding.UTF8;
        try
        {
            return body();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("cancelled");
            return 3;
        }
        catch (InvalidOperationException problem)
        {
            Console.Error.WriteLine($"error: {problem.Message}");
            return 1;
        }
        finally
        {
            if (string.Equals(Environment.GetEnvironmentVariable(SharedCompilation), "false", StringComparison.OrdinalIgnoreCase)) EndCompiler();
        }
    }

    private static void EndCompiler()
    {
        using Process? process = Process.Start(new ProcessStartInfo("dotnet", ["build-server", "shutdown", "--vbcscompiler"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false });
        process?.WaitForExit(TimeSpan.FromSeconds(30));
    }

    private static CancellationTokenSource CreateSource()
    {
        CancellationTokenSource source = new();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            source.Cancel();
        };
        return source;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
