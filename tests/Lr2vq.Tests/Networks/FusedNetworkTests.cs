using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Networks;

/// <summary>Networks that ONNX Runtime's optimizer has rewritten, with operators of com.microsoft, against the networks they were.</summary>
public sealed class FusedNetworkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fused-networks").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("cifar10-resnet20.onnx", "FusedConv")]
    public void Agrees_with_the_network_it_was(string file, string expected) => Check(TestData.Model(file), expected);

    [Fact]
    public void A_block_of_a_transformer_agrees()
    {
        string path = Path.Combine(_folder, "block.onnx");
        HostTensor Weight(int seed, params int[] shape) => RandomTensor.Floats(seed, -0.3f, 0.3f, shape);
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", ElementType.Float32, 2, 9, 16)
            .Initializer("scale", Weight(1, 16)).Initializer("shift", Weight(2, 16)).Initializer("up", Weight(3, 16, 64)).Initializer("upBias", Weight(4, 64)).Initializer("down", Weight(5, 64, 16))
            .Initializer("downBias", Weight(6, 16)).Initializer("root", HostTensor.Scalar(MathF.Sqrt(2f))).Initializer("one", HostTensor.Scalar(1f)).Initializer("half", HostTensor.Scalar(0.5f))
            .Node("LayerNormalization", ["x", "scale", "shift"], ["n"]).Node("MatMul", ["n", "up"], ["u"]).Node("Add", ["u", "upBias"], ["ub"])
            .Node("Div", ["ub", "root"], ["d"]).Node("Erf", ["d"], ["e"]).Node("Add", ["e", "one"], ["p"]).Node("Mul", ["ub", "p"], ["m"]).Node("Mul", ["m", "half"], ["g"])
            .Node("MatMul", ["g", "down"], ["w"]).Node("Add", ["w", "downBias"], ["wb"]).Node("Add", ["wb", "x"], ["s"]).Node("LayerNormalization", ["s", "scale", "shift"], ["t"])
            .Node("Transpose", ["t"], ["tt"], ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["t", "tt"], ["y"]).Output("y");
        builder.Write(path);
        Check(path, "FusedMatMul", "Gelu", "SkipLayerNormalization");
    }

    private void Check(string path, params string[] expected)
    {
        string fused = Path.Combine(_folder, "fused.onnx");
        OrtOracle.SaveFused(path, fused);
        IEnumerable<string> operators = WireMessage.Parse(File.ReadAllBytes(fused)).Last(7)!.Value.Message.All(1).Select(node => node.Message)
            .Where(node => node.Text(7) == "com.microsoft").Select(node => node.Text(4)).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(string.Join(" ", expected), string.Join(" ", operators));
        using OrtOracle oracle = new(path, optimize: false);
        using ManagedChain chain = new(fused);
        string name = Assert.Single(oracle.InputNames);
        (string, HostTensor) input = (name, RandomTensor.Floats(7, -1f, 1f, [.. oracle.InputShape(name).Select(length => Math.Max(1, length))]));
        HostTensor[] right = oracle.Run(input), found = chain.Run(input);
        for (int o = 0; o < right.Length; o++) Tolerance.OfLargest(1e-4).Check(right[o], found[o], $"output {o}");
    }
}
