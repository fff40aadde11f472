using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Evaluation;

/// <summary>Networks that choose: what the gate makes of outputs that jump, and of integers.</summary>
public sealed class DecisionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("decisions").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void PeaksJump()
    {
        (CompressedModel made, DiagnosticBag bag) = Compress(Peaks(), new CompressionOptions());
        PlanPort output = made.Plan.Outputs.Single();
        Assert.Equal("Equal", made.Plan.Steps[new Decisions(made.Plan).ChoicesOf(output).Single() - 1].Operator);
        // It passes, and the build says what that costs.
        Assert.Equal("LR2VQ4013", Assert.Single(bag.All).Id);
    }

    [Fact]
    public void ChoicesCountThoughTheOutputHardlyMoved()
    {
        static NpyFile Of(params float[] values) => new(ElementType.Float32, [values.Length], System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
        var comparison = new OutputComparison("peaks", OutputKind.Values);
        comparison.Add(Of(100, 1, 0), Of(100, 0, 1), 50, moved: 0.5);
        Assert.InRange(comparison.Judged, 0.3, 1);
        var firm = new OutputComparison("peaks", OutputKind.Values);
        firm.Add(Of(100, 1, 0), Of(100, 1, 0), 50, moved: 0);
        Assert.Equal(0, firm.Judged);
    }

    [Theory]
    [InlineData("Greater")] // a rectifier made of a mask has no jump
    [InlineData("IsNaN")]
    public void ThresholdsAndTestsAreNoChoices(string op)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 4, 64).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 64 * 64), 64, 64)).Initializer("zero", HostTensor.Scalar(0f))
            .Node("MatMul", ["x", "w"], ["h"]).Node(op, op == "IsNaN" ? ["h"] : ["h", "zero"], ["m"]).Node("Where", ["m", "h", "zero"], ["y"]).Output("y", ElementType.Float32, 4, 64);
        (CompressedModel made, _) = Compress(builder, new CompressionOptions());
        Assert.Empty(new Decisions(made.Plan).ChoicesOf(made.Plan.Outputs.Single()));
    }

    [Fact]
    public void TokensThatAreComparedAreNoChoices()
    {
        // Padding is masked by comparing what comes in, which no weight has touched.
        OnnxBuilder builder = new OnnxBuilder().Input("ids", ElementType.Int64, 2, 8).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 64 * 64), 64, 64)).Initializer("none", HostTensor.Scalar(0L))
            .Node("Gather", ["w", "ids"], ["e"]).Node("Equal", ["ids", "none"], ["m"]).Node("Cast", ["m"], ["f"], ("to", 1)).Node("Unsqueeze", ["f", "last"], ["g"]).Initializer("last", HostTensor.Longs(2))
            .Node("Mul", ["e", "g"], ["y"]).Output("y", ElementType.Float32, 2, 8, 64);
        (CompressedModel made, _) = Compress(builder, new CompressionOptions());
        Assert.Empty(new Decisions(made.Plan).ChoicesOf(made.Plan.Outputs.Single()));
    }

    [Fact]
    public void ALabelIsJudgedByWhatDecidesIt()
    {
        OnnxBuilder Labels() => new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 32, 32).Initializer("v", HostTensor.Of(RandomTensor.Normal(1, 32 * 27, 0, 0.2f), 32, 3, 3, 3))
            .Initializer("w", HostTensor.Of(RandomTensor.Normal(2, 12 * 32 * 9, 0, 0.1f), 12, 32, 3, 3)).Node("Conv", ["x", "v"], ["a"]).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "w"], ["c"])
            .Node("ArgMax", ["c"], ["labels"], ("axis", 1)).Output("labels", ElementType.Int64, 1, 1, 28, 28);
        (CompressedModel coarse, DiagnosticBag bag) = Compress(Labels(), new CompressionOptions { Method = CompressionMethod.Binary });
        Diagnostic warning = Assert.Single(bag.All, d => d.Id == "LR2VQ4008");
        Assert.Contains("'labels'", warning.Text, StringComparison.Ordinal);
        Assert.InRange(coarse.Meta.Outputs.Single().Mean, 0.05, 2);
        Assert.InRange(coarse.Meta.Outputs.Single().Agreement!.Value, 0, 0.95);

        (CompressedModel fine, bag) = Compress(Labels(), new CompressionOptions());
        Assert.Empty(bag.All);
        Assert.InRange(fine.Meta.Outputs.Single().Mean, 1e-6, OutputGate.Limit);
    }

    /// <summary>What a warning names is more than what it compares with, whatever it is that decides.</summary>
    [Fact]
    public void AWarningNamesWhatIsTooLarge()
    {
        HashSet<string> kinds = [];
        foreach (float scale in new[] { 0.05f, 0.3f, 1, 4 })
        for (double step = 0.1; step < 3; step *= 1.5)
        {
            OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 64, 8, 8).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 64 * 64, 0, scale), 64, 64, 1, 1))
                .Node("Conv", ["x", "w"], ["c"]).Node("GlobalMaxPool", ["c"], ["g"]).Node("Softmax", ["g"], ["p"], ("axis", 1)).Output("p", ElementType.Float32, 1, 64, 1, 1);
            (_, DiagnosticBag bag) = Compress(builder, new CompressionOptions { Method = CompressionMethod.Ecsq, Step = step });
            foreach (Diagnostic warning in bag.All.Where(d => d.Id == "LR2VQ4008"))
            {
                Match said = Regex.Match(warning.Text, "changes by ([0-9.]+) % of its size (.*) generated inputs, more than ([0-9.]+) %;");
                Assert.True(said.Success, warning.Text);
                Assert.True(double.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture) >= double.Parse(said.Groups[3].Value, CultureInfo.InvariantCulture), warning.Text);
                kinds.Add(said.Groups[2].Value);
            }
        }
        Assert.Contains("on one of the", kinds);
        Assert.Contains("on", kinds);
    }

    [Fact]
    public void ProbabilitiesThatAreCastStayProbabilities()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", ElementType.Float32, 1, 16, 8, 8).Initializer("w", HostTensor.Of(RandomTensor.Normal(1, 64 * 16), 64, 16, 1, 1))
            .Node("Conv", ["x", "w"], ["c"]).Node("GlobalAveragePool", ["c"], ["g"]).Node("Softmax", ["g"], ["p"], ("axis", 1)).Node("Cast", ["p"], ["y"], ("to", 10)).Output("y", ElementType.Float16, 1, 64, 1, 1);
        (CompressedModel made, _) = Compress(builder, new CompressionOptions());
        Assert.Equal(OutputKind.Softmax, OutputKinds.Of(made.Plan, made.Plan.Outputs.Single()));
        // Lengths of one behind the classes hide no row.
        Assert.NotNull(made.Meta.Outputs.Single().Divergence);
    }

    /// <summary>A map of peaks: values that are the largest around them, and zeros.</summary>
    private static OnnxBuilder Peaks() => new OnnxBuilder().Input("x", ElementType.Float32, 1, 3, 48, 48).Initializer("v", HostTensor.Of(RandomTensor.Normal(1, 32 * 27, 0, 0.2f), 32, 3, 3, 3))
        .Initializer("w", HostTensor.Of(RandomTensor.Normal(2, 32 * 9, 0, 0.1f), 1, 32, 3, 3)).Node("Conv", ["x", "v"], ["a"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", ["a"], ["b"])
        .Node("Conv", ["b", "w"], ["c"], ("pads", new long[] { 1, 1, 1, 1 })).Node("Sigmoid", ["c"], ["s"]).Node("MaxPool", ["s"], ["m"], ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Equal", ["s", "m"], ["e"]).Node("Cast", ["e"], ["f"], ("to", 1)).Node("Mul", ["s", "f"], ["y"]).Output("y", ElementType.Float32, 1, 1, 48, 48);

    private (CompressedModel Made, DiagnosticBag Bag) Compress(OnnxBuilder builder, CompressionOptions options)
    {
        string model = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".onnx");
        builder.Write(model);
        DiagnosticBag bag = new();
        CompressedModel? made = ModelCompressor.Compress(model, model + ".lr2vq", new ModelOptions { Compression = options with { Threads = 1 } }, null, bag, default);
        Assert.True(made is not null, string.Join('\n', bag.All.Select(d => d.ToString())));
        return (made, bag);
    }
}
