using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Data;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary><c>lr2vq compare A B</c>: figures in closed form, data of every kind, refusals.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FiguresAreThoseOfTheDefinition()
    {
        string a = Scaled("a.onnx", 1, 1, 1), b = Scaled("b.onnx", 1, 1.5f, -1);
        HostTensor.Of([1f, 2f, 3f], 1, 3).WriteNpy(_folder["x.npy"]);
        JsonElement output = ToolRunner.Run("compare", a, b, "--data", _folder["x.npy"], "--json").Json().GetProperty("outputs")[0];
        // 1 2 3 against 1 3 −3.
        Assert.Equal(6, output.GetProperty("largestDifference").GetDouble());
        Assert.Equal((1 + 36) / 14.0, output.GetProperty("relativeError").GetDouble(), 6);
        Assert.Equal(0, output.GetProperty("agreement").GetDouble());
        Assert.Equal(0, ToolRunner.Run("compare", a, a, "--json").Json().GetProperty("outputs")[0].GetProperty("relativeError").GetDouble());
        Assert.Equal(1, ToolRunner.Run("compare", a, b, "--max-error", "0.1").Code);
        Assert.Equal(0, ToolRunner.Run("compare", a, a, "--max-error", "0.1").Code);

        // Infinities that both have are equal; one that only one has is counted.
        HostTensor.Of([float.PositiveInfinity, 2f, float.NaN], 1, 3).WriteNpy(_folder["x.npy"]);
        output = ToolRunner.Run("compare", a, Scaled("c.onnx", 1, float.PositiveInfinity, 1), "--data", _folder["x.npy"], "--json").Json().GetProperty("outputs")[0];
        Assert.Equal((1, 0.0), (output.GetProperty("unlike").GetInt32(), output.GetProperty("largestDifference").GetDouble()));
    }

    [Fact]
    public void AModelItsArtifactAndItsExportAreCompared()
    {
        string model = _folder.Classifier();
        Assert.Equal(0, ToolRunner.Run("compress", model, "--preset", "Lossless").Code);
        Assert.Equal(0, ToolRunner.Run("export", _folder["small.lr2vq"], "-o", _folder["dense.onnx"]).Code);
        ToolRun run = ToolRunner.Run("compare", model, _folder["small.lr2vq"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Matches("logits +1x10 +0 +0 +100 % of 8", run.Output);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80 || line.Contains(_folder.Path, StringComparison.Ordinal), line));
        JsonElement json = ToolRunner.Run("compare", _folder["small.lr2vq"], _folder["dense.onnx"], "--samples", "3", "--dimensions", "N=2", "--json").Json();
        JsonElement output = json.GetProperty("outputs")[0];
        Assert.Equal((3, 2, 6), (json.GetProperty("samples").GetInt32(), output.GetProperty("shape")[0].GetInt32(), output.GetProperty("rows").GetInt32()));
        Assert.True(output.GetProperty("relativeError").GetDouble() < 1e-9);
        Assert.Equal(ToolRunner.Run("compare", model, _folder["dense.onnx"], "--seed", "7").Output, ToolRunner.Run("compare", model, _folder["dense.onnx"], "--seed", "7").Output);
    }

    [Fact]
    public void FoldersAreSamples()
    {
        string model = _folder.Classifier(), data = Directory.CreateDirectory(_folder["data"]).FullName;
        for (int i = 0; i < 3; i++) PictureWriter.WritePng(Path.Combine(data, $"{i}.png"), new PixelImage(20, 10, 3, [.. Enumerable.Range(0, 600).Select(v => (byte)(v * (i + 1)))]));
        RandomTensor.Floats(3, 1, 3, 8, 8).WriteNpy(Path.Combine(data, "3.npy"));
        File.WriteAllText(Path.Combine(data, "notes.txt"), "");
        ToolRun run = ToolRunner.Run("compare", model, model, "--data", "image=" + data, "--mean", "0.5", "--fit", "crop");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("4 samples", run.Output);
        Assert.Contains("of 4", run.Output);
        Assert.Contains("1 other files left out", ToolRunner.Run("compare", model, model, "--data", data, "--json").Json().GetProperty("data").GetString());
        ToolRun empty = ToolRunner.Run("compare", model, model, "--data", Directory.CreateDirectory(_folder["empty"]).FullName);
        Assert.Equal(1, empty.Code);
        Assert.Contains("no .npy array and no picture", empty.Error);
    }

    [Fact]
    public void NetworksWithOtherInputsAreRefused()
    {
        string model = _folder.Classifier(), pointwise = _folder.Pointwise();
        ToolRun run = ToolRunner.Run("compare", model, pointwise);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("LR2VQ3022", run.Error);
        Assert.Contains("the output 'logits' is in small.onnx only", run.Error);
        string other = _folder["other.onnx"];
        new OnnxBuilder(13).Input("picture", ElementType.Float32, "N", 3, 9, 9).Node("Identity", ["picture"], ["logits"]).Output("logits", ElementType.Float32, "N", 3, 9, 9).Write(other);
        Assert.Contains("the input 'image' is in small.onnx only", ToolRunner.Run("compare", model, other).Error);
        Assert.Equal(2, ToolRunner.Run("compare", model, model, "--data", "imag=x.npy").Code);
        Assert.Equal(1, ToolRunner.Run("compare", model, _folder["missing.onnx"]).Code);
    }

    /// <summary>y = x · factors.</summary>
    private string Scaled(string name, params float[] factors)
    {
        new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 3).Initializer("f", HostTensor.Of(factors, 3)).Node("Mul", ["x", "f"], ["y"])
            .Output("y", ElementType.Float32, 1, 3).Write(_folder[name]);
        return _folder[name];
    }
}
