using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace Lr2vq.Tool;

/// <summary>The process: console, Ctrl+C, exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
        using StreamWriter output = new(Console.OpenStandardOutput(), utf8) { AutoFlush = false };
        using StreamWriter error = new(Console.OpenStandardError(), utf8) { AutoFlush = true };
        using CancellationTokenSource cancel = new();
        // The first Ctrl+C asks for an orderly end; the second one ends the process as usual.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        ToolContext context = new(output, error, cancel)
        {
            Input = Console.IsInputRedirected ? Console.OpenStandardInput() : null,
            IsTerminal = !Console.IsErrorRedirected && !Console.IsOutputRedirected,
            ShowsProgressBars = !Console.IsErrorRedirected,
        };
        try
        {
            int code = CommandLine.Run(args, context);
            output.Flush();
            return code;
        }
        catch (IOException)
        {
            // Whoever read the output has gone, as `lr2vq plan x.onnx | head` does.
            return ExitCode.Errors;
        }

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancel.IsCancellationRequested;
            cancel.Cancel();
        }
    }
}
