using System.IO;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Caching;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Caching;

/// <summary>Who can write to a cache can make an artifact and its report fit each other; what is served is of the model all the same.</summary>
public sealed class ForeignEntryTests
{
    [Fact]
    public void AnArtifactOfAnotherModelIsNotServed()
    {
        using ToolFolder folder = new();
        string model = folder.Classifier("a.onnx"), cache = folder["cache"];
        Compress(model, cache, folder["a.lr2vq"]);
        string key = Entries(cache).Single();
        byte[] own = File.ReadAllBytes(folder["a.lr2vq"]);
        Compress(folder.Pointwise("b.onnx"), cache, folder["b.lr2vq"]);
        string other = Entries(cache).Single(entry => entry != key);
        foreach (string extension in (string[])[".lr2vq", ".json"]) File.Copy(Path.Combine(cache, other + extension), Path.Combine(cache, key + extension), overwrite: true);
        ToolRun again = Compress(model, cache, folder["a.lr2vq"]);
        Assert.Contains("LR2VQ6103", again.Output + again.Error);
        Assert.Contains("another model", again.Output + again.Error);
        Assert.Equal(own, File.ReadAllBytes(folder["a.lr2vq"]));
    }

    [Fact]
    public void AnEditedPlanIsNotServed()
    {
        using ToolFolder folder = new();
        string model = folder.Classifier("a.onnx"), cache = folder["cache"];
        Compress(model, cache, folder["a.lr2vq"]);
        byte[] own = File.ReadAllBytes(folder["a.lr2vq"]);
        string artifact = Path.Combine(cache, Entries(cache).Single() + ".lr2vq"), report = Path.ChangeExtension(artifact, ".json");
        (ArtifactMeta meta, string plan) = Read(artifact);
        ArtifactWriter.Write(artifact, meta, plan.Replace("act=relu", "act=sigmoid"), []);
        File.WriteAllBytes(report, (CacheReport.TryParse(File.ReadAllBytes(report))! with { Sha256 = CacheKey.HashFiles([artifact]) }).ToJson());
        ToolRun again = Compress(model, cache, folder["a.lr2vq"]);
        Assert.Contains("its Plan is not the model's", again.Output + again.Error);
        Assert.Equal(own, File.ReadAllBytes(folder["a.lr2vq"]));
        // What was made again is sound, and served.
        again = Compress(model, cache, folder["c.lr2vq"]);
        Assert.DoesNotContain("LR2VQ6103", again.Output + again.Error);
        Assert.Equal(own, File.ReadAllBytes(folder["c.lr2vq"]));
    }

    private static (ArtifactMeta Meta, string Plan) Read(string path)
    {
        using ArtifactReader reader = ArtifactReader.Open(ArtifactMemory.Map(path));
        return (reader.Meta, reader.PlanText);
    }

    private static ToolRun Compress(string model, string cache, string output)
    {
        ToolRun run = ToolRunner.Run("compress", model, "-o", output, "--cache-directory", cache);
        Assert.Equal(0, run.Code);
        return run;
    }

    private static string[] Entries(string cache) => [.. Directory.GetFiles(cache, "*.lr2vq").Select(file => Path.GetFileNameWithoutExtension(file))];
}
