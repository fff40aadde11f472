using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>Results never take the place of what they are made from, go only where there is a folder, and are sound JSON.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData("itself"), InlineData("link"), InlineData("hard link"), InlineData("other spelling"), InlineData("folder link")]
    public void NoCommandWritesOverItsInput(string how)
    {
        string model = _folder.Classifier(), artifact = _folder["small.lr2vq"];
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        foreach ((string input, string[] command) in ((string, string[])[])[(artifact, ["export", artifact]), (model, ["compress", model]), (model, ["plan", model]), (artifact, ["plan", artifact])])
        {
            byte[] before = File.ReadAllBytes(input);
            ToolRun run = ToolRunner.Run([.. command, "-o", Same(how, input)]);
            Assert.Equal(1, run.Code);
            Assert.Contains("LR2VQ3018", run.Error);
            Assert.Contains("would be lost", run.Error);
            Assert.Equal(before, File.ReadAllBytes(input));
        }
    }

    [Fact]
    public void ExternalDataAreInputsToo()
    {
        string model = _folder["external.onnx"], data = _folder["weights.bin"];
        new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 8).ExternalInitializer("w", ElementType.Float32, [8, 4], "weights.bin")
            .Node("MatMul", ["x", "w"], ["y"]).Output("y", ElementType.Float32, 1, 4).Write(model);
        File.WriteAllBytes(data, new byte[8 * 4 * sizeof(float)]);
        ToolRun run = ToolRunner.Run("compress", model, "-o", data);
        Assert.Equal(1, run.Code);
        Assert.Equal(8 * 4 * sizeof(float), new FileInfo(data).Length);
    }

    [Fact]
    public void FoldersThatDoNotExistAreSaidBeforeAnythingIsDone()
    {
        string model = _folder.Classifier();
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        foreach (string[] command in (string[][])[["compress", model, "-o", _folder["no/x.lr2vq"]], ["plan", model, "-o", _folder["no/x.txt"]], ["export", _folder["small.lr2vq"], "-o", _folder["no/x.onnx"]],
            ["compress", model, "-o", _folder.Path], ["run", _folder["small.lr2vq"], "--random", "1", "-o", _folder["no"]]])
        {
            ToolRun run = ToolRunner.Run(command);
            Assert.Equal((1, ""), (run.Code, run.Output));
            Assert.Contains("LR2VQ3018", run.Error);
            Assert.Equal(["small.lr2vq", "small.onnx"], _folder.Files);
        }
    }

    [Fact]
    public void InfiniteConstantsAreWrittenAsJson()
    {
        string model = _folder["infinite.onnx"];
        HostTensor lowest = HostTensor.Of([0f, float.NegativeInfinity, float.NaN, float.PositiveInfinity], 4);
        new OnnxBuilder(13).Input("x", ElementType.Float32, 4).Initializer("mask", lowest)
            .Node("Add", ["x", "mask"], ["y"]).Output("y", ElementType.Float32, 4).Write(model);
        ToolRun compress = ToolRunner.Run("compress", model, "--json");
        Assert.Equal(0, compress.Code);
        Assert.True(compress.Json().GetProperty("succeeded").GetBoolean());
        JsonElement inspect = ToolRunner.Run("inspect", _folder["infinite.lr2vq"], "--json").Json();
        Assert.Equal(0, inspect.GetProperty("relativeError").GetDouble());
        ToolRun run = ToolRunner.Run("run", _folder["infinite.lr2vq"], "--random", "1", "--json");
        Assert.Equal(0, run.Code);
        Assert.Equal("-Infinity", run.Json().GetProperty("outputs")[0].GetProperty("first")[1].GetString());
        Assert.Equal("NaN", run.Json().GetProperty("outputs")[0].GetProperty("first")[2].GetString());
    }

    [Fact]
    public void OneRelativeErrorIsToldEverywhere()
    {
        string model = _folder.Pointwise();
        double compressed = ToolRunner.Run("compress", model, "--json").Json().GetProperty("relativeError").GetDouble();
        JsonElement inspect = ToolRunner.Run("inspect", _folder["pointwise.lr2vq"], "--json").Json();
        Assert.Equal(compressed, inspect.GetProperty("relativeError").GetDouble(), compressed * 1e-3);
        Assert.True(compressed > 0);
        string line = ToolRunner.Run("compress", model).Output, shown = line.Split("relative error ")[1].Split(',')[0];
        Assert.Contains("relative error " + shown, ToolRunner.Run("inspect", _folder["pointwise.lr2vq"]).Output.Split('\n')[0]);
    }

    [Fact]
    public void AClosedPipeIsNoError()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("a shell of Unix is wanted");
        string model = _folder.Classifier(), tool = Path.Combine(AppContext.BaseDirectory, "lr2vq.dll");
        for (int i = 0; i < 3; i++)
        {
            ProcessStartInfo start = new("sh", ["-c", $"dotnet '{tool}' {(i == 0 ? $"plan '{model}'" : i == 1 ? "compress --help" : "plan missing.onnx 2>&1")} | true"]) { RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.Equal("", error);
        }
    }

    private string Same(string how, string file)
    {
        string other = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"));
        if (how == "link") File.CreateSymbolicLink(other, file);
        else if (how == "folder link")
        {
            Directory.CreateSymbolicLink(other, _folder.Path);
            other = Path.Combine(other, Path.GetFileName(file));
        }
        else if (how == "hard link")
        {
            if (OperatingSystem.IsWindows()) Assert.Skip("ln is a program of Unix");
            using Process ln = Process.Start("ln", [file, other])!;
            ln.WaitForExit();
        }
        else other = how == "itself" ? file : Path.Combine(Path.GetDirectoryName(file)!, ".", "x", "..", Path.GetFileName(file));
        return other;
    }
}
