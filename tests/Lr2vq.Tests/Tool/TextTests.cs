using System;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>What people read fits 80 columns.</summary>
public sealed class TextTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheToolAloneShowsItsHelp()
    {
        ToolRun run = ToolRunner.Run();
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("compress", run.Output);
        Assert.Equal(run.Output, ToolRunner.Run("--help").Output);
        Assert.Contains("trim", ToolRunner.Run("cache").Output);
        Assert.Equal(0, ToolRunner.Run("cache").Code);
    }

    [Theory]
    [InlineData("help"), InlineData("help-compress", "compress"), InlineData("help-inspect", "inspect"), InlineData("help-run", "run"), InlineData("help-compare", "compare"), InlineData("help-export", "export")]
    public void HelpIsAsRecorded(string name, params string[] command)
    {
        ToolRun run = ToolRunner.Run([.. command, "--help"]);
        Assert.Equal(0, run.Code);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        // The name of the program is that of the tests here.
        Lr2vq.Testing.Golden.Check("tool/" + name, run.Output.Replace(AppDomain.CurrentDomain.FriendlyName, "lr2vq", StringComparison.Ordinal));
    }

    [Fact]
    public void InspectFitsTheTerminal()
    {
        string model = _folder["long.onnx"], prefix = string.Concat(Enumerable.Repeat("encoder.layer.attention.", 6));
        new OnnxBuilder(13).Input("image", ElementType.Float32, 1, 3, 8, 8)
            .Initializer(prefix + "stem.weight", RandomTensor.Floats(4, 64, 3, 1, 1)).Initializer(prefix + "deep.weight", RandomTensor.Floats(5, 64, 64, 1, 1))
            .Initializer(prefix + "head.weight", RandomTensor.Floats(6, 16, 64, 1, 1))
            .Node("Conv", ["image", prefix + "stem.weight"], ["a"]).Node("Conv", ["a", prefix + "deep.weight"], ["b"]).Node("Conv", ["b", prefix + "head.weight"], ["y"])
            .Output("y", ElementType.Float32, 1, 16, 8, 8).Write(model);
        Assert.Equal(0, ToolRunner.Run("compress", model, "--method", "rvq", "--k", "16", "--threads", "1").Code);
        string artifact = ToolRunner.Run("inspect", _folder["long.lr2vq"]).Output, network = ToolRunner.Run("inspect", model).Output;
        Assert.All((artifact + network).Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Contains("encoder.l…", artifact);
        Assert.Contains("d.weight", artifact);
        Assert.Contains(prefix + "deep.weight", ToolRunner.Run("inspect", _folder["long.lr2vq"], "--wide").Output);
        // Sizes and errors are not what this is about.
        string masked = Regex.Replace(artifact.Replace(Compiler(), "VERSION", StringComparison.Ordinal), "[0-9]+\\.[0-9]+", number => new string('#', number.Length));
        Lr2vq.Testing.Golden.Check("tool/inspect-artifact", masked);
        Lr2vq.Testing.Golden.Check("tool/inspect-model", network);
    }

    private static string Compiler() => Lr2vq.Compression.ModelCompressor.ToolVersion;
}
