using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Testing;
using Lr2vq.Testing.NodeTests;
using Lr2vq.Tests.Operators;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace Lr2vq.Tests.Export;

/// <summary>What <c>export</c> writes of every operator loads in ONNX Runtime and gives what the artifact gives.</summary>
public sealed class ExportedOperatorTests
{
    private const int Seeds = 3;

    public static TheoryData<string> Names => [.. OperatorCases.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void AnOperatorIsExported(string name)
    {
        for (int seed = 500; seed < 500 + Seeds; seed++)
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            string? problem = Problem(sample.Model(sample.Expected()), sample.GivenInputs());
            Assert.True(problem is null, $"{name}, seed {seed}, {sample}: {problem}");
        }
    }

    [Fact]
    public void NodeTestsThatONNXRuntimeComputesAreExported()
    {
        List<string> problems = [];
        foreach (NodeCase sample in NodeData.Cases("1.19.1").SelectMany(NodeCase.Read))
        {
            (string, HostTensor)[] inputs = [.. sample.Inputs.Where(i => i.Value is not null).Select(i => (i.Name, i.Value!))];
            try
            {
                if (Problem(sample.ModelBytes, inputs) is { } problem && IsComputedByTheOracle(sample, inputs)) problems.Add($"{sample.Name}: {problem}");
            }
            catch (DiagnosticException)
            {
                // Refused by the compiler; others look at that.
            }
        }
        Assert.True(problems.Count == 0, $"{problems.Count} cases\n" + string.Join('\n', problems));
    }

    [Theory]
    [InlineData(ElementType.Int32, ElementType.Float32)]
    [InlineData(ElementType.Int32, ElementType.Int32)]
    [InlineData(ElementType.Int64, ElementType.Bool)]
    [InlineData(ElementType.UInt8, ElementType.Float64)]
    [InlineData(ElementType.Float32, ElementType.Int64)]
    [InlineData(ElementType.Int32, ElementType.Int8)]
    [InlineData(ElementType.Int32, ElementType.Float16)]
    public void OneHotOfAnyTypesIsExported(ElementType indices, ElementType values)
    {
        HostTensor i = Numbers(indices, [1, 0, 3, 2]), v = Numbers(values, [0, 1]);
        byte[] model = new OnnxBuilder(13).Input("i", indices, 4).Initializer("d", Numbers(indices, [5])).Initializer("v", v).Node("OneHot", ["i", "d", "v"], ["y"]).Output("y", values, 4, 5).Build();
        Assert.Null(Problem(model, [("i", i)]));
    }

    /// <summary>What ONNX Runtime lacks in the model, it lacks in what is exported of it.</summary>
    private static bool IsComputedByTheOracle(NodeCase sample, (string Name, HostTensor Value)[] inputs)
    {
        try
        {
            using OrtOracle oracle = new(sample.ModelBytes, optimize: false);
            oracle.Run(inputs);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with the export of a model; null if nothing is.</summary>
    private static string? Problem(byte[] model, (string Name, HostTensor Value)[] inputs)
    {
        using ManagedChain chain = ManagedChain.Of(model);
        HostTensor[] expected = chain.Run(inputs);
        string folder = Directory.CreateTempSubdirectory("lr2vq-export").FullName;
        try
        {
            string artifact = Path.Combine(folder, "a.lr2vq"), exported = Path.Combine(folder, "a.onnx");
            File.WriteAllBytes(artifact, chain.Artifact);
            DiagnosticBag bag = new();
            if (!DenseExport.Export(artifact, exported, bag)) return string.Join("; ", bag.All);
            using OrtOracle oracle = new(exported, optimize: false);
            HostTensor[] found = oracle.Run(inputs);
            for (int i = 0; i < found.Length; i++)
            {
                if (expected[i].Type != found[i].Type || !expected[i].Shape.SequenceEqual(found[i].Shape)) return $"output {i} is {found[i]}, not {expected[i]}";
                double[] a = expected[i].ToDoubles(), b = found[i].ToDoubles();
                double largest = a.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
                for (int e = 0; e < a.Length; e++)
                    if (!a[e].Equals(b[e]) && !(Math.Abs(a[e] - b[e]) <= 1e-3 * largest + 1e-6)) return $"output {i}, element {e}: {b[e]}, not {a[e]}";
            }
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return e.Message;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static HostTensor Numbers(ElementType type, long[] values) => type switch
    {
        ElementType.Float32 => HostTensor.Of(Array.ConvertAll(values, v => (float)v), values.Length),
        ElementType.Float64 => HostTensor.Of(Array.ConvertAll(values, v => (double)v), values.Length),
        ElementType.Float16 => HostTensor.Of(Array.ConvertAll(values, v => (Half)v), values.Length),
        ElementType.Int32 => HostTensor.Of(Array.ConvertAll(values, v => (int)v), values.Length),
        ElementType.Bool => HostTensor.Of(Array.ConvertAll(values, v => v != 0), values.Length),
        ElementType.UInt8 => HostTensor.Of(Array.ConvertAll(values, v => (byte)v), values.Length),
        ElementType.Int8 => HostTensor.Of(Array.ConvertAll(values, v => (sbyte)v), values.Length),
        _ => HostTensor.Longs(values),
    };
}
