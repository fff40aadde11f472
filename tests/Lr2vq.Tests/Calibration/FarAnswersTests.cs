using System;
using System.IO;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Tool;
using Xunit;

namespace Lr2vq.Tests.Calibration;

/// <summary>A build with samples warns where held-out answers are far from the original's, whatever chose its codes.</summary>
public sealed class FarAnswersTests : IDisposable
{
    private const string Code = "LR2VQ4022";

    private readonly ToolFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{ "tensors": { "deep": { "method": "lr2vq", "k": 2, "m": 4 } } }""", true)]
    [InlineData("""{ "tensors": { "deep": { "method": "lossless" } } }""", false)]
    public void OneTensorOfManyIsEnough(string settings, bool isFar)
    {
        File.WriteAllText(_folder["settings.json"], settings);
        Assert.Equal(isFar, IsTold("--target-ratio", "3", "--config", _folder["settings.json"]));
    }

    [Theory]
    [InlineData("4", "2", true), InlineData("2", "512", false)]
    public void CodebooksAreTold(string m, string k, bool isFar) => Assert.Equal(isFar, IsTold("--preset", "Lr2vq", "--m", m, "--k", k));

    private bool IsTold(params string[] options)
    {
        new OnnxBuilder(13).Input("image", ElementType.Float32, 1, 64, 8, 8).Initializer("deep", RandomTensor.Floats(5, 64, 64, 1, 1)).Initializer("head", RandomTensor.Floats(6, 64, 64, 1, 1))
            .Node("Conv", ["image", "deep"], ["b"]).Node("Relu", ["b"], ["c"]).Node("Conv", ["c", "head"], ["y"]).Output("y", ElementType.Float32, 1, 64, 8, 8).Write(_folder["net.onnx"]);
        for (int i = 0; i < 12; i++) RandomTensor.Floats(40 + i, 1, 64, 8, 8).WriteNpy(_folder[$"x{i}.npy"]);
        ToolRun run = ToolRunner.Run(["compress", _folder["net.onnx"], "--calibration-data", _folder["x*.npy"], "--threads", "1", "-o", _folder["a.lr2vq"], .. options]);
        Assert.Equal(0, run.Code);
        return run.Error.Contains(Code, StringComparison.Ordinal);
    }
}
