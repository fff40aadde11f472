using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>Training after compression, in a project that references its package: libtorch is the build's alone.</summary>
public sealed class TrainingTests(Workshop workshop)
{
    private static readonly string[] s_strangers = ["torch", "SkiaSharp", "Protobuf", "SharpZipLib", "Lr2vq.Training"];

    [Fact]
    public void AnItemIsTunedWithThePackageOfTraining()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        // The checkout has restored libtorch; another copy of half a gigabyte would tell nothing.
        UserProject project = workshop.Project("tuned", $"""
            <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><RootNamespace>Demo</RootNamespace>
            <RestoreFallbackFolders>{packages}</RestoreFallbackFolders>
            <Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>
            <Lr2vqCxxRuntime>{Environment.GetEnvironmentVariable("LR2VQ_TEST_CXX_RUNTIME")}</Lr2vqCxxRuntime>
            """, """
            $(Lr2vq)
            <PackageReference Include="Lr2vq.Training" Version="$(TrainingVersion)" PrivateAssets="all" Condition="'$(TrainingVersion)' != ''" />
            <Lr2vqModel Include="tiny.onnx" Preset="Lr2vq" K="16" CalibrationData="data.npy" FineTune="EndToEnd" TimeLimit="00:00:20" />
            """);
        RandomTensor.Floats(5, 96, 3, 16, 16).WriteNpy(project.PathOf("data.npy"));
        project.Write("tiny.onnx", Networks.Small(batch: "N"));
        project.Write("Program.cs", """
            using System;
            using Demo;

            float[] image = new float[3 * 16 * 16], logits = new float[10];
            for (int i = 0; i < image.Length; i++) image[i] = i * 37 % 101 / 50f - 1f;
            using Tiny model = Tiny.Create();
            model.Predict(image, logits);
            Console.WriteLine(float.IsFinite(logits[0]));
            """);

        BuildResult without = project.Build().Failed();
        string line = $"""<PackageReference Include="Lr2vq.Training" Version="{workshop.Version}" PrivateAssets="all" />""";
        Assert.Contains(line, Assert.Single(without.Diagnostics("LR2VQ4114")).Text, StringComparison.Ordinal);

        BuildResult tuned = project.Build("-p:TrainingVersion=" + workshop.Version);
        if (tuned.Diagnostics("LR2VQ4101").Count > 0 && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("LR2VQ_TEST_CXX_RUNTIME")))
            Assert.Skip("libtorch cannot be loaded: " + tuned.Diagnostics("LR2VQ4101")[0].Text);
        string summary = Assert.Single(tuned.Succeeded().Summaries);
        Assert.Matches("tuned EndToEnd: (divergence|change) .* → ", summary);
        Assert.DoesNotContain("cache", summary);
        Assert.Equal("True", project.Run());
        string[] output = [.. Directory.EnumerateFiles(project.PathOf("bin"), "*", SearchOption.AllDirectories).Select(Path.GetFileName)!];
        Assert.DoesNotContain(output, file => s_strangers.Any(s => file.Contains(s, StringComparison.OrdinalIgnoreCase)));

        Directory.Delete(project.PathOf("obj", "Debug"), recursive: true);
        Assert.Contains("from the cache", Assert.Single(project.Build("-p:TrainingVersion=" + workshop.Version).Succeeded().Summaries));
    }
}
