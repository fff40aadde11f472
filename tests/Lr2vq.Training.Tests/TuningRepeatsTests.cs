using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Training.FineTuning;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>The same tuning gives the same bytes, also after processes that were killed on the way.</summary>
public sealed class TuningRepeatsTests(ITestOutputHelper output) : IDisposable
{
    private const int Samples = 32;

    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-repeat").FullName;

    [Theory]
    [InlineData("EndToEnd", "Preset=Lr2vq", "K=16")]
    [InlineData("Blocks", "TargetRatio=28")]
    public void The_same_seed_gives_the_same_bytes(string mode, params string[] options)
    {
        Torch.Require();
        byte[] first = Compress(mode, options), second = Compress(mode, options);
        Assert.Equal(first, second);
    }

    /// <summary>A process that is killed leaves no part of a file, and nothing that keeps the next one from its work.</summary>
    [Fact]
    public async Task A_killed_process_leaves_nothing_behind()
    {
        Torch.Require();
        Write();
        Stopwatch clock = Stopwatch.StartNew();
        await Run("whole", kill: null);
        TimeSpan whole = clock.Elapsed;
        byte[] expected = File.ReadAllBytes(PathOf("whole.lr2vq"));
        Random random = new();
        for (int i = 0; i < (TestData.Full ? 5 : 1); i++)
        {
            TimeSpan moment = whole * (0.15 + 0.8 * random.NextDouble());
            bool ended = await Run("killed", moment);
            output.WriteLine($"killed after {moment.TotalSeconds:0.0} of {whole.TotalSeconds:0.0} s{(ended ? ", but it had ended" : "")}");
            if (!File.Exists(PathOf("killed.lr2vq"))) continue;
            Assert.Equal(expected, File.ReadAllBytes(PathOf("killed.lr2vq")));
            File.Delete(PathOf("killed.lr2vq"));
        }
        Assert.True(await Run("killed", kill: null));
        Assert.Equal(expected, File.ReadAllBytes(PathOf("killed.lr2vq")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Write()
    {
        File.WriteAllBytes(PathOf("net.onnx"), Network());
        RandomTensor.Floats(5, -1.5f, 1.5f, Samples, 3, 8, 8).WriteNpy(PathOf("data.npy"));
    }

    /// <summary>Steps that are few, in a time that is long: it is not the clock that ends them.</summary>
    private byte[] Compress(string mode, string[] options)
    {
        Write();
        DiagnosticBag bag = new();
        ModelOptions chosen = OptionParser.Parse([.. options.Select(o => o.Split('=')).Select(o => new KeyValuePair<string, string>(o[0], o[1])), new("CalibrationData", PathOf("data.npy")), new("FineTune", mode), new("TimeLimit", "01:00:00")], PathOf("net.onnx"), bag);
        CompressedModel? model = ModelCompressor.Compress(PathOf("net.onnx"), PathOf("net.lr2vq"), chosen, null, bag, CancellationToken.None, new FineTuner([]));
        Assert.True(model is not null, string.Join('\n', bag.All));
        output.WriteLine($"{model.Meta.Tuning}");
        Assert.True(model.Meta.Tuning!.After < model.Meta.Tuning.Before, "nothing was tuned");
        return File.ReadAllBytes(PathOf("net.lr2vq"));
    }

    /// <summary>Runs the tool, with a cache of its own for each name.</summary>
    /// <returns>Whether it ended by itself.</returns>
    private async Task<bool> Run(string name, TimeSpan? kill)
    {
        ProcessStartInfo start = new(Dotnet(),
        [
            Path.Combine(AppContext.BaseDirectory, "lr2vq.dll"), "compress", PathOf("net.onnx"), "--preset", "Lr2vq", "--k", "16", "--calibration-data", PathOf("data.npy"), "--fine-tune", "EndToEnd",
            "--time-limit", "01:00:00", "--cache-directory", PathOf("cache-" + name), "-o", PathOf(name + ".lr2vq"),
        ]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Remove("LR2VQ_DOTNET");
        start.Environment["LR2VQ_TRAINING"] = Path.Combine(AppContext.BaseDirectory, "Lr2vq.Training.dll");
        if (Environment.GetEnvironmentVariable("LR2VQ_TEST_CXX_RUNTIME") is { Length: > 0 } runtime) start.Environment["LR2VQ_CXX_RUNTIME"] = runtime;
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardError.ReadToEndAsync(), told = process.StandardOutput.ReadToEndAsync();
        bool ended = process.WaitForExit(kill ?? TimeSpan.FromMinutes(9));
        if (!ended) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        string text = await said + await told;
        if (kill is null) Assert.True(ended && process.ExitCode == 0, text);
        return ended;
    }

    /// <summary>By its whole path: beside a program that runs under a newer loader lies a copy of that with the name of dotnet.</summary>
    private static string Dotnet()
    {
        if (Environment.GetEnvironmentVariable("LR2VQ_DOTNET") is { Length: > 0 } known) return known;
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? name;
    }

    private static byte[] Network() => new OnnxBuilder(13)
        .Input("image", ElementType.Float32, "N", 3, 8, 8)
        .Initializer("stem", RandomTensor.Floats(1, -0.3f, 0.3f, 16, 3, 3, 3))
        .Initializer("a", RandomTensor.Floats(3, -0.15f, 0.15f, 32, 16, 3, 3))
        .Initializer("b", RandomTensor.Floats(5, -0.15f, 0.15f, 16, 32, 3, 3))
        .Initializer("fc", RandomTensor.Floats(7, -0.5f, 0.5f, 10, 16))
        .Node("Conv", ["image", "stem"], ["s"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["s"], ["x"])
        .Node("Conv", ["x", "a"], ["p"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["p"], ["q"])
        .Node("Conv", ["q", "b"], ["r"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Add", ["r", "x"], ["t"]).Node("Relu", ["t"], ["u"])
        .Node("GlobalAveragePool", ["u"], ["v"]).Node("Flatten", ["v"], ["w"]).Node("Gemm", ["w", "fc"], ["scores"], ("transB", 1L))
        .Output("scores", ElementType.Float32, "N", 10).Build();
}
