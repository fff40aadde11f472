using System;
using System.IO;
using System.Threading;
using Lr2vq.Tool.Output;

namespace Lr2vq.Tool;

/// <summary>What a command talks to. Tests give their own.</summary>
internal sealed class ToolContext(TextWriter output, TextWriter error, CancellationTokenSource cancel)
{
    /// <summary>Results.</summary>
    public TextWriter Output { get; } = new PrintableWriter(output);

    /// <summary>Diagnostics and progress.</summary>
    public TextWriter Error { get; } = new PrintableWriter(error);

    /// <summary>What a build keeps open as long as it wants an answer; null: nothing to watch.</summary>
    public Stream? Input { get; init; }

    public CancellationToken Cancellation => cancel.Token;

    /// <summary>Columns of the terminal; 80 where there is none.</summary>
    public int Width { get; init; } = 80;

    /// <summary>Whether progress is shown as bars; else as lines.</summary>
    public bool ShowsProgressBars { get; init; }

    /// <summary>Values of environment variables.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Asks the running command to end.</summary>
    public void Cancel() => cancel.Cancel();
}

/// <summary>Exit codes.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Diagnostics of severity error.</summary>
    public const int Errors = 1;

    /// <summary>The command line was not understood.</summary>
    public const int Usage = 2;

    public const int Cancelled = 3;
}
