using System;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Compression.Methods;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Weights;
using Xunit;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Tests;

/// <summary>Weights of single formats: what they begin with, and their gradients.</summary>
public sealed class FormatTests
{
    private static readonly TensorIdentity s_conv = new("w", WeightRole.Conv, ElementType.Float32, [24, 16, 3, 3], 1);

    /// <summary>Levels of a file stay where feedback put them, scales of input channels included, and go back as they came.</summary>
    [Theory]
    [InlineData(1f)]
    [InlineData(64f)]
    public void Levels_begin_at_those_of_the_file(float range)
    {
        Torch.Require();
        float[] values = Values(1), other = Values(2);
        for (int i = 0; i < values.Length; i++)
        {
            float scale = MathF.Pow(range, i / 9 % 16 / 15f);
            values[i] *= scale;
            other[i] *= scale;
        }
        EncodedTensor searched = Encode(values, new TensorSpec(TensorTreatment.Transform, CompressionMethod.TcEcsq) { Basis = true, Step = 0.5 });
        Assert.Equal(range > 1 ? TensorFormat.ScaledTransform : TensorFormat.Transform, searched.Format);
        // As if feedback had found levels that are not those of the weights.
        ScalarWeight weight = new(searched, other, null, 0.5);
        float[] file = TensorValues.Floats(FixedWeight.Decoded(searched)), rebuilt = TensorValues.Floats(weight.Rebuild()), back = TensorValues.Floats(FixedWeight.Decoded(weight.Export(null)));
        // But for how far they are moved towards zero.
        Assert.True(Torch.Difference(rebuilt, file) <= 0.12, Torch.Text(Torch.Difference(rebuilt, file)));
        Assert.True(Torch.Difference(back, rebuilt) <= 1e-4, Torch.Text(Torch.Difference(back, rebuilt)));
    }

    /// <summary>Pricing each level once is pricing all: bits, and gradients of levels and distribution.</summary>
    [Fact]
    public void Whole_levels_cost_what_each_costs()
    {
        Torch.Require();
        float[] values = [.. Values(1).Select(v => MathF.Round(4 * v))];
        (float Bits, float[][] Gradients) Of(Func<LevelPrice, Tensor, Tensor> price)
        {
            Parameter levels = new(TensorValues.Of(values, values.Length / 9, 9));
            LevelPrice one = new(levels);
            Tensor bits = price(one, levels);
            bits.backward();
            return (bits.item<float>(), [TensorValues.Floats(levels.grad!), .. one.Parameters.Select(p => TensorValues.Floats(p.Parameter.grad!))]);
        }
        var (each, once) = (Of((price, levels) => price.OfMoved(levels)), Of((price, levels) => price.OfRounded(levels)));
        Assert.Equal(1, once.Bits / each.Bits, 1e-4);
        foreach ((float[] expected, float[] actual) in each.Gradients.Zip(once.Gradients)) Assert.True(Torch.Difference(actual, expected) <= 1e-4, Torch.Text(Torch.Difference(actual, expected)));
        Assert.Equal(3, once.Gradients.Length);
    }

    [Fact]
    public void Gradients_of_a_dictionary_are_those_of_the_product()
    {
        Torch.Require();
        EncodedTensor searched = Encode(Values(1), new TensorSpec(TensorTreatment.Sparse, CompressionMethod.Qswd) { Sparse = new SparseShape(9, 9, 3, null) });
        SparseWeight weight = new(searched, Values(1), null);
        Assert.Equal(searched.Codes, weight.Export(null).Codes);
        Tensor against = TensorValues.Of(Values(7), 24, 144), levels = weight.Parameters.First(p => p.Name == "levels").Parameter.detach().round(), scales = weight.Parameters.First(p => p.Name == "scales").Parameter.detach();
        (weight.Rebuild() * against).sum().backward();
        float step = BitConverter.ToSingle(searched.Parameters, 4);
        Tensor expected = levels.t().mm((against * scales * step).reshape(-1, 9));
        Assert.True(Torch.Difference(TensorValues.Floats(weight.Parameters.First(p => p.Name == "dictionary").Parameter.grad!), TensorValues.Floats(expected)) <= 1e-3);
        // The support stays.
        Tensor moved = weight.Parameters.First(p => p.Name == "levels").Parameter.grad!;
        Assert.Equal(0, (moved * levels.eq(0)).abs().sum().item<float>(), 0.2 * moved.abs().sum().item<float>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Signs_pass_gradients_to_what_is_behind_them(int stages)
    {
        Torch.Require();
        float[] values = Values(1);
        BinaryWeight weight = new(Encode(values, new TensorSpec(TensorTreatment.Binary, CompressionMethod.Binary) { Bits = stages, Group = 144 }), values, null);
        Tensor against = TensorValues.Of(Values(7), 24, 144), sum = weight.Parameters.First(p => p.Name == "scales").Parameter.detach().sum(-1).reshape(24, 1);
        Tensor rebuilt = weight.Rebuild();
        (rebuilt * against).sum().backward();
        Tensor behind = weight.Parameters.First(p => p.Name == "values").Parameter;
        Tensor expected = against * (behind.detach().reshape(24, 144).abs() <= sum);
        Assert.True(Torch.Difference(TensorValues.Floats(behind.grad!), TensorValues.Floats(expected)) <= 1e-6);
        if (stages > 1) return;
        // One scale: the sum of what its signs see.
        Tensor scale = (against * rebuilt.detach().sign()).sum(1);
        Assert.True(Torch.Difference(TensorValues.Floats(weight.Parameters.First(p => p.Name == "scales").Parameter.grad!), TensorValues.Floats(scale)) <= 1e-5);
    }

    /// <summary>An embedding and the product that is tied to it have one set of parameters, and their bytes in common afterwards.</summary>
    [Fact]
    public void Tied_weights_stay_tied()
    {
        Torch.Require();
        float[] table = [.. Values(1).Take(64 * 48)], turned = new float[table.Length];
        for (int r = 0; r < 64; r++)
            for (int c = 0; c < 48; c++) turned[c * 64 + r] = table[r * 48 + c];
        byte[] model = new OnnxBuilder(13).Input("i", ElementType.Int64, 4).Constant("t", HostTensor.Of<float>(table, 64, 48)).Constant("p", HostTensor.Of<float>(turned, 48, 64))
            .Node("Gather", ["t", "i"], ["e"]).Node("MatMul", ["e", "p"], ["y"]).Output("y", ElementType.Float32, 4, 64).Build();
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-tied-{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, model);
        try
        {
            Torch.WithNetwork(path, planned =>
            {
                TrainingStart start = TrainingStart.Search(planned, new CompressionOptions { Method = CompressionMethod.Int8 }, model.Length, null, new DiagnosticBag(), default);
                TorchNetwork network = TrainingMethods.Create(start, path, new DiagnosticBag())!;
                Parameter parameter = Assert.Single(network.Parameters).Parameter;
                network.Forward([tensor([1L, 5, 7, 9])])[0].sum().backward();
                Assert.Equal(64 * 48, parameter.grad!.ne(0).sum().item<long>());
                using (no_grad()) parameter.mul_(2);
                EncodedTensor[] tensors = TrainingMethods.Export(network, start);
                Assert.Equal(2, tensors.Length);
                Assert.Equal(tensors[0].Dense, tensors[1].Dense);
                Tensor one = FixedWeight.Decoded(tensors[0]), two = FixedWeight.Decoded(tensors[1]);
                if (!one.shape.SequenceEqual(two.shape)) two = two.t();
                Assert.Equal(0f, (one - two).abs().max().item<float>());
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static EncodedTensor Encode(float[] values, TensorSpec spec) => TensorEncoder.Encode(new ArrayWeight(s_conv, values), spec, spec.Step ?? 0, null, null, 0, CancellationToken.None).Tensor;

    private static float[] Values(int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, 24 * 144).Select(i => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * (1 + i % 9 / 3.0)))];
    }
}
