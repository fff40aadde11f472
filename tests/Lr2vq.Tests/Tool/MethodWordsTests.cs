using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary>A method by its word: from the command line to the artifact, <c>inspect</c>, <c>run</c> and <c>export</c>. Oracle: ONNX Runtime on what is exported.</summary>
public sealed class MethodWordsTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Words, settings, and what <c>inspect</c> says.</summary>
    public static TheoryData<string, string[], string> Methods => new()
    {
        { "binary", [], "Binary" },
        { "svd", [], "LowRank" },
        { "svd", ["--d", "9", "--step", "0.1"], "LowRank" },
        { "svd", ["--target-ratio", "4", "--k", "512"], "LowRank" },
        { "qswd", [], "Sparse" },
        { "qswd", ["--k", "16", "--m", "7", "--d", "2", "--step", "0.3"], "Sparse" },
        { "qswd", ["--target-ratio", "4"], "Sparse" },
        { "pqf", ["--k", "16"], "Codebook" },
        { "binary", ["--k", "8", "--m", "36"], "Binary" },
    };

    [Theory, MemberData(nameof(Methods))]
    public void AMethodReachesTheArtifactAndComesOut(string word, string[] settings, string format)
    {
        string model = Model(), artifact = _folder["m.lr2vq"], exported = _folder["m.onnx"];
        Assert.Equal(0, ToolRunner.Run(["compress", model, "-o", artifact, "--method", word, .. settings]).Code);
        string rows = ToolRunner.Run("inspect", artifact, "--wide").Output;
        foreach (string weight in new[] { "conv", "turned", "fc" })
        {
            string row = rows.Split('\n').Single(line => line.TrimStart().StartsWith(weight + " ", StringComparison.Ordinal));
            Assert.Contains(format, row);
            // In the file an order of channels is nothing of its own.
            Assert.Contains(word == "pqf" ? "kmeans" : word, row);
        }
        Assert.Equal(0, ToolRunner.Run("export", artifact, "-o", exported).Code);
        HostTensor image = RandomTensor.Floats(9, 1, 3, 8, 8);
        image.WriteNpy(_folder["x.npy"]);
        Directory.CreateDirectory(_folder["y"]);
        ToolRun run = ToolRunner.Run("run", artifact, "--input", "image=" + _folder["x.npy"], "--output", _folder["y"]);
        Assert.True(run.Code == 0, run.Error);
        string file = Directory.EnumerateFiles(_folder.Path, "*.npy", SearchOption.AllDirectories).Single(f => Path.GetFileName(f) != "x.npy");
        double[] expected = OrtOracle.Run(exported, ("image", image))[0].ToDoubles(), found = HostTensor.ReadNpy(file).ToDoubles();
        double largest = expected.Max(Math.Abs);
        Assert.All(Enumerable.Range(0, expected.Length), i => Assert.Equal(expected[i], found[i], 1e-4 * largest));
    }

    [Theory, MemberData(nameof(Methods))]
    public void BytesDoNotDependOnThreads(string word, string[] settings, string format)
    {
        string model = Model();
        foreach (string threads in new[] { "1", "3" })
            Assert.Equal(0, ToolRunner.Run(["compress", model, "-o", _folder[threads + ".lr2vq"], "--method", word, "--threads", threads, .. settings]).Code);
        Assert.Equal(File.ReadAllBytes(_folder["1.lr2vq"]), File.ReadAllBytes(_folder["3.lr2vq"]));
        Assert.NotEmpty(format);
    }

    /// <summary>A stem, a 3×3 convolution, a transposed one and a product, all large enough to be compressed.</summary>
    private string Model()
    {
        new OnnxBuilder(13).Input("image", ElementType.Float32, 1, 3, 8, 8)
            .Initializer("stem", RandomTensor.Floats(4, 20, 3, 1, 1)).Initializer("conv", RandomTensor.Floats(5, 36, 20, 3, 3))
            .Initializer("turned", RandomTensor.Floats(6, 36, 18, 2, 2)).Initializer("fc", RandomTensor.Floats(7, 18, 130))
            .Node("Conv", ["image", "stem"], ["a"]).Node("Relu", ["a"], ["r"]).Node("Conv", ["r", "conv"], ["b"], ("pads", new[] { 1, 1, 1, 1 }))
            .Node("ConvTranspose", ["b", "turned"], ["t"], ("strides", new[] { 2, 2 })).Node("GlobalAveragePool", ["t"], ["p"]).Node("Flatten", ["p"], ["f"])
            .Node("MatMul", ["f", "fc"], ["y"]).Output("y", ElementType.Float32, 1, 130).Write(_folder["model.onnx"]);
        return _folder["model.onnx"];
    }
}
