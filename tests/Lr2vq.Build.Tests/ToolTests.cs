using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Microsoft.Build.Logging.StructuredLogger;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>The task and the process that it starts; here often a script, to play every kind of ending.</summary>
public sealed class ToolTests(Workshop workshop)
{
    [Fact]
    public void ACrashNamesItsLastLines()
    {
        UserProject project = Project("crash", """
            echo 'a line of the run time'
            echo 'Unhandled exception: it broke' >&2
            exit 134
            """);
        BuildResult build = project.Build().Failed();
        Assert.Equal(["LR2VQ6008 tiny.onnx"], build.Problems);
        string text = Assert.Single(build.Diagnostics("LR2VQ6008")).Text;
        Assert.Contains("134", text);
        Assert.Contains("it broke", text);
    }

    [Fact]
    public void WarningsObeyTheProject()
    {
        UserProject project = Project("warn", """
            echo '{"type":"diagnostic","model":0,"severity":"warning","code":"LR2VQ4999","text":"brace {0} and \u00fc","file":null}'
            echo '{"type":"diagnostic","model":0,"severity":"error","code":"LR2VQ2999","text":"node","file":null}'
            exit 1
            """);
        BuildResult plain = project.Build("-p:TreatWarningsAsErrors=false").Failed();
        Assert.Equal(["LR2VQ2999 tiny.onnx", "LR2VQ4999 tiny.onnx"], plain.Problems);
        Assert.IsType<Warning>(Assert.Single(plain.Diagnostics("LR2VQ4999")));
        Assert.Contains("brace {0} and ü", plain.Diagnostics("LR2VQ4999")[0].Text);
        Assert.Equal(["LR2VQ2999 tiny.onnx"], project.Build("--no-restore", "-p:TreatWarningsAsErrors=false", "-p:NoWarn=LR2VQ4999").Failed().Problems);
        Assert.IsType<Error>(Assert.Single(project.Build("--no-restore", "-p:TreatWarningsAsErrors=false", "-p:WarningsAsErrors=LR2VQ4999").Failed().Diagnostics("LR2VQ4999")));
    }

    [Fact]
    public void ACancelledBuildLeavesNoProcessAndNoFile()
    {
        // The polite one ends when its input is closed, the deaf one has to be killed.
        foreach ((string name, string script) in new[] { ("polite", "cat > /dev/null"), ("deaf", "exec sleep 600") })
        {
            UserProject project = Project(name, $"echo $$ > {name}.pid\n{script}\n");
            string pid = project.PathOf(name + ".pid");
            var clock = new Stopwatch();
            BuildResult build = project.BuildAlone(null, () =>
            {
                bool started = File.Exists(pid) && File.ReadAllText(pid).EndsWith('\n');
                if (started) clock.Start();
                return started;
            }).Failed();
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), build.Output);
            Assert.False(Directory.Exists("/proc/" + File.ReadAllText(pid).Trim()) && Directory.Exists("/proc/self"), "the tool is still there");
            Assert.False(File.Exists(Path.Combine(project.Products(), "tiny.lr2vq")));
        }
    }

    [Fact]
    public void ACacheThatCannotBeUsedIsAWarning()
    {
        string file = Path.Combine(workshop.Root, "no-folder");
        File.WriteAllText(file, "");
        UserProject project = workshop.Project("nocache", $"<TargetFramework>net10.0</TargetFramework><TreatWarningsAsErrors>false</TreatWarningsAsErrors><Lr2vqCacheDirectory>{file}/cache</Lr2vqCacheDirectory>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small());
        BuildResult build = project.Build().Succeeded();
        Assert.Single(build.Summaries);
        Assert.Single(build.Log.FindChildrenRecursive<Warning>().Select(w => w.Code).Distinct(), c => c!.StartsWith("LR2VQ", StringComparison.Ordinal));
    }

    [Fact]
    public void NumbersDoNotDependOnTheCulture()
    {
        UserProject project = workshop.Project("culture", $"<TargetFramework>net10.0</TargetFramework><Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" TargetRatio="4.5" ClassName="Inception" />""").Write("tiny.onnx", Networks.Small());
        // Turkish has decimal commas and its own i.
        string[] artifacts = new[] { "tr_TR.UTF-8", "C" }.Select(culture =>
        {
            var environment = new Dictionary<string, string> { ["LC_ALL"] = culture, ["LANG"] = culture };
            if (Directory.Exists(project.PathOf("obj"))) Directory.Delete(project.PathOf("obj"), true);
            project.BuildAlone(environment, null, "-p:Lr2vqCacheDirectory=" + workshop.NewCache()).Succeeded();
            return Convert.ToHexString(File.ReadAllBytes(Path.Combine(project.Products(), "Inception.lr2vq"))) + File.ReadAllText(Path.Combine(project.Products(), "Inception.interface.txt"));
        }).ToArray();
        Assert.Equal(artifacts[0], artifacts[1]);
    }

    private UserProject Project(string name, string script)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("the scripts that play the tool are for Unix shells");
        UserProject project = workshop.Project("tool-" + name, $"<TargetFramework>net10.0</TargetFramework><Lr2vqToolPath>{workshop.Root}/tool-{name}/tool.sh</Lr2vqToolPath>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small()).Write("tool.sh", "#!/bin/sh\n" + script.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(project.PathOf("tool.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return project;
    }
}
