using System;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

/// <summary>Whether pictures go in as fractions or as bytes decides what compression does to the outputs, and nothing in a network may tell it.</summary>
public sealed class PictureRangeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ranges").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void SaysWhatBytesWouldChange()
    {
        Diagnostic said = Assert.Single(Compress(PreProcessing.None).Bag.All, d => d.Id == "LR2VQ4014");
        Assert.Equal(DiagnosticSeverity.Warning, said.Severity);
        Assert.Contains("'y'", said.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void DeclaredFractionsAreNoQuestion()
    {
        (CompressedModel made, DiagnosticBag bag) = Compress(new PreProcessing { Range = (0, 1) });
        Assert.DoesNotContain(bag.All, d => d.Severity != DiagnosticSeverity.Info);
        Assert.InRange(made.Meta.Outputs.Single().Mean, 1e-5, 0.03);
    }

    [Fact]
    public void DeclaredBytesAreWhatItIsMeasuredWith()
    {
        CompressedModel fractions = Compress(new PreProcessing { Range = (0, 1) }).Made;
        (CompressedModel bytes, DiagnosticBag bag) = Compress(new PreProcessing { Range = (0, 255), Mean = [100, 110, 120] });
        Assert.DoesNotContain(bag.All, d => d.Severity != DiagnosticSeverity.Info);
        Assert.InRange(bytes.Meta.Outputs.Single().Mean, 1e-5, 0.03);
        // Differences of large numbers want finer weights.
        Assert.True(bytes.Result.RelativeError < fractions.Result.RelativeError / 100);
    }

    [Fact]
    public void NetworksThatTellFractionsApartAreNotAsked() =>
        Assert.DoesNotContain(Compress(PreProcessing.None, answer: "Sin").Bag.All, d => d.Id == "LR2VQ4014");

    /// <summary>A saturated part that is the answer to fractions, and the difference of two alike, which is small for them and all there is for bytes.</summary>
    /// <param name="answer">What makes the answer: Tanh saturates alike for all pictures, Sin does not.</param>
    private (CompressedModel Made, DiagnosticBag Bag) Compress(PreProcessing pictures, string answer = "Tanh")
    {
        const int Filters = 16, Taps = 3 * 3 * 3;
        float[] one = RandomTensor.Normal(1, Filters * Taps), other = [.. one.Zip(RandomTensor.Normal(2, one.Length), (a, b) => a + 0.02f * b)];
        HostTensor Weights(float[] values, float scale) => HostTensor.Of(Array.ConvertAll(values, v => scale * v), Filters, 3, 3, 3);
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 32, 32)
            .Initializer("a", Weights(RandomTensor.Normal(3, one.Length), 1)).Initializer("b", Weights(one, 0.02f)).Initializer("c", Weights(other, 0.02f))
            .Node("Conv", ["x", "a"], ["first"]).Node(answer, ["first"], ["saturated"]).Node("Conv", ["x", "b"], ["second"]).Node("Conv", ["x", "c"], ["third"])
            .Node("Sub", ["second", "third"], ["difference"]).Node("Add", ["saturated", "difference"], ["y"]).Output("y", ElementType.Float32, 1, Filters, 30, 30);
        string path = Path.Combine(_folder, "model.onnx");
        builder.Write(path);
        DiagnosticBag bag = new();
        CompressedModel? made = ModelCompressor.Compress(path, Path.Combine(_folder, "model.lr2vq"), new ModelOptions { PreProcessing = pictures }, null, bag, default);
        Assert.True(made is not null, string.Join('\n', bag.All));
        return (made, bag);
    }
}
