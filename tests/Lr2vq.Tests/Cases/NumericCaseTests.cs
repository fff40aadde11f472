using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Small models whose numbers came out wrong without a word.</summary>
public sealed class NumericCaseTests
{
    [Theory]
    [InlineData("numerics-03-reduce-empty")]
    [InlineData("numerics-15-thresholdedrelu-nan")]
    public void Gives_what_is_expected(string name)
    {
        string folder = Path.Combine(TestData.Folder, "cases", name);
        if (!Directory.Exists(folder)) Assert.Skip($"cases/{name} is not below {TestData.Folder} (LR2VQ_DATA names another folder)");
        using ManagedChain chain = new(Path.Combine(folder, "model.onnx"));
        (string Name, HostTensor Value)[] inputs = [.. chain.Compressed.Plan.Inputs.Select(input => (input.Name, HostTensor.ReadNpy(Path.Combine(folder, input.Name + ".npy"))))];
        HostTensor[] found = chain.Run(inputs);
        for (int i = 0; i < found.Length; i++)
            Tolerance.OfLargest(1e-6).Check(HostTensor.ReadNpy(Path.Combine(folder, $"expected_{chain.Compressed.Plan.Outputs[i].Name}.npy")), found[i], name);
    }

    [Theory]
    [InlineData("contrib_gelu", "x")]
    [InlineData("einsum_bmm", "a", "b")]
    public void Agrees_with_ONNX_Runtime(string name, params string[] ports)
    {
        string model = TestData.Case($"08-refused/{name}.onnx");
        (string Name, HostTensor Value)[] inputs = [.. ports.Select(port => (port, HostTensor.ReadNpy(TestData.Case($"08-refused/{name}.{port}.npy"))))];
        using OrtOracle oracle = new(model, optimize: false);
        using ManagedChain chain = new(model);
        Tolerance.OfLargest(1e-6).Check(oracle.Run(inputs)[0], chain.Run(inputs)[0], name);
    }

    [Theory]
    [InlineData("ReduceMax")]
    [InlineData("ReduceMean")]
    [InlineData("ReduceProd")]
    [InlineData("ReduceSum")]
    public void Reductions_of_nothing(string op)
    {
        string model = Path.Combine(TestData.Folder, "cases", "numerics-03-reduce-empty", $"empty_{op}.onnx");
        if (!File.Exists(model)) Assert.Skip($"{model} is missing (LR2VQ_DATA names another folder)");
        using OrtOracle oracle = new(model, optimize: false);
        using ManagedChain chain = new(model);
        HostTensor empty = chain.Compressed.Plan.Inputs[0] is { } input
            ? HostTensor.Of<float>([], [.. oracle.InputShape(input.Name).Select(d => d < 0 ? 0 : d)])
            : throw new InvalidDataException(model);
        HostTensor expected = oracle.Run((input.Name, empty))[0], found = chain.Run((input.Name, empty))[0];
        Tolerance.Exact.Check(expected, found, op);
    }
}
