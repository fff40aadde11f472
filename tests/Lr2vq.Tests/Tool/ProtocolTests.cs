using System;
using System.Text.Json;
using Lr2vq.Protocol;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class ProtocolTests
{
    [Fact]
    public void RequestComesBack()
    {
        ToolRequest request = new() { CacheDirectory = "c:\\ü \"x\"", CacheSize = 10L << 30, Threads = 2, RequireCache = true, RemoteCacheReadOnly = true, ProjectDirectory = "/p", Uncompressed = true };
        ToolModel model = new("/a b/mödel.onnx") { PlanPath = "p", ArtifactPath = null, Title = "m" };
        model.Options["TargetRatio"] = "6";
        model.Options["Rename"] = "input.1=image;495=logits\n";
        request.Models.Add(model);

        string json = request.ToJson();
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal("6", document.RootElement.GetProperty("models")[0].GetProperty("options").GetProperty("TargetRatio").GetString());

        ToolRequest read = ToolRequest.FromJson(json);
        Assert.Equal((request.CacheDirectory, request.CacheSize, 2, true), (read.CacheDirectory, read.CacheSize, read.Threads, read.RequireCache));
        Assert.Equal(("/p", true, true), (read.ProjectDirectory, read.Uncompressed, read.RemoteCacheReadOnly));
        ToolModel readModel = Assert.Single(read.Models);
        Assert.Equal((model.Path, model.PlanPath, null, model.Title), (readModel.Path, readModel.PlanPath, readModel.ArtifactPath, readModel.Title));
        Assert.Equal(model.Options, readModel.Options);
    }

    [Fact]
    public void AnswersComeBack()
    {
        ToolAnswer diagnostic = new(ToolAnswerKind.Diagnostic, 3) { Severity = "error", Code = "LR2VQ2001", Text = "line\nbreak and ünïcode 🙂", File = "a.onnx", Tensor = "w" };
        ToolAnswer read = ToolAnswer.TryParse(diagnostic.ToJson())!;
        Assert.Equal((diagnostic.Kind, 3, diagnostic.Severity, diagnostic.Code, diagnostic.Text, diagnostic.File, null, diagnostic.Tensor),
            (read.Kind, read.Model, read.Severity, read.Code, read.Text, read.File, read.Node, read.Tensor));
        Assert.DoesNotContain('\n', diagnostic.ToJson());
        ToolAnswer done = ToolAnswer.TryParse(new ToolAnswer(ToolAnswerKind.Done, 0) { Succeeded = true, FromCache = true, OriginalBytes = long.MaxValue >> 12, RelativeError = 1e-3, Inputs = ["/a b"] }.ToJson())!;
        Assert.Equal((true, true, long.MaxValue >> 12, 1e-3), (done.Succeeded, done.FromCache, done.OriginalBytes, done.RelativeError));
        Assert.Equal(["/a b"], done.Inputs);
    }

    [Theory]
    [InlineData(""), InlineData("{"), InlineData("plain text"), InlineData("{\"type\":\"other\"}"), InlineData("[1,2]"), InlineData("{\"type\":\"done\""), InlineData("{\"a\":\"\\u12\"}"), InlineData("{\"a\":1,}")]
    public void OtherLinesAreNoAnswers(string line) => Assert.Null(ToolAnswer.TryParse(line));

    [Fact]
    public void TimeLeftFollowsWhatIsDoneOfLate()
    {
        TimeLeft left = new();
        string At(double seconds, double fraction) => left.At(TimeSpan.FromSeconds(seconds), fraction);
        Assert.Equal("", At(0, 0));
        // Quick at first, which says nothing of what comes.
        Assert.Equal("", At(2, 0.4));
        Assert.Equal("", At(4, 0.42));
        Assert.Equal(", about 50 s left", At(10, 0.48));
        for (int i = 1; i < 10; i++) At(10 + i, 0.48 + 0.01 * i);
        Assert.Equal(", about 40 s left", At(20, 0.58));
        // More than was thought.
        Assert.Equal("", At(21, 0.3));
        Assert.Equal("", At(25, 0.31));
        Assert.Equal(", about 9 min left", At(41, 0.33));
        // No end in sight.
        for (int i = 42; i < 80; i++) At(i, 0.33);
        Assert.Equal("", At(80, 0.33));
        Assert.Equal("", At(200, 1));
    }

    [Fact]
    public void DeepNestingIsRefused() => Assert.Throws<FormatException>(() => Json.Parse(new string('[', 100_000)));
}
