using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Metrics;
using Lr2vq.Data;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Training.Networks;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>Gradients of a loss in the weights of a file, and joint low-rank optimization by them.</summary>
public sealed class LossGradientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PredictedAndMeasuredLossesAgree(bool withSoftmax) => With(withSoftmax, (network, weights, loss) =>
    {
        EncodedTensor[] exact = [.. weights.Select(w => Exact(w, w.Read()))];
        foreach (IReadOnlyList<EncodedTensor>? at in new IReadOnlyList<EncodedTensor>?[] { null, exact })
        {
            float[]?[] gradients = loss.Gradients(at)!;
            for (int i = 0; i < weights.Length; i++)
            {
                if (weights[i].Identity.Role == WeightRole.Bias) continue;
                // A step against the gradient, so small that first order is nearly all.
                float[] values = weights[i].Read(), gradient = gradients[i]!;
                double norm = Math.Sqrt(gradient.Sum(g => (double)g * g)), size = Math.Sqrt(values.Sum(v => (double)v * v));
                float step = (float)(0.003 * size / norm);
                EncodedTensor[] moved = [.. exact];
                moved[i] = Exact(weights[i], [.. values.Zip(gradient, (v, g) => v - step * g)]);
                double predicted = -step * norm * norm, measured = loss.Measure(moved).Loss - loss.Original.Loss;
                Assert.True(measured / predicted is > 0.8 and < 1.2, $"{weights[i].Identity.Name}: predicted {predicted}, measured {measured}");
            }
        }
    });

    [Fact]
    public void LosslessByGradientsRaisesNoLoss() => With(false, (network, weights, loss) =>
    {
        CompressionOptions options = new() { Method = CompressionMethod.Joint, Threads = 1 };
        var run = new CompressionRun(weights, PresetRules.Decide(options, weights), options, lengths => lengths.Sum(l => l.Payload), null, default);
        JointResult found = new JointSearch(run, loss, new Workers(1, default), isCompact: false, hasAim: false, _ => { }).Run(null, 0);
        Assert.True(found.Loss.Loss <= loss.Original.Loss + 1e-9);
        Assert.True(found.HeldOut.Loss <= loss.OriginalHeldOut.Loss + 1e-9);
        Assert.True(run.FileBytes < 4 * weights.Sum(w => w.Length));
    });

    private static EncodedTensor Exact(WeightSource weight, float[] values) => DenseTensor.Pack(weight.Identity, values, DenseEncoding.Fp32);

    private static void With(bool withSoftmax, Action<PlannedNetwork, WeightSource[], JointLoss> work)
    {
        Torch.Require();
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-gradients-{Guid.NewGuid():N}.onnx");
        OnnxBuilder builder = new OnnxBuilder(13).Input("x", ElementType.Float32, 1, 8, 8, 8)
            .Initializer("a", RandomTensor.Floats(1, -0.2f, 0.2f, 24, 8, 3, 3)).Initializer("ab", RandomTensor.Floats(2, 24))
            .Initializer("g", RandomTensor.Floats(3, 0.5f, 1.5f, 24)).Initializer("h", RandomTensor.Floats(4, 24)).Initializer("m", RandomTensor.Floats(5, 24)).Initializer("v", RandomTensor.Floats(6, 0.5f, 2f, 24))
            .Initializer("b", RandomTensor.Floats(7, -0.2f, 0.2f, 96, 24, 1, 1)).Initializer("c", RandomTensor.Floats(8, 96, 10)).Initializer("cb", RandomTensor.Floats(9, 10))
            .Node("Conv", ["x", "a", "ab"], ["u"], ("pads", new long[] { 1, 1, 1, 1 })).Node("BatchNormalization", ["u", "g", "h", "m", "v"], ["n"]).Node("Relu", ["n"], ["r"])
            .Node("Conv", ["r", "b"], ["s"]).Node("Relu", ["s"], ["t"]).Node("GlobalAveragePool", ["t"], ["p"]).Node("Flatten", ["p"], ["f"]).Node("Gemm", ["f", "c", "cb"], [withSoftmax ? "z" : "y"]);
        if (withSoftmax) builder = builder.Node("Softmax", ["z"], ["y"]);
        File.WriteAllBytes(path, builder.Output("y", ElementType.Float32, 1, 10).Build());
        try
        {
            Torch.WithNetwork(path, planned =>
            {
                WeightSource[] weights = ModelCompressor.Sources(planned);
                InputSample[] inputs = [.. Enumerable.Range(0, 24).Select(i => new InputSample([new NpyFile(ElementType.Float32, [1, 8, 8, 8], MemoryMarshal.AsBytes<float>(RandomTensor.Uniform(20 + i, 512)).ToArray())]))];
                using EvaluationNetwork original = EvaluationNetwork.Original(planned, 1);
                var gradients = new LossGradients();
                var loss = new JointLoss(original, SampleSplit.Of(inputs), [.. Enumerable.Range(0, 24).Select(i => i % 10)], new Workers(1, default), _ => { }, (tensors, asked) => gradients.Of(planned, tensors, asked));
                work(planned, weights, loss);
            });
        }
        finally
        {
            File.Delete(path);
        }
    }
}
