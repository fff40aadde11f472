using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Microsoft.Build.Logging.StructuredLogger;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>What cannot be built is said with a code, a place and a remedy; all of it at once.</summary>
public sealed class RefusalTests(Workshop workshop)
{
    private const string Library = "<TargetFramework>net10.0</TargetFramework>";

    [Fact]
    public void EveryProblemOfEveryModelIsReportedTogether()
    {
        UserProject project = workshop.Project("wrong", Library, """
            $(Lr2vq)
            <Lr2vqModel Include="missing.onnx" />
            <Lr2vqModel Include="empty.onnx" />
            <Lr2vqModel Include="lfs.onnx" />
            <Lr2vqModel Include="good.onnx" ClassName="class" Namespace="1.2" Access="secret" Storage="Cloud" TargetRation="6" Rename="nothing=x;495=a b" Dimensions="N" />
            """);
        project.Write("good.onnx", Networks.Small()).Write("empty.onnx", "").Write("lfs.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n");
        BuildResult build = project.Build().Failed();
        Assert.Equal(["LR2VQ1001 wrong.csproj", "LR2VQ1004 empty.onnx", "LR2VQ3001 wrong.csproj", "LR2VQ3002 wrong.csproj", "LR2VQ3006 wrong.csproj",
            "LR2VQ3101 wrong.csproj", "LR2VQ3102 wrong.csproj", "LR2VQ3103 wrong.csproj", "LR2VQ3104 wrong.csproj"],
            build.Problems.Where(p => !p.Contains("lfs", StringComparison.Ordinal)));
        Assert.Single(build.Problems, p => p.Contains("lfs.onnx", StringComparison.Ordinal));
        Assert.Contains("TargetRatio", Assert.Single(build.Diagnostics("LR2VQ3001")).Text);
        Assert.Contains("Embedded, File, None", string.Join(" ", build.Diagnostics("LR2VQ3002").Select(d => d.Text)));
        Assert.Equal((0, 0), (build.Runs("CompressModels"), build.Runs("Csc")));
    }

    /// <summary>What the header check finds in inputs and outputs does not keep the tool from finding the rest.</summary>
    [Fact]
    public void APortThatNoClassCanTakeHidesNothing()
    {
        byte[] sequence = new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 4).Node("Nonsense", ["x"], ["a"]).Node("Relu", ["x"], ["y"])
            .Node("SequenceConstruct", ["x"], ["s"]).SequenceOutput("s", ElementType.Float32).Output("a").Output("y").Build();
        byte[] text = new OnnxBuilder(13).Input("t", ElementType.String, 1, 4).Input("x", ElementType.Float32, 1, 4).Node("Nonsense", ["x"], ["a"])
            .Node("StringNormalizer", ["t"], ["n"]).Output("a").Output("n").Build();
        UserProject project = workshop.Project("ports", Library, """$(Lr2vq)<Lr2vqModel Include="sequence.onnx;text.onnx" />""").Write("sequence.onnx", sequence).Write("text.onnx", text);
        BuildResult build = project.Build().Failed();
        Assert.Contains("LR2VQ1027 sequence.onnx", build.Problems);
        Assert.Contains("Nonsense", string.Join(" ", build.Diagnostics("LR2VQ2001").Select(d => d.Text)));
        Assert.Contains(build.Problems, p => p.EndsWith("text.onnx", StringComparison.Ordinal));
        Assert.Equal(0, build.Runs("Csc"));
        Assert.Equal(build.Problems, project.Build("--no-restore").Failed().Problems);
        // Editors start no tool.
        string[] designTime = ["-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true"];
        Assert.Equal(["LR2VQ1027 sequence.onnx", "LR2VQ6013 text.onnx"], project.Build(["--no-restore", .. designTime]).Failed().Problems);
    }

    [Fact]
    public void OptionsOfTheToolAreRefusedWithWhatIsKnown()
    {
        UserProject project = workshop.Project("options", Library, """
            $(Lr2vq)
            <Lr2vqModel Include="a.onnx" Preset="Huge" />
            <Lr2vqModel Include="b.onnx" TargetRatio="6" MaxBytes="1000" />
            """).Write("a.onnx", Networks.Small()).Write("b.onnx", Networks.Small(2));
        BuildResult build = project.Build().Failed();
        Assert.Equal(["LR2VQ3002 options.csproj", "LR2VQ3005 options.csproj"], build.Problems);
        Assert.Contains("Balanced", Assert.Single(build.Diagnostics("LR2VQ3002")).Text);
    }

    [Fact]
    public void ASlipNamesItsLineAndTheWordThatWasMeant()
    {
        UserProject project = workshop.Project("slips", Library + "\n<Lr2vqPresset>Tiny</Lr2vqPresset>\n<Lr2vqVersion>1</Lr2vqVersion>\n<NoWarn>$(NoWarn);LR2VQ3016</NoWarn>", """
            $(Lr2vq)
            <Lr2vqModel Include="b.onnx" />
            <Lr2vqModel Include="a.onnx"
                        Mehtod="int8">
              <Storage>Embeded</Storage>
            </Lr2vqModel>
            """).Write("a.onnx", Networks.Small()).Write("b.onnx", Networks.Small(2));
        BuildResult build = project.Build("-p:Lr2vqTargetRation=6").Failed();
        Assert.Equal(["LR2VQ3001 slips.csproj", "LR2VQ3002 slips.csproj", "LR2VQ3105 slips.csproj", "LR2VQ3106 slips.csproj"], build.Problems);
        Says("LR2VQ3001", "Mehtod=", "did you mean 'Method'?");
        Says("LR2VQ3002", "<Storage>", "Storage of a.onnx cannot be 'Embeded' (did you mean 'Embedded'?)");
        Says("LR2VQ3106", "<Lr2vqVersion>", "'Lr2vqVersion'");
        Assert.Equal(["'Lr2vqPresset' is not a property of Lr2vq.Build (did you mean 'Lr2vqPreset'?)", "'Lr2vqTargetRation' is not a property of Lr2vq.Build (did you mean 'Lr2vqTargetRatio'?)"],
            build.Diagnostics("LR2VQ3105").Select(d => d.Text!.Split(". Known")[0]).Order());
        Assert.Equal(LineOf("<Lr2vqPresset>"), build.Diagnostics("LR2VQ3105").Max(d => d.LineNumber));

        void Says(string code, string written, string text)
        {
            AbstractDiagnostic diagnostic = Assert.Single(build.Diagnostics(code));
            Assert.Equal(LineOf(written), diagnostic.LineNumber);
            Assert.Contains(text, diagnostic.Text);
        }

        int LineOf(string written) => File.ReadAllText(project.File).Split(written)[0].Count(c => c == '\n') + 1;
    }

    /// <summary>A slip in the item's name leaves a project without a model, which has no other reason to fail.</summary>
    [Fact]
    public void ASlipThatLeavesNoModelIsSaid()
    {
        UserProject modle = workshop.Project("modle", Library + "<Lr2vqPrest>Tiny</Lr2vqPrest>", """
            $(Lr2vq)
            <Lr2vqModle Include="tiny.onnx" />
            """).Write("tiny.onnx", Networks.Small());
        BuildResult build = modle.Build().Failed();
        Assert.Equal(["LR2VQ3105 modle.csproj", "LR2VQ3121 modle.csproj"], build.Problems);
        AbstractDiagnostic item = Assert.Single(build.Diagnostics("LR2VQ3121"));
        Assert.StartsWith("'Lr2vqModle' is not an item of Lr2vq.Build (did you mean 'Lr2vqModel'?)", item.Text);
        Assert.Contains("<Lr2vqModle", File.ReadAllLines(modle.File)[item.LineNumber - 1]);

        UserProject pattern = workshop.Project("onx", Library, """$(Lr2vq)<Lr2vqModel Include="*.onx" Condition="'$(Wanted)' != 'false'" /><Lr2vqModel Include="nets/*.onx" />""").Write("tiny.onnx", Networks.Small());
        BuildResult none = pattern.Build().Succeeded();
        Assert.Equal(["LR2VQ3123 onx.csproj"], none.Problems);
        Assert.Contains("'nets/*.onx'", Assert.Single(none.Diagnostics("LR2VQ3123")).Text);
        Assert.Empty(pattern.Build("--no-restore", "-p:NoWarn=LR2VQ3123").Succeeded().Problems);
    }

    [Fact]
    public void ProblemsThatTheToolFindsAreAtTheLineOfTheOption()
    {
        UserProject project = workshop.Project("lines", Library + "\n<Lr2vqPreset>Balancd</Lr2vqPreset>", """
            $(Lr2vq)
            <Lr2vqModel Include="a.onnx" />
            <Lr2vqModel Include="b.onnx" Preset="Fast"
                        MaxBytes="500 KX" />
            """).Write("a.onnx", Networks.Small()).Write("b.onnx", Networks.Small(2));
        BuildResult build = project.Build().Failed();
        AbstractDiagnostic preset = Assert.Single(build.Diagnostics("LR2VQ3002")), bytes = Assert.Single(build.Diagnostics("LR2VQ3004"));
        Assert.StartsWith("Lr2vqPreset cannot be 'Balancd' (did you mean 'Balanced'?)", preset.Text);
        Assert.StartsWith("MaxBytes of b.onnx cannot be '500 KX'", bytes.Text);
        string[] lines = File.ReadAllLines(project.File);
        Assert.Contains("<Lr2vqPreset>", lines[preset.LineNumber - 1]);
        Assert.Contains("MaxBytes=", lines[bytes.LineNumber - 1]);

        UserProject config = workshop.Project("pattern", Library, """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small())
            .Write("tiny.lr2vq.json", "{ \"tensors\": {\n  \"nothing.*\": { \"method\": \"fp16\" } } }");
        BuildResult refused = config.Build().Failed();
        Assert.Equal(["LR2VQ3015 tiny.lr2vq.json"], refused.Problems);
        Assert.Equal(2, Assert.Single(refused.Diagnostics("LR2VQ3015")).LineNumber);
    }

    [Fact]
    public void AWarningThatIsAnErrorComesAgain()
    {
        UserProject project = workshop.Project("strict", $"{Library}<WarningsAsErrors Condition=\"'$(Lax)' == ''\">LR2VQ4002</WarningsAsErrors><Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" Preset="Lr2vq" />""").Write("tiny.onnx", Networks.Small());
        IReadOnlyList<string> problems = project.Build().Failed().Problems;
        Assert.Equal(["LR2VQ4002 tiny.onnx"], problems);
        Assert.Equal(problems, project.Build("--no-restore").Failed().Problems);
        Assert.Single(project.Build("--no-restore", "-p:Lax=true").Succeeded().Summaries, s => s.EndsWith("from the cache", StringComparison.Ordinal));
    }

    [Fact]
    public void TwoModelsCannotBecomeOneClass()
    {
        UserProject project = workshop.Project("twice", Library, """$(Lr2vq)<Lr2vqModel Include="a/net.onnx;b/net.onnx" />""");
        Directory.CreateDirectory(project.PathOf("a"));
        Directory.CreateDirectory(project.PathOf("b"));
        project.Write("a/net.onnx", Networks.Small()).Write("b/net.onnx", Networks.Small());
        BuildResult build = project.Build().Failed();
        Assert.Equal(["LR2VQ6005 twice.csproj"], build.Problems);
        Assert.Contains("ClassName", Assert.Single(build.Diagnostics("LR2VQ6005")).Text);

        // Different files, one class.
        UserProject similar = workshop.Project("similar", Library, """$(Lr2vq)<Lr2vqModel Include="my-net.onnx;my_net.onnx" />""")
            .Write("my-net.onnx", Networks.Small()).Write("my_net.onnx", Networks.Small());
        Assert.Equal(["LR2VQ6005 similar.csproj"], similar.Build().Failed().Problems);
    }

    [Fact]
    public void OtherLanguagesAndOldFrameworksAreRefused()
    {
        foreach (string extension in new[] { "fsproj", "vbproj" })
        {
            UserProject project = workshop.Project(extension, Library, """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""", extension).Write("tiny.onnx", Networks.Small());
            Assert.Equal([$"LR2VQ6001 {extension}.{extension}"], project.Build("-t:Restore;Lr2vqCompress").Failed().Problems);
        }
        UserProject old = workshop.Project("old", "<TargetFramework>netstandard2.0</TargetFramework><LangVersion>latest</LangVersion>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small());
        Assert.Equal(["LR2VQ6002 old.csproj"], old.Build().Failed().Problems);

        UserProject sdk = workshop.Project("sdk", Library, """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small());
        BuildResult build = sdk.Build("-p:NETCoreSdkVersion=9.0.305").Failed();
        Assert.Equal(["LR2VQ6003 sdk.csproj"], build.Problems);
        Assert.Contains("9.0.305", Assert.Single(build.Diagnostics("LR2VQ6003")).Text);
    }

    [Fact]
    public void AReferenceThatCutsTheRunTimeOffIsExplained()
    {
        UserProject project = workshop.Project("private", Library, $"""
            <PackageReference Include="Lr2vq.Build" Version="{workshop.Version}" PrivateAssets="all" IncludeAssets="runtime; build; native; contentfiles; analyzers; buildtransitive" />
            <Lr2vqModel Include="tiny.onnx" />
            """).Write("tiny.onnx", Networks.Small());
        BuildResult build = project.Build().Failed();
        Assert.Equal("LR2VQ6011", Assert.Single(build.Log.FindChildrenRecursive<Error>().DistinctBy(e => e.Text)).Code);
    }

    [Fact]
    public void NativeAotWithoutAnInstructionSetWarns()
    {
        UserProject project = workshop.Project("aot", "<TargetFramework>net10.0</TargetFramework><TreatWarningsAsErrors>false</TreatWarningsAsErrors>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small());
        project.MSBuild("restore").Succeeded();
        Assert.Equal(["LR2VQ6010 aot.csproj"], project.Build("--no-restore", "-t:_Lr2vqCheckNativeAot", "-p:PublishAot=true").Succeeded().Problems);
        Assert.Empty(project.Build("--no-restore", "-t:_Lr2vqCheckNativeAot", "-p:PublishAot=true", "-p:NoWarn=LR2VQ6010").Succeeded().Problems);
        Assert.Empty(project.Build("--no-restore", "-t:_Lr2vqCheckNativeAot", "-p:PublishAot=true", "-p:IlcInstructionSet=x86-x64-v3").Succeeded().Problems);
    }
}
