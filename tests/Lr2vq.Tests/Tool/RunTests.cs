using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Data;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

/// <summary><c>lr2vq run</c>: pictures of every size, largest classes, times.</summary>
public sealed class RunTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PicturesAreScaledToTheInput()
    {
        string model = Copies(2, 3);
        float[] Scaled(string picture, params string[] options) => Values(model, picture, ["--range", "0,1", .. options]);
        // A column of black, one of white: stretched to three columns the middle one is grey; cut to the right proportion, 3 x 2 keeps both.
        PictureWriter.WritePng(_folder["x.png"], new PixelImage(2, 2, 1, [0, 255, 0, 255]));
        Assert.Equal([0f, 0.5f, 1f, 0f, 0.5f, 1f], Scaled("x.png"), (a, b) => Math.Abs(a - b) < 3e-3);
        // Smaller: the average of what lies under the filter, here of one value.
        PictureWriter.WritePng(_folder["grey.png"], new PixelImage(40, 30, 1, Enumerable.Repeat((byte)51, 1200).ToArray()));
        Assert.All(Scaled("grey.png"), v => Assert.Equal(0.2f, v, 5));
        PictureWriter.WriteJpeg(_folder["grey.jpg"], new PixelImage(40, 30, 1, Enumerable.Repeat((byte)51, 1200).ToArray()), 95);
        Assert.All(Scaled("grey.jpg"), v => Assert.Equal(0.2f, v, 2));
        // What stands over on both sides is cut: only the middle third of a wide picture stays.
        byte[] wide = [.. Enumerable.Range(0, 2 * 9).Select(i => (byte)(i % 9 is >= 3 and < 6 ? 255 : 0))];
        PictureWriter.WritePng(_folder["wide.png"], new PixelImage(9, 2, 1, wide));
        Assert.All(Scaled("wide.png", "--fit", "crop"), v => Assert.Equal(1f, v));
        Assert.Contains(Scaled("wide.png"), v => v < 0.5f);
    }

    /// <summary>What was declared when the model was compressed holds; an option given again stands above it.</summary>
    [Fact]
    public void PicturesAreTakenAsTheArtifactDeclares()
    {
        string model = Copies(2, 3), artifact = _folder["copy.lr2vq"];
        Assert.Equal(0, ToolRunner.Run("compress", model, "--mean", "0.5", "--std", "0.25", "--fit", "exact").Code);
        PictureWriter.WritePng(_folder["x.png"], new PixelImage(3, 2, 1, [0, 51, 102, 153, 204, 255]));
        Assert.Equal([-2f, -1.2f, -0.4f, 0.4f, 1.2f, 2f], Values(artifact, "x.png"), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal([-5f, -1f, 3f, 7f, 11f, 15f], Values(artifact, "x.png", "--range", "0,5", "--mean", "1.25"), (a, b) => Math.Abs(a - b) < 1e-5);
        PictureWriter.WritePng(_folder["large.png"], new PixelImage(6, 4, 1, new byte[24]));
        Assert.Contains("6 x 4 pixels, the input wants 3 x 2", ToolRunner.Run("run", artifact, "-i", _folder["large.png"]).Error);
        Assert.All(Values(artifact, "large.png", "--resize", "3"), v => Assert.Equal(-2f, v));
        // The original declares nothing, so the artifact's word holds for both.
        ToolRun compared = ToolRunner.Run("compare", model, artifact, "--data", _folder["x.png"], "--max-error", "1e-9");
        Assert.True(compared.Code == 0, compared.Error);
    }

    /// <summary>Answers to pictures that go in as nobody said look like any others.</summary>
    [Theory]
    [InlineData("run", "-i"), InlineData("compare", "--data"), InlineData("report", "--data")]
    public void PicturesThatNothingSaysAnythingOfAreWarnedOf(string command, string option)
    {
        string model = Copies(2, 3), artifact = _folder["copy.lr2vq"], picture = Directory.CreateDirectory(_folder["pictures"]).FullName;
        PictureWriter.WritePng(Path.Combine(picture, "x.png"), new PixelImage(3, 2, 1, [0, 51, 102, 153, 204, 255]));
        if (command == "run") picture = Path.Combine(picture, "x.png");
        ToolRun Run(params string[] more) => ToolRunner.Run([command, artifact, .. command == "compare" ? (string[])[model] : [], option, picture, .. command == "report" ? (string[])["--model", model] : [], .. more]);
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        ToolRun silent = Run(), said = Run("--range", "0,1");
        Assert.Equal((0, 0), (silent.Code, said.Code));
        Assert.Contains("LR2VQ3208", silent.Error, StringComparison.Ordinal);
        Assert.Contains("such as --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225; --range 0,1 says", string.Join(' ', silent.Error.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("LR2VQ3208", said.Error, StringComparison.Ordinal);
        // What is warned of is what the range says.
        if (command == "run")
        {
            float[] expected = Values(model, "pictures/x.png", "--range", "0,1");
            File.Delete(_folder["y.npy"]);
            Assert.Equal(0, Run("-o", _folder.Path).Code);
            Assert.Equal(expected, Output());
        }
        Assert.Equal(0, ToolRunner.Run("compress", model, "--mean", "0.5").Code);
        Assert.DoesNotContain("LR2VQ3208", Run().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsOfDataThatDoNotSuitAreSaid()
    {
        string model = Copies(2, 3), small = _folder.Classifier();
        File.WriteAllText(_folder["labels.txt"], "ant\nbee\n");
        Directory.CreateDirectory(_folder["data"]);
        for (int i = 0; i < 8; i++) PictureWriter.WritePng(_folder[$"data/{i}.png"], new PixelImage(8, 8, 1, new byte[64]));
        foreach ((int code, string says, string[] args) in ((int, string, string[])[])
        [
            (1, "LR2VQ3212", [model, "--mean", "1,2,3"]),
            (1, "smaller than the input", [small, "--resize", "7"]),
            (2, "LR2VQ3211", [small, "--resize", "9", "--fit", "stretch"]),
            (2, "LR2VQ3021", [small, "--labels", _folder["labels.txt"]]),
            (0, "LR2VQ3016", [model, "--labels", _folder["labels.txt"]]),
            (2, "LR2VQ3209", [small, "--calibration-labels", "x.csv"]),
            (0, "--calibration-data has no effect: this preset", [small, "--preset", "Fast", "--calibration-data", _folder["data"], "--range", "0,1"]),
            (0, "--calibration-labels has no effect", [small, "--preset", "Fast", "--calibration-data", _folder["data"], "--calibration-labels", "folders", "--range", "0,1"]),
            (0, "LR2VQ3208", [small, "--preset", "Fast", "--calibration-data", _folder["data"]]),
            (0, "--layout has no effect: no input takes a picture", [small, "--layout", "nhwc"]),
        ])
        {
            ToolRun run = ToolRunner.Run(["compress", .. args]);
            Assert.True(run.Code == code, run.Error);
            Assert.Contains(says, run.Error);
        }
    }

    [Fact]
    public void LargestClassesAreShownWithLabelsAndShares()
    {
        string model = _folder["logits.onnx"];
        new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 4).Node("Identity", ["x"], ["y"]).Node("Softmax", ["x"], ["p"], ("axis", 1))
            .Output("y", ElementType.Float32, 1, 4).Output("p", ElementType.Float32, 1, 4).Write(model);
        HostTensor.Of([0f, 2f, 1f, -1f], 1, 4).WriteNpy(_folder["x.npy"]);
        File.WriteAllText(_folder["labels.txt"], "ant\nbee\ncat\n\u001b[2Jdog\n");
        JsonElement run = ToolRunner.Run("run", model, "-i", _folder["x.npy"], "--top", "2", "--labels", _folder["labels.txt"], "--json").Json();
        double sum = Math.Exp(0) + Math.Exp(2) + Math.Exp(1) + Math.Exp(-1);
        foreach ((int output, bool isDistribution) in ((int, bool)[])[(0, false), (1, true)])
        {
            JsonElement row = run.GetProperty("outputs")[output].GetProperty("top")[0];
            Assert.Equal(isDistribution, row.GetProperty("isDistribution").GetBoolean());
            JsonElement[] largest = [.. row.GetProperty("largest").EnumerateArray()];
            Assert.Equal(["bee", "cat"], largest.Select(l => l.GetProperty("label").GetString()));
            Assert.Equal(Math.Exp(2) / sum, largest[0].GetProperty("share").GetDouble(), 5);
        }
        string text = ToolRunner.Run("run", model, "-i", _folder["x.npy"], "--labels", _folder["labels.txt"]).Output;
        Assert.Contains("its softmax", text);
        Assert.Contains("a distribution already", text);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80, line));

        File.WriteAllText(_folder["few.txt"], "ant\nbee\n");
        ToolRun few = ToolRunner.Run("run", model, "-i", _folder["x.npy"], "--labels", _folder["few.txt"]);
        Assert.Equal(1, few.Code);
        Assert.Contains("LR2VQ3021", few.Error);
        Assert.Contains("has 2 labels", few.Error);
    }

    [Fact]
    public void WhatIsNotUsedIsSaid()
    {
        string model = Copies(2, 3);
        HostTensor.Of(new float[6], 1, 1, 2, 3).WriteNpy(_folder["x.npy"]);
        ToolRun run = ToolRunner.Run("run", model, "-i", _folder["x.npy"], "--mean", "0.5", "--top", "5");
        Assert.Equal(0, run.Code);
        Assert.Contains("--mean has no effect: no input is a picture", run.Error);
        Assert.Contains("--top has no effect: no output has the shape [N, classes]", run.Error);
        ToolRun shape = ToolRunner.Run("run", model, "-i", _folder["x.npy"], "--shape", "x=1,1,3,2");
        Assert.Contains("--shape says [1,1,3,2]", shape.Error);
    }

    [Fact]
    public void TheFirstCallIsToldApart()
    {
        string model = Copies(2, 3);
        JsonElement json = ToolRunner.Run("run", model, "--random", "1", "--repeat", "3", "--json").Json();
        Assert.Equal(4, json.GetProperty("calls").GetInt32());
        // Copying six numbers takes less than what is printed of a millisecond.
        double first = json.GetProperty("firstMs").GetDouble();
        Assert.True(first > 0);
        Assert.InRange(json.GetProperty("runMs").GetDouble(), 0, first);
        Assert.Contains("of the first call were the JIT compiler's", ToolRunner.Run("run", model, "--random", "1").Output);
        Assert.Equal(2, ToolRunner.Run("run", model, "--random", "1", "--repeat", "-1").Code);
    }

    /// <summary>A network that gives out the picture it gets.</summary>
    private string Copies(int height, int width)
    {
        string model = _folder["copy.onnx"];
        new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 1, height, width).Node("Identity", ["x"], ["y"]).Output("y", ElementType.Float32, 1, 1, height, width).Write(model);
        return model;
    }

    private float[] Values(string model, string picture, params string[] options)
    {
        ToolRun run = ToolRunner.Run(["run", model, "-i", _folder[picture], "-o", _folder.Path, .. options]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return Output();
    }

    private float[] Output() => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(NpyFile.Read(_folder["y.npy"]).Bytes).ToArray();
}
