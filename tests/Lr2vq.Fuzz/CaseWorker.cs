using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Lr2vq.Testing;

namespace Lr2vq.Fuzz;

/// <summary>A child process that runs one case after the other. It is watched, ended where it passes a limit, and started again when needed.</summary>
/// <param name="guard">Side on which each value's memory is watched: <c>left</c> or <c>right</c>; null for none.</param>
internal sealed class CaseWorker(string? guard) : IDisposable
{
    public const int MostSeconds = 5, MostMegabytes = 1024;

    /// <summary>Seconds of the clock after which a case that computes nothing hangs; generous, as the machine may be busy.</summary>
    private const int Patience = 240;

    private readonly List<string> _errors = [];
    private Process? _process;

    /// <summary>Runs one case; see <see cref="CaseLoop"/> for the words.</summary>
    public CaseResult Run(params string[] words)
    {
        Process process = _process is { HasExited: false } running ? running : _process = Start();
        TimeSpan before = ProcessorTime(process);
        long start = Stopwatch.GetTimestamp();
        process.StandardInput.WriteLine(string.Join('\t', words));
        process.StandardInput.Flush();
        Task<string?> answer = process.StandardOutput.ReadLineAsync();
        while (!answer.Wait(20))
        {
            if (process.HasExited) continue;
            process.Refresh();
            long used = (long)(ProcessorTime(process) - before).TotalMilliseconds, megabytes = ProcessMemory.PeakMegabytes(process.Id);
            CaseOutcome? passed = megabytes > MostMegabytes ? CaseOutcome.TooLarge
                : used > 1000 * MostSeconds || Stopwatch.GetElapsedTime(start).TotalSeconds > Patience ? CaseOutcome.TooSlow : null;
            if (passed is null) continue;
            Stop();
            return new CaseResult(passed.Value, used, megabytes, "ended");
        }
        if (answer.Result is { } line)
        {
            CaseResult result = CaseResult.Parse(line);
            if (result.Megabytes > MostMegabytes) return result with { Outcome = CaseOutcome.TooLarge };
            return result.Milliseconds > 1000 * MostSeconds ? result with { Outcome = CaseOutcome.TooSlow } : result;
        }
        process.WaitForExit();
        string[] said;
        lock (_errors) said = [.. _errors.Select(text => text.Trim()).Where(text => text.Length > 0).Take(6)];
        int code = process.ExitCode;
        Stop();
        return new CaseResult(CaseOutcome.Crashed, (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, $"exit code {code}: {string.Join(" | ", said)}");
    }

    public void Dispose() => Stop();

    // What the system does for the watch is not the product's.
    private TimeSpan ProcessorTime(Process process) => guard is null ? process.TotalProcessorTime : process.UserProcessorTime;

    private Process Start()
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Lr2vq.Fuzz.dll"), "worker"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        if (guard is not null) start.Environment[GuardedBlocks.Variable] = guard;
        // A damaged file must not fill the memory of the machine before the watch sees it.
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x30000000";
        start.Environment["DOTNET_TieredCompilation"] = "1";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        Process process = Process.Start(start)!;
        lock (_errors) _errors.Clear();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is { } line)
                lock (_errors) _errors.Add(line);
        };
        process.BeginErrorReadLine();
        return process;
    }

    private void Stop()
    {
        if (_process is null) return;
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }
}
