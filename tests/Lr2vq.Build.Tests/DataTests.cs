using System;
using System.IO;
using System.Linq;
using StbImageWriteSharp;
using Xunit;

namespace Lr2vq.Build.Tests;

/// <summary>Calibration data, pre-processing and labels in a project.</summary>
public sealed class DataTests(Workshop workshop)
{
    [Fact]
    public void ClassesTakePicturesAndDataAreInputsOfTheBuild()
    {
        UserProject project = workshop.Project("pictures", $"""
            <OutputType>Exe</OutputType><TargetFramework>net8.0</TargetFramework><RootNamespace>Demo</RootNamespace><Lr2vqCacheDirectory>{workshop.NewCache()}</Lr2vqCacheDirectory>
            """, """$(Lr2vq)<Lr2vqModel Include="tiny.onnx" Preset="Fast" CalibrationData="input.1=data/**/*.png" Mean="0.5" Std="0.25, 0.25, 0.25" Labels="labels.txt" />""");
        project.Write("tiny.onnx", Networks.Small()).Write("labels.txt", string.Concat(Enumerable.Range(0, 10).Select(i => $"class \"{i}\"\n")));
        Directory.CreateDirectory(project.PathOf("data", "more"));
        for (int i = 0; i < 8; i++) Picture(project.PathOf("data", i < 4 ? "more" : "", $"{i}.png"), i);
        project.Write("Program.cs", """
            using System;
            using Demo;
            using Lr2vq;

            byte[] picture = new byte[40 * 30 * 3];
            new Random(1).NextBytes(picture);
            using Tiny model = Tiny.Create();
            ClassScore[] best = model.TopK(picture, 40, 30, 3);
            float[] logits = new float[10];
            model.Predict(picture, 40, 30, logits);
            bool same = best.Length == 3 && Array.IndexOf(logits, System.Linq.Enumerable.Max(logits)) == best[0].Index && best[0].Label == $"class \"{best[0].Index}\"";
            using Tiny.Session session = model.CreateSession();
            session.TopK(picture, 40, 30, best);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int count = session.TopK(picture, 40, 30, best);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Console.WriteLine($"{same} {count} {allocated}");
            """);
        Assert.DoesNotContain("cache", Assert.Single(project.Build().Succeeded().Summaries));
        Assert.Equal("True 3 0", project.Run("net8.0"));
        Assert.Equal(0, project.Build("--no-restore").Succeeded().Runs("CompressModels"));

        // An old file is new to the data.
        Picture(project.PathOf("data", "8.png"), 8);
        File.SetLastWriteTimeUtc(project.PathOf("data", "8.png"), DateTime.UtcNow.AddDays(-1));
        Assert.DoesNotContain("cache", Assert.Single(project.Build("--no-restore").Succeeded().Summaries));
        File.Delete(project.PathOf("data", "8.png"));
        Assert.Contains("from the cache", Assert.Single(project.Build("--no-restore").Succeeded().Summaries));

        project.Write("labels.txt", "one\ntwo\n");
        Assert.Contains(project.Build("--no-restore").Failed().Diagnostics("LR2VQ3021"), d => d.Text.Contains("2 labels", StringComparison.Ordinal));
    }

    private static void Picture(string path, int seed)
    {
        byte[] pixels = new byte[20 * 16 * 3];
        new Random(seed).NextBytes(pixels);
        using FileStream file = File.Create(path);
        new ImageWriter().WritePng(pixels, 20, 16, ColorComponents.RedGreenBlue, file);
    }
}
