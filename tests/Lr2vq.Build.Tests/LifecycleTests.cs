using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>The life of one project, from the first build to clean.</summary>
public sealed class LifecycleTests(Workshop workshop)
{
    private const string Class = "My_App.TinyNet";

    [Fact]
    public void BuildsDoWhatIsNeededAndNoMore()
    {
        string cache = workshop.NewCache();
        UserProject project = workshop.Project("my-app", $"""
            <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><RootNamespace>my-app</RootNamespace>
            <Lr2vqCacheDirectory>{cache}</Lr2vqCacheDirectory>
            """.Replace("my-app", "My_App"), """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" ClassName="TinyNet" />""");
        project.Write("tiny.onnx", Networks.Small());
        project.Write("Program.cs", Networks.Program(Class, "Create()", Networks.RunnerFromResource.Replace("RESOURCE", "TinyNet.lr2vq")));

        BuildResult first = project.BuildAlone(null, null).Succeeded();
        Assert.Equal(1, first.Runs("CompressModels"));
        Assert.DoesNotContain("cache", Assert.Single(first.Summaries));
        Assert.Equal(Networks.Expected, project.Run());
        Assert.True(File.Exists(Path.Combine(project.Products(), "TinyNet.lr2vq")));

        // Nothing to do: no task of ours, no compiler, no time.
        BuildResult second = project.BuildAlone(null, null, "--no-restore").Succeeded();
        AssertIdle(second);
        TimeSpan time = second.OurTime;
        for (int i = 0; i < 2 && time.TotalMilliseconds >= 100; i++) time = Min(time, project.BuildAlone(null, null, "--no-restore").Succeeded().OurTime);
        Assert.True(time.TotalMilliseconds < 100, $"our targets took {time.TotalMilliseconds:0} ms in a build with nothing to do");

        BuildResult option = project.Build("--no-restore", "-p:Lr2vqPreset=Fast").Succeeded();
        Assert.Equal((1, 1, 1), (option.Runs("AnalyzeModels"), option.Runs("CompressModels"), option.Runs("Csc")));
        Assert.DoesNotContain("cache", Assert.Single(option.Summaries));

        BuildResult back = project.Build("--no-restore").Succeeded();
        Assert.Contains("from the cache", Assert.Single(back.Summaries));

        // Touched, not changed: the content decides, and nothing is compiled again.
        File.SetLastWriteTimeUtc(project.PathOf("tiny.onnx"), DateTime.UtcNow);
        BuildResult touched = project.Build("--no-restore").Succeeded();
        Assert.Contains("from the cache", Assert.Single(touched.Summaries));
        Assert.Equal(0, touched.Runs("Csc"));
        AssertIdle(project.Build("--no-restore").Succeeded());

        project.Write("tiny.onnx", Networks.Small(seed: 7));
        BuildResult changed = project.Build("--no-restore").Succeeded();
        Assert.DoesNotContain("cache", Assert.Single(changed.Summaries));
        Assert.Equal(1, changed.Runs("Csc"));

        File.Delete(Path.Combine(project.Products(), "TinyNet.lr2vq"));
        Assert.Contains("from the cache", Assert.Single(project.Build("--no-restore").Succeeded().Summaries));

        BuildResult clean = project.MSBuild("clean").Succeeded();
        Assert.Equal(0, clean.Runs("CompressModels"));
        Assert.False(Directory.Exists(project.Products()));
        Assert.DoesNotContain(Directory.EnumerateFiles(project.Folder, "*", SearchOption.AllDirectories), f => f.EndsWith(".lr2vq", StringComparison.Ordinal));
        Assert.NotEmpty(Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void EditorsLearnTheClassWithoutAProcess()
    {
        UserProject project = workshop.Project("editor", "<OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small()).Write("Program.cs", "editor.Tiny.Create().Dispose();");
        project.MSBuild("restore").Succeeded();
        string[] designTime = ["-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-p:BuildProjectReferences=false"];

        BuildResult first = project.MSBuild("msbuild", [.. designTime, "-getItem:AdditionalFiles,EmbeddedResource"]).Succeeded();
        Assert.Equal((1, 0), (first.Runs("AnalyzeModels"), first.Runs("CompressModels")));
        Assert.Contains("tiny.interface.txt", first.Output);
        Assert.DoesNotContain("tiny.plan.txt", first.Output);
        Assert.DoesNotContain("tiny.lr2vq\"", first.Output);
        Assert.Equal(["analyzed.stamp", "options.txt", "tiny.interface.txt", "tiny.request.json"],
            Directory.GetFiles(project.Products()).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        BuildResult second = project.MSBuild("msbuild", designTime).Succeeded();
        Assert.Equal(0, second.Runs("AnalyzeModels"));
        TimeSpan time = second.OurTime;
        for (int i = 0; i < 2 && time.TotalMilliseconds >= 100; i++) time = Min(time, project.MSBuild("msbuild", designTime).Succeeded().OurTime);
        Assert.True(time.TotalMilliseconds < 100, $"our targets took {time.TotalMilliseconds:0} ms in a design-time build");

        // The class compiles without a Plan, and says what is missing when it is used.
        BuildResult real = project.Build("-p:Lr2vqToolPath=" + Path.Combine(workshop.Root, "missing.dll")).Failed();
        Assert.Equal(["LR2VQ6006 editor.csproj"], real.Problems);
    }

    [Fact]
    public void ASecondProjectTakesTheArtifactFromTheCache()
    {
        string cache = workshop.NewCache();
        byte[][] artifacts = [.. new[] { "one", "two" }.Select(name =>
        {
            // A renamed copy is the same model.
            UserProject project = workshop.Project(name, $"<TargetFramework>net10.0</TargetFramework><Lr2vqCacheDirectory>{cache}</Lr2vqCacheDirectory>",
                $"""$(Lr2vq)<Lr2vqModel Include="{name}.onnx" ClassName="Of0041{name}" />""").Write(name + ".onnx", Networks.Small());
            string summary = Assert.Single(project.Build().Succeeded().Summaries);
            Assert.Equal(name == "two", summary.EndsWith("from the cache", StringComparison.Ordinal));
            return File.ReadAllBytes(Path.Combine(project.Products(), $"Of0041{name}.lr2vq"));
        })];
        Assert.Equal(artifacts[0], artifacts[1]);
    }

    [Fact]
    public void ASecondMachineTakesTheArtifactFromTheRemoteCache()
    {
        using CacheServer server = new();
        string address = server.Address.Replace("//", "//jane:s3cret@", StringComparison.Ordinal);
        foreach (string name in (string[])["machine1", "machine2"])
        {
            UserProject project = workshop.Project(name, $"<TargetFramework>net10.0</TargetFramework><Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>",
                """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" ClassName="Remote" />""").Write("tiny.onnx", Networks.Small());
            BuildResult build = project.Build("-p:Lr2vqRemoteCache=" + address).Succeeded();
            Assert.Equal(name == "machine2", Assert.Single(build.Summaries).EndsWith("from the remote cache", StringComparison.Ordinal));
            Assert.DoesNotContain("s3cret", build.Output);
            Assert.DoesNotContain(Directory.EnumerateFiles(project.PathOf("obj"), "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains("s3cret", StringComparison.Ordinal));
            // Another address is no reason to build anything again.
            if (name == "machine2") AssertIdle(project.Build("--no-restore", "-p:Lr2vqRemoteCache=http://127.0.0.1:1/").Succeeded());
        }
        Assert.Equal(["GET ac", "PUT cas", "PUT ac", "GET ac", "GET cas"], server.Requests);
        Assert.All(server.Secrets, secret => Assert.Equal("Basic amFuZTpzM2NyZXQ=", secret));
    }

    private static void AssertIdle(BuildResult build)
    {
        Assert.Empty(build.Summaries);
        Assert.Equal((0, 0, 0), (build.Runs("AnalyzeModels"), build.Runs("CompressModels"), build.Runs("Csc")));
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
