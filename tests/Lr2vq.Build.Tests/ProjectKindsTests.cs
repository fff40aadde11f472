using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>Projects of many shapes.</summary>
public sealed class ProjectKindsTests(Workshop workshop)
{
    [Fact]
    public void TwoModelsInAnAwkwardFolderWithEveryOption()
    {
        UserProject project = workshop.Project(Path.Combine("größe & naïve 模型", "Zwei Netze"),
            "<OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><RootNamespace>Zwei_Netze</RootNamespace><GenerateDocumentationFile>true</GenerateDocumentationFile><NoWarn>CS1591</NoWarn>",
            """
            $(Lr2vq)
            <Lr2vqModel Include="meine modelle/123.onnx" Namespace="Shop.Vision" Access="internal" Rename="input.1=picture;495=scores" Dimensions="batch=1" Preset="Fast" />
            <Lr2vqModel Include="class.onnx" Storage="File" />
            <Lr2vqModel Include="bytes only.onnx" Storage="None" />
            """);
        Directory.CreateDirectory(project.PathOf("meine modelle"));
        project.Write("meine modelle/123.onnx", Networks.Small(1, "batch")).Write("class.onnx", Networks.Small(5)).Write("bytes only.onnx", Networks.Small(9));
        project.Write("Program.cs", """
            using System;
            using System.IO;
            using Shop.Vision;
            using Zwei_Netze;

            float[] picture = new float[3 * 16 * 16], scores = new float[10];
            using Model123 first = Model123.Create();
            first.Predict(picture: picture, scores: scores);
            Console.WriteLine(Model123.Names.Picture);
            using Class second = Class.Create();
            second.Predict(picture, scores);
            using BytesOnly third = BytesOnly.Load(Path.Combine(AppContext.BaseDirectory, "class.lr2vq"));
            third.Predict(picture, scores);
            try
            {
                second.Predict(new float[5], scores);
            }
            catch (ArgumentException e)
            {
                Console.WriteLine(e.Message);
            }
            """);
        BuildResult build = project.Build().Succeeded();
        Assert.Equal(3, build.Summaries.Count);
        AssertRun(project.Run());

        string published = project.PathOf("ausgabe");
        project.MSBuild("publish", "--no-restore", "-o", published).Succeeded();
        Assert.True(File.Exists(Path.Combine(published, "class.lr2vq")));
        Assert.DoesNotContain(Directory.EnumerateFiles(published), f => f.EndsWith(".so", StringComparison.Ordinal) || f.EndsWith(".onnx", StringComparison.Ordinal));
        AssertRun(project.Run(folder: published));
        project.MSBuild("clean").Succeeded();
        Assert.False(File.Exists(project.PathOf("bin", "Debug", "net10.0", "class.lr2vq")));

        static void AssertRun(string output)
        {
            string[] lines = output.Split('\n');
            Assert.Equal("input.1", lines[0]);
            Assert.Contains("768", lines[1]);
            Assert.Contains("5", lines[1]);
        }
    }

    [Fact]
    public void AFixedInputIsNoneOfTheClass()
    {
        byte[] model = new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 4).Input("sr", ElementType.Int64).Initializer("w", RandomTensor.Floats(1, 4, 64)).Initializer("rate", HostTensor.Scalar(16000L))
            .Node("Equal", ["sr", "rate"], ["is16"]).Node("Cast", ["is16"], ["gain"], ("to", 1L)).Node("MatMul", ["x", "w"], ["p"]).Node("Mul", ["p", "gain"], ["y"]).Output("y", ElementType.Float32, 1, 64).Build();
        UserProject project = workshop.Project("fixed", $"<OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>",
            """$(Lr2vq)<Lr2vqModel Include="voice.onnx" Constants="sr=16000" /><Lr2vqModel Include="other.onnx" Constants="sr=8000" />""")
            .Write("voice.onnx", model).Write("other.onnx", model).Write("Program.cs", """
            using System;

            float[] x = [1, 2, 3, 4], y = new float[64], z = new float[64];
            @fixed.Voice.Create().Predict(x, y);
            @fixed.Other.Create().Predict(x, z);
            Console.WriteLine((Array.TrueForAll(y, v => v != 0), Array.TrueForAll(z, v => v == 0)));
            """);
        project.Build().Succeeded();
        Assert.Equal("(True, True)", project.Run().Trim());
        string[] designTime = ["-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true"];
        project.Write("fixed.csproj", File.ReadAllText(project.File).Replace("sr=8000", "rate=8000;sr=1.5", StringComparison.Ordinal));
        Assert.Equal(["LR2VQ3040 fixed.csproj", "LR2VQ3041 fixed.csproj"], project.Build(["--no-restore", .. designTime]).Failed().Problems);
    }

    [Fact]
    public void TwoFrameworksBuiltInParallelCompressOnce()
    {
        UserProject project = workshop.Project("both", $"<TargetFrameworks>net8.0;net10.0</TargetFrameworks><OutputType>Exe</OutputType><Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small())
            .Write("Program.cs", Networks.Program("both.Tiny", "Create()", Networks.RunnerFromResource.Replace("RESOURCE", "tiny.lr2vq")));
        BuildResult build = project.BuildAlone(null, null, "-m:2").Succeeded();
        Assert.Equal(2, build.Runs("CompressModels"));
        Assert.Equal(2, build.Summaries.Count);
        Assert.Single(build.Summaries, s => s.EndsWith("from the cache", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(project.Products("net8.0"), "tiny.lr2vq")), File.ReadAllBytes(Path.Combine(project.Products(), "tiny.lr2vq")));
        Assert.Equal(Networks.Expected, project.Run());
        Assert.Equal(Networks.Expected, project.Run("net8.0"));
    }

    [Fact]
    public void AnAppReferencesALibraryThatHasTheModels()
    {
        UserProject library = workshop.Project("chain/Vision", "<TargetFramework>net8.0</TargetFramework>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" /><Lr2vqModel Include="beside.onnx" Storage="File" />""")
            .Write("tiny.onnx", Networks.Small()).Write("beside.onnx", Networks.Small(3));
        UserProject app = workshop.Project("chain/App", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>",
            """<ProjectReference Include="../Vision/Vision.csproj" />""").Write("Program.cs", """
            using System;

            float[] image = new float[768], logits = new float[10];
            using Vision.Tiny tiny = Vision.Tiny.Create();
            tiny.Predict(image, logits);
            using Vision.Beside beside = Vision.Beside.Create();
            beside.Predict(image, logits);
            Console.WriteLine(tiny.Info is not null);
            """);
        BuildResult build = app.BuildAlone(null, null).Succeeded();
        Assert.Equal(2, build.Summaries.Count);
        Assert.Equal("True", app.Run());
        Assert.True(File.Exists(app.PathOf("bin", "Debug", "net10.0", "beside.lr2vq")));
        Assert.Empty(app.Build("--no-restore").Succeeded().Summaries);
        Assert.NotNull(library);
    }

    [Fact]
    public void ModelsOfOneNameLiveInTwoNamespaces()
    {
        UserProject project = workshop.Project("namespaces", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>", """
            $(Lr2vq)<Lr2vqModel Include="a/net.onnx" Namespace="Shop.A" />
            <Lr2vqModel Include="b/net.onnx" Namespace="Shop.B" /><Lr2vqModel Include="c/Net.onnx" Namespace="Shop.C" Storage="File" /><Lr2vqModel Include="d/net.onnx" />
            """);
        foreach (string name in (string[])["a/net", "b/net", "c/Net", "d/net"])
        {
            Directory.CreateDirectory(project.PathOf(name[..1]));
            project.Write(name + ".onnx", Networks.Small(name[0]));
        }
        project.Write("Program.cs", """
            float[] image = new float[768], a = new float[10], b = new float[10], c = new float[10], d = new float[10];
            System.Array.Fill(image, 1);
            Shop.A.Net.Create().Predict(image, a);
            Shop.B.Net.Create().Predict(image, b);
            Shop.C.Net.Create().Predict(image, c);
            namespaces.Net.Create().Predict(image, d);
            System.Console.WriteLine(a[0] != b[0] && b[0] != c[0] && c[0] != d[0]);
            """);
        Assert.Equal(4, project.Build().Succeeded().Summaries.Count);
        Assert.Equal("True", project.Run());
        Assert.Empty(project.Build("--no-restore").Succeeded().Summaries);
    }

    [Fact]
    public void ALibraryThatKeepsTheRunTimeToItselfIsTold()
    {
        UserProject library = workshop.Project("kept/Vision", "<TargetFramework>net8.0</TargetFramework>",
            $"""<PackageReference Include="Lr2vq.Build" Version="{workshop.Version}" PrivateAssets="all" /><Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small());
        BuildResult build = library.Build().Succeeded();
        Assert.Equal(["LR2VQ6016 Vision.csproj"], build.Problems);
        string remedy = $"<PackageReference Include=\"Lr2vq.Runtime\" Version=\"{workshop.Version}\" />";
        Assert.Contains(remedy, Assert.Single(build.Diagnostics("LR2VQ6016")).Text);

        File.WriteAllText(library.File, File.ReadAllText(library.File).Replace("<Lr2vqModel", remedy + "<Lr2vqModel", StringComparison.Ordinal));
        UserProject app = workshop.Project("kept/App", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>",
            """<ProjectReference Include="../Vision/Vision.csproj" />""").Write("Program.cs", """
            float[] image = new float[768], logits = new float[10];
            using Vision.Tiny tiny = Vision.Tiny.Create();
            tiny.Predict(image, logits);
            System.Console.WriteLine(tiny.Info is not null);
            """);
        Assert.Empty(app.Build().Succeeded().Problems);
        Assert.Equal("True", app.Run());
    }

    [Fact]
    public void AnAppReferencesThePackageOfALibraryThatHasAModelBesideIt()
    {
        UserProject library = workshop.Project("packed/Vision", "<TargetFrameworks>net8.0;net10.0</TargetFrameworks><PackageId>Shop.Vision</PackageId><Version>1.0.0</Version>",
            """$(Lr2vq)<Lr2vqModel Include="beside.onnx" Storage="File" />""").Write("beside.onnx", Networks.Small(3));
        string feed = library.PathOf("feed");
        library.MSBuild("pack", "-o", feed).Succeeded();
        // Restored packages stay between runs; this one is another each time.
        string restored = Path.Combine(workshop.Packages, "shop.vision");
        if (Directory.Exists(restored)) Directory.Delete(restored, recursive: true);
        UserProject app = workshop.Project("packed/App", $"<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><RestoreAdditionalProjectSources>$(RestoreAdditionalProjectSources);{feed}</RestoreAdditionalProjectSources>",
            """<PackageReference Include="Shop.Vision" Version="1.0.0" />""").Write("Program.cs", """
            float[] image = new float[768], logits = new float[10];
            using Vision.Beside beside = Vision.Beside.Create();
            beside.Predict(image, logits);
            System.Console.WriteLine(beside.Info.Name);
            """);
        app.Build().Succeeded();
        Assert.Equal("test", app.Run());
        Assert.Equal(File.ReadAllBytes(Path.Combine(library.PathOf("obj", "Release", "net10.0", "lr2vq"), "beside.lr2vq")),
            File.ReadAllBytes(app.PathOf("bin", "Debug", "net10.0", "beside.lr2vq")));
    }

    [Fact]
    public void CompressionCanBeSwitchedOff()
    {
        UserProject project = workshop.Project("quick", "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><Lr2vqEnabled>false</Lr2vqEnabled>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small())
            .Write("Program.cs", Networks.Program("quick.Tiny", "Create()", Networks.RunnerFromResource.Replace("RESOURCE", "tiny.lr2vq")));
        BuildResult build = project.Build().Succeeded();
        Assert.Single(build.Summaries);
        Assert.Contains("uncompressed", build.Output);
        Assert.Equal(Networks.Expected, project.Run());
    }

    [Fact]
    public void ANativeProgramHasNoWarningAndRuns()
    {
        UserProject project = workshop.Project("native", $"{NativeProgram.Properties}<Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>",
            """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" />""").Write("tiny.onnx", Networks.Small())
            .Write("Program.cs", Networks.Program("native.Tiny", "Create()", Networks.RunnerFromResource.Replace("RESOURCE", "tiny.lr2vq", StringComparison.Ordinal)));
        string program = NativeProgram.Publish(project);
        CommandResult run = Command.Run(program, [], project.Folder);
        Assert.Equal(Networks.Expected, run.Output.Trim());
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(program)!, "*.so"));
    }
}
