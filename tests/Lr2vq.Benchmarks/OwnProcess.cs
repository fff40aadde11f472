using System;
using System.Diagnostics;

namespace Lr2vq.Benchmarks;

/// <summary>Starts this program once more.</summary>
internal static class OwnProcess
{
    /// <returns>What it printed.</returns>
    public static string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(OwnProcess).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
        return output;
    }
}
