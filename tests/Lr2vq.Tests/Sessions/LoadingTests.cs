using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Sessions;

/// <summary>What the JIT has to do before a program can compute. Numbers of methods grow with every rule and reader; what they may grow to is meant to be
/// read when it is changed: a method is 10 to 100 µs, a collection of structs a quarter of a millisecond, an assembly as much.</summary>
public sealed class LoadingTests
{
    [Theory, InlineData("residual", 900), InlineData("attention", 700)]
    public void LoadingCompilesFewMethods(string network, int most)
    {
        string[] said = Load(network);
        Assert.InRange(int.Parse(said[0], CultureInfo.InvariantCulture), 100, most);
    }

    /// <summary>Each costs a millisecond or more, and none is needed.</summary>
    [Theory, InlineData("System.Linq"), InlineData("System.Text.Json"), InlineData("System.Diagnostics.DiagnosticSource")]
    public void LoadingAndComputingNeedNoAssembly(string name)
    {
        string[] said = Load("residual");
        Assert.Contains("Lr2vq.Runtime", said);
        Assert.DoesNotContain(name, said);
    }

    private static string[] Load(string network)
    {
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-loading-{Environment.ProcessId}-{network}-{Guid.NewGuid():N}.lr2vq");
        File.WriteAllBytes(path, SmallModels.Artifact(network));
        try
        {
            ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Lr2vq.Fuzz.dll"), "load", path]) { RedirectStandardOutput = true, UseShellExecute = false };
            // As programs are: neither all optimised nor all precompiled.
            foreach (string variable in new[] { "DOTNET_TieredCompilation", "DOTNET_TieredPGO", "DOTNET_ReadyToRun", "DOTNET_TC_QuickJit" }) start.Environment.Remove(variable);
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
