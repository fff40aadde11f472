using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Training;

namespace Lr2vq.Tool;

/// <summary>The process: console, Ctrl+C, exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
        // Never disposed: that would flush again what a closed pipe refused.
        StreamWriter output = new(new GuardedStream(Console.OpenStandardOutput()), utf8) { AutoFlush = false };
        StreamWriter error = new(new GuardedStream(Console.OpenStandardError()), utf8) { AutoFlush = true };
        using CancellationTokenSource cancel = new();
        // The first Ctrl+C asks for an orderly end; the second one ends the process as usual.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        ToolContext context = new(output, error, cancel)
        {
            Input = Console.IsInputRedirected ? Console.OpenStandardInput() : null,
            Width = Width(),
            ShowsProgressBars = !Console.IsErrorRedirected,
        };
        try
        {
            int code = CommandLine.Guard(context, () =>
            {
                NewerCxxRuntime.Enter(args);
                return CommandLine.Run(args, context);
            });
            output.Flush();
            return code;
        }
        catch (OutputClosedException)
        {
            return ExitCode.Errors;
        }

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancel.IsCancellationRequested;
            cancel.Cancel();
        }
    }

    /// <summary>Columns of the terminal; what <c>COLUMNS</c> says, or 80, where there is none.</summary>
    private static int Width()
    {
        const int usual = 80, least = 40;
        int width = int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int told) ? told : usual;
        try
        {
            if (!Console.IsOutputRedirected) width = Console.WindowWidth;
        }
        catch (Exception problem) when (problem is IOException or PlatformNotSupportedException)
        {
            // A console without a size.
        }
        return width > 0 ? Math.Max(width, least) : usual;
    }
}
