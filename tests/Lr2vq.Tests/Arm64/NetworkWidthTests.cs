using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Kernels;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Testing.Networks;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Arm64;

/// <summary>Whole networks in every width of vectors against one lane at a time. It asks nothing of native libraries, so that it also runs where the processor is emulated.</summary>
[Trait("Isa", "true")]
public sealed class NetworkWidthTests
{
    /// <summary>The networks that an emulated processor runs in the short set too: file, preset.</summary>
    public static TheoryData<string, string> Short { get; } = new()
    {
        { "mobilenet_v1_0.25_224.onnx", "Lossless" },
        { "field/deeploy_tinyvit.onnx", "Balanced" },
        { "field/silero_half.onnx", "Lossless" },
        { "field/gtcrn.onnx", "Lossless" },
    };

    /// <summary>And one whose convolutions take it a minute.</summary>
    public static TheoryData<string, string> Long { get; } = new() { { "cifar10-resnet20.onnx", "Balanced" } };

    [Theory, MemberData(nameof(Short)), Trait("Arm64", "true")]
    public void OutputsAreThoseOfOneLane(string file, string preset) => Compare(file, preset);

    [Theory, MemberData(nameof(Long))]
    public void OutputsOfManyConvolutionsAreThoseOfOneLane(string file, string preset) => Compare(file, preset);

    private static void Compare(string file, string preset)
    {
        string path = TestData.Model(file);
        ModelOptions options = OptionParser.Parse([new("Preset", preset)], null, new DiagnosticBag()) with { Fixed = TestNetworks.FixedOf(file) };
        using ManagedChain chain = new(path, options, new SessionOptions { Threads = 1 });
        float[][]? expected = null;
        foreach (Isa isa in VectorWidths.Compared)
        {
            using Lanes.Forced forced = Lanes.Force(isa);
            float[][] outputs = Outputs(path, options, chain.Artifact);
            expected ??= outputs;
            for (int i = 0; i < outputs.Length; i++)
            {
                double error = Tolerance.ErrorOfLargest(expected[i], outputs[i]);
                Assert.True(error <= 1e-4, $"{file}, output {i}, {isa}: differs by {error:E1} of the largest");
            }
        }
    }

    private static float[][] Outputs(string path, ModelOptions options, byte[] artifact)
    {
        using PlanRunner runner = PlanRunner.Load(artifact, new SessionOptions { Threads = 1 });
        using ModelSession session = runner.CreateSession();
        using OpenedNetwork opened = new(path, options.Fixed);
        PlannedNetwork planned = opened.Planned;
        IReadOnlyList<NpyFile> values = new GeneratedInputs(planned, SampleShapes.Of(planned.Plan).First(), 0, PreProcessing.None).Make(0, 0).Values;
        for (int i = 0; i < values.Count; i++) session.SetInputBytes(i, values[i].Bytes, values[i].Shape);
        session.Run();
        return [.. Enumerable.Range(0, planned.Plan.Outputs.Count).Where(i => planned.Plan.Outputs[i].Type == ElementType.Float32).Select(i => session.Output<float>(i).ToArray())];
    }
}
