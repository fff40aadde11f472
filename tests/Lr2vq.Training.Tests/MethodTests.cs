using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>From a search to a network in torch and back: it begins as the file runs, and what is exported runs as torch computes.</summary>
public sealed class MethodTests(ITestOutputHelper output)
{
    private const string Network = "cifar10j-resnet20.onnx";

    public static TheoryData<string> Methods => [.. TrainingMethods.All.Select(m => m.Name), "fp16", "int8", "lossless", "auto", "levels of svd"];

    [Theory, MemberData(nameof(Methods))]
    public void Torch_and_file_agree(string method) => Torch.WithNetworkOf(Network, planned =>
    {
        // Levels of factors stay as they are, and the scales of the BatchNormalization behind them.
        TrainingStart start = method == "levels of svd" ? Start(planned, CompressionMethod.Svd, 0.3) : Start(planned, MethodOf(method));
        TorchNetwork network = TrainingMethods.Create(start, Network, new DiagnosticBag())!;
        Tensor x = Pictures();
        using var off = no_grad();
        // Levels are no longer moved towards zero: the network is trained with them as they are.
        if (method is not ("ecsq" or "tc-ecsq" or "auto")) AssertAgree(start.Result.Tensors, "before");
        Random random = new(1);
        foreach (var parameter in network.Parameters) parameter.Parameter.mul_(1 + 0.05f * (float)random.NextDouble());
        EncodedTensor[] tensors = TrainingMethods.Export(network, start);
        AssertAgree(tensors, "after");
        for (int i = 0; i < tensors.Length; i++)
            if (network.Weights.TryGetValue(network.Plan.Weights[i].Value, out TrainableWeight? weight))
                Assert.True(LeftOf(weight.Rebuild(), FixedWeight.Decoded(tensors[i])) is var left && left <= 1e-4, $"{weight.GetType().Name} {weight.Identity.Name} {left}");

        // Scales of rows and biases are rounded when the BatchNormalization is folded, and int8 and fp16 then.
        void AssertAgree(IReadOnlyList<EncodedTensor> tensors, string when)
        {
            double difference = Difference(tensors);
            output.WriteLine($"{when} {Torch.Text(difference)}");
            Assert.True(difference <= (method == "int8" ? 0.05 : 5e-3), $"{when} {Torch.Text(difference)}");
        }

        // What is left of the file's weight besides a factor of each row.
        static double LeftOf(Tensor weight, Tensor folded)
        {
            Tensor gain = (weight * folded).sum(1, keepdim: true) / (weight * weight).sum(1, keepdim: true).clamp(min: 1e-30);
            return ((weight * gain - folded).norm() / folded.norm()).item<float>();
        }

        double Difference(IReadOnlyList<EncodedTensor> tensors)
        {
            using EvaluationNetwork run = EvaluationNetwork.Of(planned.Plan, tensors);
            NpyFile answers = run.Run(new InputSample([new NpyFile(ElementType.Float32, [.. x.shape.Select(d => (int)d)], MemoryMarshal.AsBytes<float>(TensorValues.Floats(x)).ToArray())]))[0];
            return Torch.Difference(TensorValues.Floats(network.Forward([x])[0]), MemoryMarshal.Cast<byte, float>(answers.Bytes));
        }
    });

    /// <summary>Formats whose numbers are all parameters go back as they came.</summary>
    [Theory]
    [InlineData("lr2vq")]
    [InlineData("pqf")]
    [InlineData("uniform")]
    public void What_nothing_touched_is_the_same_file(string method) => Torch.WithNetworkOf(Network, planned =>
    {
        TrainingStart start = Start(planned, MethodOf(method));
        EncodedTensor[] back = TrainingMethods.Export(TrainingMethods.Create(start, Network, new DiagnosticBag())!, start);
        for (int i = 0; i < back.Length; i++)
        {
            Assert.Equal(start.Result.Tensors[i].Format, back[i].Format);
            Assert.Equal(start.Result.Tensors[i].Codes, back[i].Codes);
            Assert.Equal(start.Result.Tensors[i].Codebook, back[i].Codebook);
        }
    });

    /// <summary>With statistics of a batch, too: scales and statistics of a BatchNormalization go with the channels.</summary>
    [Fact]
    public void A_network_in_another_order_trains_as_the_given_one() => Torch.WithNetworkOf(Network, planned =>
    {
        TrainingStart start = Start(planned, CompressionMethod.Pqf);
        TorchNetwork given = TorchNetwork.Create(planned, Network, new DiagnosticBag())!, permuted = TorchNetwork.Create(start.Network, Network, new DiagnosticBag())!;
        Assert.Contains(Enumerable.Range(0, planned.Plan.Weights.Count), i => !given.Canonical(i).AsSpan().SequenceEqual(permuted.Canonical(i)));
        given.IsTraining = permuted.IsTraining = true;
        using var off = no_grad();
        Tensor x = Pictures();
        Assert.True(Torch.Difference(TensorValues.Floats(permuted.Forward([x])[0]), TensorValues.Floats(given.Forward([x])[0])) <= 1e-4);
    });

    private static CompressionMethod MethodOf(string name) => name switch
    {
        "fp16" => CompressionMethod.Fp16,
        "int8" => CompressionMethod.Int8,
        "lossless" => CompressionMethod.Lossless,
        "auto" => CompressionMethod.Auto,
        _ => TrainingMethods.Find(name).Method,
    };

    private static TrainingStart Start(PlannedNetwork planned, CompressionMethod method, double? step = null)
    {
        CompressionOptions options = new()
        {
            Preset = method == CompressionMethod.Auto ? Preset.Tiny : Preset.Lr2vq, Method = method, Step = method is CompressionMethod.Ecsq or CompressionMethod.TcEcsq ? 0.8 : step, Threads = 2,
        };
        return TrainingStart.Search(planned, options, 1_104_818, null, new DiagnosticBag(), default);
    }

    private static Tensor Pictures()
    {
        float[] values = new float[16 * 3 * 32 * 32];
        for (int i = 0; i < values.Length; i++) values[i] = MathF.Sin(i * 0.013f + i / 3072) + MathF.Cos(i * 0.0031f);
        return TensorValues.Of(values, 16, 3, 32, 32);
    }
}
