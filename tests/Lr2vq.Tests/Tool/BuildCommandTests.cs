using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Pipes;
using System.Linq;
using System.Threading;
using Lr2vq.Protocol;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class BuildCommandTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryModelOfARequestIsServed()
    {
        ToolModel good = Model(_folder.Classifier(), ("Preset", "Fast"));
        ToolModel bad = Model(_folder["missing.onnx"]);
        ToolModel refused = Model(_folder.Classifier("other.onnx"), ("Preset", "Huge"), ("K", "x"), ("Nonsense", "1"));
        (int code, List<ToolAnswer> answers) = Build(good, bad, refused);
        Assert.Equal(1, code);
        Assert.Equal([true, false, false], answers.Where(a => a.Kind == ToolAnswerKind.Done).Select(a => a.Succeeded));
        Assert.Equal(["LR2VQ3001", "LR2VQ3002", "LR2VQ3004"], answers.Where(a => a.Kind == ToolAnswerKind.Diagnostic && a.Model == 2).Select(a => a.Code).Order());
        ToolAnswer problem = Assert.Single(answers, a => a.Kind == ToolAnswerKind.Diagnostic && a.Model == 1);
        Assert.Equal(("error", _folder["missing.onnx"]), (problem.Severity, problem.File));
        Assert.True(File.Exists(good.ArtifactPath) && File.Exists(good.PlanPath));
        Assert.False(File.Exists(refused.ArtifactPath) || File.Exists(refused.PlanPath));
    }

    [Fact]
    public void SecondBuildTakesTheCacheAndTouchesNothing()
    {
        ToolModel model = Model(_folder.Classifier());
        ToolAnswer first = Done(Build(model)), second;
        DateTime old = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (string file in (string[])[model.PlanPath!, model.ArtifactPath!]) File.SetLastWriteTimeUtc(file, old);
        second = Done(Build(model));
        Assert.Equal((false, true), (first.FromCache, second.FromCache));
        Assert.Equal((first.OriginalBytes, first.ArtifactBytes, first.RelativeError), (second.OriginalBytes, second.ArtifactBytes, second.RelativeError));
        Assert.Equal((old, old), (File.GetLastWriteTimeUtc(model.PlanPath!), File.GetLastWriteTimeUtc(model.ArtifactPath!)));
    }

    [Fact]
    public void OtherOptionsAreAnotherArtifact()
    {
        string path = _folder.Classifier();
        Assert.False(Done(Build(Model(path))).FromCache);
        Assert.False(Done(Build(Model(path, ("Method", "int8")))).FromCache);
        Assert.True(Done(Build(Model(path, ("method", " INT8 ")))).FromCache);
        Assert.Equal("LR2VQ6102", Assert.Single(Build(r => r.RequireCache = true, Model(path, ("Seed", "7"))).Answers, a => a.Kind == ToolAnswerKind.Diagnostic).Code);
    }

    [Fact]
    public void FurtherInputsAreNamed()
    {
        string path = _folder.Classifier();
        File.WriteAllText(_folder["small.lr2vq.json"], """{ "tensors": { "fc": { "method": "fp16" } } }""");
        Assert.Equal([_folder["small.lr2vq.json"]], Done(Build(Model(path))).Inputs);
        File.WriteAllText(_folder["mine.json"], "{}");
        Assert.Equal([_folder["mine.json"]], Done(Build(r => r.ProjectDirectory = _folder.Path, Model(path, ("Config", "mine.json")))).Inputs);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ExternalDataAreInputs(bool uncompressed)
    {
        string path = _folder["external.onnx"];
        new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 8).ExternalInitializer("w", ElementType.Float32, [8, 4], "weights.bin")
            .Node("MatMul", ["x", "w"], ["y"]).Output("y", ElementType.Float32, 1, 4).Write(path);
        File.WriteAllBytes(_folder["weights.bin"], new byte[8 * 4 * sizeof(float)]);
        Assert.Equal([_folder["weights.bin"]], Done(Build(r => r.Uncompressed = uncompressed, Model(path))).Inputs);
    }

    [Fact]
    public void UncompressedBuildsCheckTheOptionsAllTheSame()
    {
        string path = _folder.Classifier();
        (int code, List<ToolAnswer> answers) = Build(r => r.Uncompressed = true, Model(path, ("Preset", "Tiny")));
        Assert.Equal(0, code);
        Assert.Equal(0, Done((code, answers)).RelativeError);
        Assert.Equal(1, Build(r => r.Uncompressed = true, Model(path, ("Preset", "Huge"))).Code);
    }

    [Fact]
    public void PlanAloneNeedsNoArtifact()
    {
        ToolModel model = new(_folder.Classifier()) { PlanPath = _folder["p.txt"] };
        Assert.True(Done(Build(model)).Succeeded);
        Assert.StartsWith("lr2vq-plan 1\n", File.ReadAllText(model.PlanPath));
    }

    [Fact]
    public void ClosedInputCancels()
    {
        ToolModel model = Model(_folder.Classifier());
        using AnonymousPipeServerStream open = new(PipeDirection.Out);
        using AnonymousPipeClientStream input = new(PipeDirection.In, open.ClientSafePipeHandle);
        string request = Request(_ => { }, model);
        using FileStream held = HoldEveryLock(request);
        Timer timer = new(_ => open.Dispose(), null, 200, Timeout.Infinite);
        ToolRun run = ToolRunner.Run(CancellationToken.None, input, "build", "@" + request);
        timer.Dispose();
        Assert.Equal(3, run.Code);
        Assert.False(File.Exists(model.ArtifactPath));
    }

    [Fact]
    public void RealProcessServesABuild()
    {
        ToolModel model = Model(_folder.Classifier());
        ToolRun run = ToolRunner.RunProcess("build", "@" + Request(_ => { }, model));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.True(ToolAnswer.TryParse(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!.Succeeded);
        Assert.True(File.Exists(model.ArtifactPath));
    }

    private ToolModel Model(string path, params (string Name, string Value)[] options)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        ToolModel model = new(path) { PlanPath = _folder[$"obj/{name}.plan.txt"], ArtifactPath = _folder[$"obj/{name}.lr2vq"] };
        foreach ((string key, string value) in options) model.Options[key] = value;
        return model;
    }

    /// <summary>Compresses once, so that the lock's name is known, and takes the lock.</summary>
    private FileStream HoldEveryLock(string request)
    {
        Assert.Equal(0, ToolRunner.Run("build", "@" + request).Code);
        File.Delete(_folder["obj/small.lr2vq"]);
        string lockFile = Directory.GetFiles(_folder["cache"], "*.lock").Single();
        return new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private string Request(Action<ToolRequest> change, params ToolModel[] models)
    {
        ToolRequest request = new() { CacheDirectory = _folder["cache"] };
        request.Models.AddRange(models);
        change(request);
        File.WriteAllText(_folder["request.json"], request.ToJson());
        return _folder["request.json"];
    }

    private (int Code, List<ToolAnswer> Answers) Build(params ToolModel[] models) => Build(_ => { }, models);

    private (int Code, List<ToolAnswer> Answers) Build(Action<ToolRequest> change, params ToolModel[] models)
    {
        ToolRun run = ToolRunner.Run("build", "@" + Request(change, models));
        Assert.Equal("", run.Error);
        return (run.Code, [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ToolAnswer.TryParse(line)!)]);
    }

    private static ToolAnswer Done((int Code, List<ToolAnswer> Answers) run) => Assert.Single(run.Answers, a => a.Kind == ToolAnswerKind.Done);
}
