using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Lr2vq.Data;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Tool;

public sealed class CommandLineTests : IDisposable
{
    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void CompressWritesAnArtifactAndSaysHowLarge()
    {
        string model = _folder.Classifier();
        ToolRun run = ToolRunner.Run("compress", model, "-o", _folder["out.lr2vq"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.StartsWith("small.onnx: ", run.Output);
        Assert.Equal(["out.lr2vq", "small.onnx"], _folder.Files);

        JsonElement json = ToolRunner.Run("compress", model, "--preset", "fast", "--json").Json();
        Assert.True(json.GetProperty("succeeded").GetBoolean());
        Assert.Equal(new FileInfo(_folder["small.lr2vq"]).Length, json.GetProperty("artifactBytes").GetInt64());
        Assert.Equal(new FileInfo(model).Length, json.GetProperty("originalBytes").GetInt64());
        Assert.Contains(json.GetProperty("tensors").EnumerateArray(), t => t.GetProperty("name").GetString() == "w");
    }

    [Fact]
    public void SameModelGivesTheSameBytes()
    {
        string model = _folder.Classifier();
        ToolRunner.Run("compress", model, "-o", _folder["a.lr2vq"], "--threads", "1");
        ToolRunner.Run("compress", model, "-o", _folder["b.lr2vq"], "--threads", "2");
        Assert.Equal(File.ReadAllBytes(_folder["a.lr2vq"]), File.ReadAllBytes(_folder["b.lr2vq"]));
    }

    [Fact]
    public void ARenamedCopyGivesTheSameBytes()
    {
        string model = _folder.Classifier();
        File.Copy(model, _folder["other name.onnx"]);
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        Assert.Equal(0, ToolRunner.Run("compress", _folder["other name.onnx"]).Code);
        Assert.Equal(File.ReadAllBytes(_folder["small.lr2vq"]), File.ReadAllBytes(_folder["other name.lr2vq"]));
    }

    [Fact]
    public void PlanIsTheSameOfModelAndArtifact()
    {
        string model = _folder.Classifier();
        Assert.Equal(0, ToolRunner.Run("compress", model).Code);
        string plan = ToolRunner.Run("plan", model).Output;
        Assert.Equal(plan, ToolRunner.Run("plan", _folder["small.lr2vq"]).Output);
        Assert.Equal("test", PlanText.Parse(plan).ModelName);

        ToolRunner.Run("plan", model, "-o", _folder["plan.txt"], "--dimensions", "N=4");
        Assert.Contains("[4,3,8,8]", File.ReadAllText(_folder["plan.txt"]));
    }

    [Fact]
    public void InterfaceHoldsTheOptionsOfTheClass()
    {
        string text = ToolRunner.Run("plan", _folder.Classifier(), "--interface", "--class-name", "Reader", "--namespace", "Shop.Vision", "--access", "internal").Output;
        PlanInterface content = PlanText.ParseInterface(text);
        Assert.Equal(("Reader", "Shop.Vision", "internal"), (content.Option("class"), content.Option("namespace"), content.Option("access")));
    }

    [Fact]
    public void InspectTellsEveryTensor()
    {
        string model = _folder.Classifier();
        ToolRunner.Run("compress", model, "--method", "int8");
        ToolRun text = ToolRunner.Run("inspect", _folder["small.lr2vq"]);
        Assert.Contains("image Float32 [N,3,8,8]", text.Output);
        Assert.Contains("16x3x3x3", text.Output);
        JsonElement json = ToolRunner.Run("inspect", _folder["small.lr2vq"], "--json").Json();
        Assert.Equal(["b", "fc", "w"], json.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("name").GetString()!).Order());
        Assert.Equal("int8", json.GetProperty("options").GetProperty("method").GetString());
        JsonElement one = ToolRunner.Run("inspect", _folder["small.lr2vq"], "--json", "--weight", "f*").Json();
        Assert.Equal("fc", Assert.Single(one.GetProperty("tensors").EnumerateArray()).GetProperty("name").GetString());
        Assert.Contains("Conv", ToolRunner.Run("inspect", model).Output);
    }

    [Fact]
    public void InspectHasAColumnForEveryParameter()
    {
        string model = _folder.Pointwise();
        string[] Row(params string[] options)
        {
            Assert.Equal(0, ToolRunner.Run(["compress", model, "-o", _folder["x.lr2vq"], "--form", "direct", .. options]).Code);
            string[] lines = ToolRunner.Run("inspect", _folder["x.lr2vq"], "--wide").Output.Split('\n');
            Assert.Equal(["tensor", "shape", "format", "method", "slicing", "form", "k", "m", "d", "bits", "step", "bytes", "ratio", "error"],
                lines.Single(l => l.StartsWith("tensor ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            return lines.Single(l => l.StartsWith("deep ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        JsonElement Json() => ToolRunner.Run("inspect", _folder["x.lr2vq"], "--json", "--weight", "deep").Json().GetProperty("tensors")[0];

        Assert.Equal(["deep", "64x64x1x1", "LowRankCodebook", "lr2vq", "ic", "direct", "32", "8", "3", "5", "-"],
            Row("--method", "lr2vq", "--slicing", "ic", "--k", "32", "--m", "8", "--d", "3")[..11]);
        JsonElement json = Json();
        Assert.Equal(("lr2vq", "ic", 32, 8, 3, 5), (json.GetProperty("method").GetString(), json.GetProperty("slicing").GetString(), json.GetProperty("k").GetInt32(),
            json.GetProperty("m").GetInt32(), json.GetProperty("d").GetInt32(), json.GetProperty("bits").GetInt32()));
        Assert.False(json.TryGetProperty("step", out _));
        Assert.True(json.GetProperty("bytes").GetInt64() > 0 && json.GetProperty("ratio").GetDouble() > 1 && json.GetProperty("relativeError").GetDouble() > 0);

        Assert.Equal(["Codebook", "kmeans", "ic", "direct", "32", "8", "8", "5", "-"], Row("--method", "lr2vq", "--slicing", "ic", "--k", "32", "--m", "8", "--d", "m")[2..11]);
        Assert.Equal(["Residual", "rvq", "ic", "direct", "32+32", "4", "4", "10", "-"], Row("--method", "rvq", "--k", "32")[2..11]);
        Assert.Equal(2, Json().GetProperty("stages").GetInt32());
        Assert.Equal(["Scalar", "uniform", "-", "direct", "-", "-", "-", "4", "-"], Row("--method", "uniform", "--k", "16")[2..11]);
        Assert.True(Json().GetProperty("group").GetInt32() > 0);
        Assert.Equal(["Scalar", "kmeans", "-", "direct", "16", "-", "-", "4", "-"], Row("--method", "kmeans", "--k", "16")[2..11]);
        Assert.Equal(["Transform", "ecsq", "-", "direct", "-", "-", "-", "-", "0.25"], Row("--method", "ecsq", "--step", "0.25")[2..11]);
        Assert.Equal(0.25, Json().GetProperty("step").GetDouble());
        Assert.Equal(["Dense", "fp16", "-", "direct", "-", "-", "-", "16", "-"], Row("--method", "fp16")[2..11]);
    }

    [Fact]
    public void RunComputesWhatTheOracleComputes()
    {
        string model = _folder.Classifier();
        ToolRunner.Run("compress", model, "--method", "fp32");
        HostTensor image = RandomTensor.Floats(9, 2, 3, 8, 8);
        image.WriteNpy(_folder["x.npy"]);
        Directory.CreateDirectory(_folder["results"]);
        ToolRun run = ToolRunner.Run("run", _folder["small.lr2vq"], "--input", "image=" + _folder["x.npy"], "-o", _folder["results"], "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal(2, run.Json().GetProperty("outputs")[0].GetProperty("shape")[0].GetInt32());
        Tolerance.OfLargest(1e-5).Check(OrtOracle.Run(model, ("image", image))[0], HostTensor.ReadNpy(_folder["results/logits.npy"]));
    }

    [Fact]
    public void ExportedModelComputesTheSame()
    {
        ToolRunner.Run("compress", _folder.Classifier());
        ToolRun export = ToolRunner.Run("export", _folder["small.lr2vq"], "-o", _folder["dense.onnx"]);
        Assert.Equal((0, ""), (export.Code, export.Error));
        HostTensor image = RandomTensor.Floats(9, 1, 3, 8, 8);
        image.WriteNpy(_folder["x.npy"]);
        ToolRunner.Run("run", _folder["small.lr2vq"], "-i", _folder["x.npy"], "-o", _folder.Path);
        Tolerance.OfLargest(1e-4).Check(OrtOracle.Run(_folder["dense.onnx"], ("image", image))[0], HostTensor.ReadNpy(_folder["logits.npy"]));
        Assert.Equal(1, ToolRunner.Run("export", _folder["x.npy"], "-o", _folder["y.onnx"]).Code);
        Assert.False(File.Exists(_folder["y.onnx"]));
    }

    [Fact]
    public void RunReadsPictures()
    {
        ToolRunner.Run("compress", _folder.Classifier(), "--method", "fp32");
        byte[] pixels = new byte[8 * 8 * 3];
        new Random(1).NextBytes(pixels);
        PictureWriter.WritePng(_folder["x.png"], new PixelImage(8, 8, 3, pixels));
        float[] planes = new float[pixels.Length];
        for (int i = 0; i < 64; i++)
            for (int c = 0; c < 3; c++) planes[c * 64 + i] = (pixels[i * 3 + c] / 255f - 0.5f) / 0.25f;
        HostTensor.Of(planes, 1, 3, 8, 8).WriteNpy(_folder["x.npy"]);
        foreach (string folder in (string[])["a", "b"]) Directory.CreateDirectory(_folder[folder]);
        ToolRunner.Run("run", _folder["small.lr2vq"], "-i", _folder["x.npy"], "-o", _folder["a"]);
        ToolRun run = ToolRunner.Run("run", _folder["small.lr2vq"], "-i", _folder["x.png"], "--mean", "0.5", "--std", "0.25,0.25,0.25", "-o", _folder["b"]);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Tolerance.OfLargest(1e-6).Check(HostTensor.ReadNpy(_folder["a/logits.npy"]), HostTensor.ReadNpy(_folder["b/logits.npy"]));
    }

    [Fact]
    public void WrongInputsAreExplained()
    {
        ToolRunner.Run("compress", _folder.Classifier());
        RandomTensor.Floats(1, 2, 3, 8, 9).WriteNpy(_folder["wide.npy"]);
        HostTensor.Of(new double[192], 1, 3, 8, 8).WriteNpy(_folder["double.npy"]);
        File.WriteAllText(_folder["text.npy"], "no array");
        PictureWriter.WritePng(_folder["big.png"], new PixelImage(9, 9, 1, new byte[81]));
        foreach ((string code, string says, string[] args) in ((string, string, string[])[])
        [
            ("LR2VQ3010", "--random", []),
            ("LR2VQ3009", "image", ["-i", "picture=x.npy"]),
            ("LR2VQ3011", "8,9", ["-i", _folder["wide.npy"]]),
            ("LR2VQ3011", "Float64", ["-i", _folder["double.npy"]]),
            ("LR2VQ3011", ".npy", ["-i", _folder["text.npy"]]),
            ("LR2VQ3011", "x.npy", ["-i", "x.npy"]),
            ("LR2VQ3011", "8 x 8", ["-i", _folder["big.png"], "--fit", "exact"]),
            ("LR2VQ3002", "did you mean 'crop'", ["-i", _folder["big.png"], "--fit", "corp"]),
            ("LR2VQ3004", "numbers", ["-i", _folder["big.png"], "--mean", "a"]),
        ])
        {
            ToolRun run = ToolRunner.Run(["run", _folder["small.lr2vq"], .. args]);
            // What is wrong on the command line itself ends with 2.
            Assert.Equal(code is "LR2VQ3002" or "LR2VQ3004" or "LR2VQ3009" ? 2 : 1, run.Code);
            Assert.Contains(code, run.Error);
            Assert.Contains(says, run.Error);
            // A value that is wrong is not missing besides.
            Assert.Equal(code == "LR2VQ3010", run.Error.Contains("LR2VQ3010", StringComparison.Ordinal));
        }
        Assert.Equal(0, ToolRunner.Run("run", _folder["small.lr2vq"], "--random", "3").Code);
    }

    [Theory]
    [InlineData("compress"), InlineData("compres", "x.onnx"), InlineData("compress", "x.onnx", "--prest", "Tiny"), InlineData("compress", "x.onnx", "--threads", "many")]
    [InlineData("compress", "x.onnx", "--threads", "-1"), InlineData("completion", "cmd"), InlineData("cache", "burn")]
    public void UsageErrorsEndWithTwo(params string[] args)
    {
        ToolRun run = ToolRunner.Run(args);
        Assert.Equal(2, run.Code);
        Assert.Contains("--help", run.Error);
    }

    [Theory, InlineData("--help"), InlineData("compress", "--help"), InlineData("--version")]
    public void HelpEndsWithZero(params string[] args) => Assert.Equal(0, ToolRunner.Run(args).Code);

    [Theory]
    [InlineData("LR2VQ3002", "--preset", "Huge"), InlineData("LR2VQ3003", "--method", "dkm"), InlineData("LR2VQ3201", "--calibration-data", "x/*.png")]
    [InlineData("LR2VQ3004", "--k", "0"), InlineData("LR2VQ3030", "--time-limit", "5"), InlineData("LR2VQ3006", "--dimensions", "N")]
    public void RefusedOptionsLeaveNoFile(string code, params string[] args)
    {
        string model = _folder.Classifier();
        ToolRun run = ToolRunner.Run(["compress", model, .. args]);
        Assert.Equal(2, run.Code);
        Assert.Contains($" : error {code}: ", run.Error);
        Assert.Equal(["small.onnx"], _folder.Files);
    }

    [Fact]
    public void ProblemsOfFilesAreDiagnostics()
    {
        File.WriteAllText(_folder["text.onnx"], "hello, this is text");
        string model = _folder.Classifier();
        ToolRun[] runs =
        [
            ToolRunner.Run("compress", _folder["missing.onnx"]), ToolRunner.Run("compress", _folder["text.onnx"]), ToolRunner.Run("plan", _folder["text.onnx"]),
            ToolRunner.Run("inspect", _folder["missing.lr2vq"]), ToolRunner.Run("inspect", _folder["text.onnx"]), ToolRunner.Run("run", _folder["text.onnx"], "--random", "1"),
            ToolRunner.Run("run", _folder["missing.lr2vq"], "--random", "1"), ToolRunner.Run("compress", model, "-o", model),
            ToolRunner.Run("compress", model, "-o", Path.Combine(model, "below", "a file")), ToolRunner.Run("plan", model, "-o", Path.Combine(model, "x")),
            ToolRunner.Run("build", "@" + _folder["missing.json"]), ToolRunner.Run("build", "@" + _folder["text.onnx"]),
        ];
        foreach (ToolRun run in runs)
        {
            Assert.Equal(1, run.Code);
            Assert.Matches("LR2VQ[1-6][0-9]{3}", run.Error + run.Output);
        }
        Assert.Equal(["small.onnx", "text.onnx"], _folder.Files);
    }

    [Fact]
    public void CancelledCompressionEndsWithThreeAndLeavesNothing()
    {
        string model = _folder.Classifier();
        ToolRun run = ToolRunner.Run(new CancellationToken(canceled: true), null, "compress", model);
        Assert.Equal(3, run.Code);
        Assert.Equal(["small.onnx"], _folder.Files);
    }

    [Theory]
    [InlineData("export", "a.lr2vq", "-o", "out.onnx")]
    [InlineData("run", "a.lr2vq", "--random", "1", "-o", "")]
    [InlineData("run", "small.onnx", "--random", "1", "-o", "")]
    [InlineData("compare", "small.onnx", "a.lr2vq")]
    [InlineData("compare", "a.lr2vq", "a.lr2vq")]
    public void OtherCancelledCommandsEndWithThreeAndLeaveNothing(params string[] args)
    {
        Assert.Equal(0, ToolRunner.Run("compress", _folder.Classifier(batch: 1), "-o", _folder["a.lr2vq"]).Code);
        string[] files = _folder.Files;
        ToolRun run = ToolRunner.Run(new CancellationToken(canceled: true), null, Array.ConvertAll(args, a => a.Length == 0 || a.Contains('.') ? _folder[a] : a));
        Assert.Equal((3, ""), (run.Code, run.Output));
        Assert.Equal(files, _folder.Files);
    }

    [Fact]
    public void InterruptedProcessLeavesNoPartialFile()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no signals");
        string model = TestData.Model("resnet50.onnx"), target = _folder["out.lr2vq"];
        ToolRun run = ToolRunner.RunProcess(TimeSpan.FromSeconds(60), process =>
        {
            // Its first line of progress tells that it is at work.
            process.StandardError.ReadLine();
            using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])!;
            kill.WaitForExit();
        }, "compress", model, "-o", target, "--preset", "Lr2vq", "--threads", "1");
        Assert.Equal(3, run.Code);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void CacheIsLookedAfter()
    {
        string model = _folder.Classifier(), cache = _folder["cache"];
        string[] compress = ["compress", model, "--cache-directory", cache, "--json"];
        Assert.False(ToolRunner.Run(compress).Json().GetProperty("fromCache").GetBoolean());
        Assert.True(ToolRunner.Run(compress).Json().GetProperty("fromCache").GetBoolean());
        Assert.Contains("small.onnx", ToolRunner.Run("cache", "list", "--cache-directory", cache).Output);
        JsonElement entry = Assert.Single(ToolRunner.Run("cache", "list", "--cache-directory", cache, "--json").Json().GetProperty("entries").EnumerateArray());
        Assert.Equal("small.onnx", entry.GetProperty("source").GetString());
        Assert.StartsWith("0 artifacts removed", ToolRunner.Run("cache", "trim", "--size", "1 GB", "--cache-directory", cache).Output);

        File.AppendAllText(Directory.GetFiles(cache, "*.lr2vq").Single(), "x");
        Assert.Contains("1 were damaged", ToolRunner.Run("cache", "verify", "--cache-directory", cache).Output);
        ToolRunner.Run(compress);
        Assert.StartsWith("1 artifacts removed", ToolRunner.Run("cache", "clear", "--cache-directory", cache).Output);
        Assert.Equal(2, ToolRunner.Run("cache", "trim", "--size", "much", "--cache-directory", cache).Code);
    }

    [Fact]
    public void ShellsCompleteCommandsOptionsAndWords()
    {
        Assert.Contains("compress", Suggest("lr2vq co").Split('\n'));
        Assert.Contains("--target-ratio", Suggest("lr2vq compress x.onnx --ta").Split('\n'));
        Assert.Contains("Lossless", Suggest("lr2vq compress x.onnx --preset Lo").Split('\n'));
        foreach (string shell in (string[])["bash", "zsh", "fish", "pwsh"])
            Assert.Contains("[suggest:", ToolRunner.Run("completion", shell).Output);

        static string Suggest(string line) => ToolRunner.Run($"[suggest:{line.Length}]", line).Output;
    }
}
