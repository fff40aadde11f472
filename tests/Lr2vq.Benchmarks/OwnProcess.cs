using System;
using System.Diagnostics;

namespace Lr2vq.Benchmarks;

/// <summary>Starts this program once more.</summary>
internal static class OwnProcess
{
    public static ProcessStartInfo Start(params string[] arguments) => new(Environment.ProcessPath!, [typeof(OwnProcess).Assembly.Location, .. arguments]);

    public static void Run(params string[] arguments)
    {
        using Process process = Process.Start(Start(arguments))!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
