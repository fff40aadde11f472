using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;

namespace Lr2vq.Build;

/// <summary>How the tool ended.</summary>
/// <param name="ExitCode">0 done, 1 errors were reported, 3 cancelled, else a crash.</param>
/// <param name="Cancelled">True if the build was stopped.</param>
/// <param name="LastLines">The end of its standard error.</param>
internal sealed record ToolResult(int ExitCode, bool Cancelled, string LastLines);

/// <summary>One run of the tool. It ends when its standard input is closed, so it does not outlive the build.</summary>
internal static class ToolProcess
{
    private const int LastLineCount = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <param name="variables">What its environment has beside that of the build.</param>
    /// <param name="take">Gets each line of standard output, on the calling thread.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static ToolResult Run(string host, string tool, string request, IReadOnlyDictionary<string, string> variables, string folder, Action<string> take, CancellationToken cancel)
    {
        bool isAssembly = tool.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        string arguments = "build " + Quote("@" + request);
        var start = new ProcessStartInfo(isAssembly ? host : tool, isAssembly ? Quote(Path.GetFullPath(tool)) + " " + arguments : arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (KeyValuePair<string, string> variable in variables) start.Environment[variable.Key] = variable.Value;
        // libtorch: threads that wait in loops cost a busy machine more than they save.
        if (!start.Environment.ContainsKey("OMP_WAIT_POLICY")) start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        using var process = new Process { StartInfo = start };
        using var lines = new BlockingCollection<string>();
        var errors = new Queue<string>();
        int open = 2;
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is not null) lines.Add(e.Data);
            else Close();
        };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null) Close();
            else
                lock (errors)
                {
                    if (e.Data.Trim().Length > 0) errors.Enqueue(e.Data.Trim());
                    if (errors.Count > LastLineCount) errors.Dequeue();
                }
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (cancel.Register(() => Stop(process)))
        {
            foreach (string line in lines.GetConsumingEnumerable())
                if (line.Length > 0) take(line);
            process.WaitForExit();
        }
        lock (errors) return new ToolResult(process.ExitCode, cancel.IsCancellationRequested, string.Join(" / ", errors));

        void Close()
        {
            if (Interlocked.Decrement(ref open) == 0) lines.CompleteAdding();
        }
    }

    /// <summary>Asks for the end, and after a while forces it.</summary>
    private static void Stop(Process process)
    {
        try
        {
            process.StandardInput.Close();
            if (!process.WaitForExit((int)s_patience.TotalMilliseconds)) process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            // It ended by itself in the meantime.
        }
    }

    /// <summary>One argument, by the rules that Windows programs and .NET on Unix share.</summary>
    private static string Quote(string argument)
    {
        var text = new StringBuilder("\"");
        int slashes = 0;
        foreach (char c in argument)
        {
            if (c == '\\') slashes++;
            else
            {
                text.Append('\\', c == '"' ? slashes * 2 + 1 : slashes);
                text.Append(c);
                slashes = 0;
            }
        }
        return text.Append('\\', slashes * 2).Append('"').ToString();
    }
}
