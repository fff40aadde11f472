using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading;
using Microsoft.Build.Logging.StructuredLogger;

namespace Lr2vq.Build.Tests;

/// <summary>MSBuild's server: most of the processor time of a small build is the start of its process and the compilation of MSBuild's code, which a
/// process that stays pays once. It takes one build at a time; a second server would pay again.</summary>
internal sealed class BuildServer(string folder) : IDisposable
{
    /// <summary>An error of MSBuild, of a compiler or of dotnet itself; our summaries speak of relative errors.</summary>
    private static readonly Regex s_error = new(@"(^|: )error( \w+)?\s*:", RegexOptions.Multiline | RegexOptions.IgnoreCase);

    private readonly Lock _busy = new();

    private readonly Dictionary<string, string> _environment = new()
    {
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "0",
        // Nobody else finds it.
        ["MSBUILDNODEHANDSHAKESALT"] = "lr2vq-" + Path.GetFileName(folder),
        // It ends by itself, too, if these tests are killed.
        ["MSBUILDNODECONNECTIONTIMEOUT"] = "120000",
        // Counting for better code costs more than that code brings in so short a life.
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <summary>Runs <c>dotnet</c>; what it builds, the server builds. A failure without an error is the server's own, which was seen twice in thousands of builds: it is asked
    /// again, unless the log says that the build had succeeded before.</summary>
    public CommandResult Run(IEnumerable<string> arguments, string workingFolder, string? log = null)
    {
        lock (_busy)
        {
            string[] words = [.. arguments];
            CommandResult result = Command.Run("dotnet", words, workingFolder, _environment);
            if (result.ExitCode == 0 || s_error.IsMatch(result.Output)) return result;
            return log is not null && File.Exists(log) && BinaryLog.ReadBuild(log).Succeeded ? result with { ExitCode = 0 } : Command.Run("dotnet", words, workingFolder, _environment);
        }
    }

    public void Dispose() => Run(["build-server", "shutdown", "--msbuild"], folder);
}
