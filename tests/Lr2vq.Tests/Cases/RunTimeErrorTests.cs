using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Sound networks with inputs that do not fit them.</summary>
public sealed class RunTimeErrorTests
{
    [Fact]
    public void ABatchAgainstABakedReshapeIsTheCallers()
    {
        string folder = Folder("06-internal-error");
        using ManagedChain chain = new(Path.Combine(folder, "baked_reshape.onnx"));
        ArgumentException problem = Assert.Throws<ArgumentException>(() => chain.Run(("x", HostTensor.ReadNpy(Path.Combine(folder, "baked_reshape.x.npy")))));
        Assert.Contains("input 'x' [3,3,4]", problem.Message, StringComparison.Ordinal);
        Assert.Contains("(Reshape)", problem.Message, StringComparison.Ordinal);
        Assert.Contains("It fits with n = 2", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnIndexOutOfRangeIsTheCallers()
    {
        string folder = Folder("06-internal-error");
        using ManagedChain chain = new(Path.Combine(folder, "token_out_of_range.onnx"));
        ArgumentException problem = Assert.Throws<ArgumentException>(() => chain.Run(("ids", HostTensor.ReadNpy(Path.Combine(folder, "token_out_of_range.ids.npy")))));
        Assert.Contains("the values of input 'ids'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("index 99 at position 1 is outside [-10, 9]", problem.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Networks
    {
        get
        {
            string folder = Path.Combine(TestData.Folder, "cases", "12-attack", "lengths");
            if (!Directory.Exists(folder)) return ["none"];
            return [.. Directory.GetFiles(folder, "*.onnx").Select(path => "lengths/" + Path.GetFileName(path)).Append("classifier10_dynamic_hw.onnx").Order()];
        }
    }

    [Theory, MemberData(nameof(Networks))]
    public void WhereOnnxRuntimeRefusesLengthsThereIsNoAnswer(string name)
    {
        string path = Path.Combine(Folder("12-attack"), name);
        using ManagedChain chain = new(path);
        using OrtOracle oracle = new(path, optimize: false);
        Random random = new(1);
        int answers = 0, refusals = 0;
        for (int i = 0; i < 60; i++)
        {
            (string Name, HostTensor Value)[] inputs = [.. chain.Compressed.Plan.Inputs.Select(input =>
                (input.Name, Values(input.Type, [.. oracle.InputShape(input.Name).Select(length => length >= 0 ? length : Length(name, random))], i)))];
            HostTensor[]? expected = Try<OnnxRuntimeException>(() => oracle.Run(inputs)), actual = Try<ArgumentException>(() => chain.Run(inputs));
            string about = string.Join(", ", inputs.Select(input => $"{input.Name} {input.Value}"));
            if (actual is null) refusals++;
            else
            {
                Assert.True(expected is not null, "ONNX Runtime refuses " + about);
                answers++;
                for (int o = 0; o < actual.Length; o++) Tolerance.OfLargest(1e-5).Check(expected[o], actual[o], about);
            }
        }
        Assert.True(answers > 0 || refusals > 0);
    }

    private static int Length(string name, Random random) => name.StartsWith("classifier", StringComparison.Ordinal)
        ? random.Next(3) switch { 0 => 14, 1 => 7 + random.Next(14), _ => 28 }
        : random.Next(1, 5);

    private static HostTensor Values(ElementType type, int[] shape, int seed) => type == ElementType.Int64
        ? RandomTensor.Longs(seed, 0, 1, shape)
        : RandomTensor.Floats(seed, shape);

    private static HostTensor[]? Try<T>(Func<HostTensor[]> run) where T : Exception
    {
        try
        {
            return run();
        }
        catch (T)
        {
            return null;
        }
    }

    private static string Folder(string name)
    {
        string path = Path.Combine(TestData.Folder, "cases", name);
        if (!Directory.Exists(path)) Assert.Skip($"cases/{name} is not below {TestData.Folder} (LR2VQ_DATA names another folder)");
        return path;
    }
}
