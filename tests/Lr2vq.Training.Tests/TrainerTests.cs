using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Tuning;
using Lr2vq.Training.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tests;

/// <summary>A compressed network is trained towards the original's answers, never becomes worse, and runs from a file as torch computed it.</summary>
public sealed class TrainerTests(ITestOutputHelper output)
{
    private const string Network = "cifar10j-resnet20.onnx";

    [Theory]
    [InlineData("lr2vq")]
    [InlineData("tc-ecsq")]
    public void Training_brings_the_answers_back(string method) => Torch.WithNetworkOf(Network, planned =>
    {
        TorchNetwork teacher = TorchNetwork.Create(planned, Network, new DiagnosticBag())!, student = TorchNetwork.Create(planned, Network, new DiagnosticBag())!;
        Form(student, method);
        Batch[] batches = [.. Enumerable.Range(0, 7).Select(i => Make(teacher, i))];
        double HeldOut() => Trainer.Divergence(student.Forward(batches[6].Inputs)[0], batches[6].Teacher).item<float>();
        (double best, double before) = new Trainer(student, method == "lr2vq" ? Recipe.Codebook : Recipe.Scalars, 6).Run(batches.Take(6), HeldOut, 3, null, CancellationToken.None);
        output.WriteLine($"{method}: {before} to {best}");
        Assert.True(best < before, $"{before} became {best}");

        // What a file holds is what torch has.
        var exact = new TensorSpec(TensorTreatment.Exact, CompressionMethod.Lossless);
        WeightSource[] sources = ModelCompressor.Sources(planned);
        EncodedTensor[] tensors = student.Export(i => TensorEncoder.Encode(sources[i], sources[i].Identity.Type == ElementType.Float32 ? exact : exact with { Treatment = TensorTreatment.Raw }, 0, null, null, 0, default).Tensor);
        using EvaluationNetwork run = EvaluationNetwork.Of(planned.Plan, tensors);
        using var off = no_grad();
        Tensor x = batches[6].Inputs[0];
        NpyFile answers = run.Run(new InputSample([new NpyFile(ElementType.Float32, [.. x.shape.Select(d => (int)d)], MemoryMarshal.AsBytes<float>(TensorValues.Floats(x)).ToArray())]))[0];
        double difference = Torch.Difference(MemoryMarshal.Cast<byte, float>(answers.Bytes), TensorValues.Floats(student.Forward([x])[0]));
        output.WriteLine(Torch.Text(difference));
        // Entries become int8, basis and scales fp16, biases perhaps fp16.
        Assert.True(difference <= 0.05, Torch.Text(difference));
    });

    /// <summary>Where nothing helps, what came is what stays.</summary>
    [Fact]
    public void Nothing_becomes_worse() => Torch.WithNetworkOf(Network, planned =>
    {
        TorchNetwork network = TorchNetwork.Create(planned, Network, new DiagnosticBag())!;
        Batch batch = Make(network, 0);
        float[][] before = [.. network.Parameters.Select(p => TensorValues.Floats(p.Parameter))];
        int look = 0;
        new Trainer(network, Recipe.Dense, 2).Run([batch, batch], () => ++look, 1, null, CancellationToken.None);
        Assert.Equal(before, network.Parameters.Select(p => TensorValues.Floats(p.Parameter)));
        Assert.Equal(3, look);
    });

    private static void Form(TorchNetwork network, string method)
    {
        Dictionary<string, float[]> gains = network.GainOf();
        Dictionary<string, TrainableCodebook> codebooks = [];
        for (int i = 0; i < network.Plan.Weights.Count; i++)
        {
            PlanWeight weight = network.Plan.Weights[i];
            if (weight.Role != WeightRole.Conv || weight.Shape[1] == 3) continue;
            float[] canonical = network.Canonical(i);
            float[]? gain = gains.GetValueOrDefault(weight.Value);
            TensorIdentity identity = TensorIdentity.Of(weight);
            if (method == "tc-ecsq")
            {
                network.Replace(weight.Value, new ScalarWeight(identity, canonical, gain, 1.5));
                continue;
            }
            TensorSpec spec = new(TensorTreatment.Vector, CompressionMethod.Lr2vq) { Vector = new(SliceAxis.Spatial, 9, 32, 5, 1, EntryEncoding.Int8, Scaled: true) };
            network.Replace(weight.Value, new CodebookWeight(TensorEncoder.Encode(new ArrayWeight(identity, canonical), spec, 0, null, null, 0, default).Tensor, gain, codebooks));
        }
    }

    private static Batch Make(TorchNetwork teacher, int number)
    {
        Random random = new(number);
        float[] values = new float[32 * 3 * 32 * 32];
        // Smooth pictures: a few waves each.
        for (int p = 0; p < 32 * 3; p++)
        {
            (double a, double b, double c, double d) = (random.NextDouble() * 4 - 2, random.NextDouble() * 0.6, random.NextDouble() * 0.6, random.NextDouble() * 6);
            for (int i = 0; i < 1024; i++) values[p * 1024 + i] = (float)(a * Math.Sin(b * (i / 32) + c * (i % 32) + d) + 0.3 * (random.NextDouble() - 0.5));
        }
        using var off = no_grad();
        Tensor x = TensorValues.Of(values, 32, 3, 32, 32);
        return new Batch([x], teacher.Forward([x])[0].detach(), null);
    }
}
