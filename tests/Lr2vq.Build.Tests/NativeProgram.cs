using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>What projects of native programs (NativeAOT) have in common.</summary>
internal static class NativeProgram
{
    /// <summary>Properties of such a project.</summary>
    public const string Properties = """
        <TargetFramework>net9.0</TargetFramework><OutputType>Exe</OutputType><PublishAot>true</PublishAot><IlcInstructionSet>x86-x64-v3</IlcInstructionSet>
        <InvariantGlobalization>true</InvariantGlobalization><OptimizationPreference>Size</OptimizationPreference>
        <CppCompilerAndLinker Condition="!Exists('/usr/bin/clang')">gcc</CppCompilerAndLinker>
        """;

    /// <summary>Publishes a project without a warning but those that are expected; skips the test where the machine cannot.</summary>
    /// <returns>Path of the program.</returns>
    public static string Publish(UserProject project, params string[] expected)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/clang") && !File.Exists("/usr/bin/gcc")) Assert.Skip("clang or gcc, which link native programs, is not here");
        BuildResult build = project.MSBuild("publish");
        if (build.Output.Contains("NU1101", StringComparison.Ordinal) || build.Output.Contains("NU1102", StringComparison.Ordinal))
            Assert.Skip("the feed has not all packages of the NativeAOT compiler");
        Assert.Equal(expected, build.Succeeded().Problems);
        string name = Path.GetFileNameWithoutExtension(project.File);
        return Directory.GetFiles(project.Folder, name, SearchOption.AllDirectories).First(f => f.Contains("publish", StringComparison.Ordinal));
    }
}
