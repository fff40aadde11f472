using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Networks of one operator whose dimensions are all symbols, run on lengths that mostly do not fit each other: where ONNX Runtime
/// refuses there is no answer, where both answer it is the same.</summary>
public sealed class RefusalTests
{
    private const int Networks = 100, ShapesOfNetwork = 60, MostOfOperator = 3;

    [Fact]
    public void NothingIsAnsweredThatOnnxRuntimeRefuses()
    {
        List<string> wrong = [];
        int networks = 0, answers = 0, refusals = 0, stricter = 0;
        for (int seed = 0; seed < MostOfOperator && networks < Networks; seed++)
            foreach (string name in OperatorCases.All.Keys.Where(name => IsOfInterest(name)))
            {
                if (networks == Networks) break;
                OperatorCase sample = OperatorCases.All[name](new Draw(1000 + seed));
                byte[] model = sample.SymbolicModel();
                using ManagedChain? chain = Chain(model);
                if (chain is null) continue;
                using OrtOracle oracle = new(model, optimize: false);
                networks++;
                Random random = new(networks);
                for (int i = 0; i < ShapesOfNetwork; i++)
                {
                    (string Name, HostTensor Value)[] inputs = [.. sample.GivenInputs().Select(input => (input.Name, Vary(input.Value, random)))];
                    HostTensor[]? expected = Try<OnnxRuntimeException>(() => oracle.Run(inputs));
                    HostTensor[]? actual = Try<ArgumentException>(() => chain.Run(inputs));
                    string about = $"{sample} with {string.Join(", ", inputs.Select(input => $"{input.Name} {input.Value}"))}";
                    if (actual is null) _ = expected is null ? refusals++ : stricter++;
                    else if (expected is null) wrong.Add("ONNX Runtime refuses: " + about);
                    else
                    {
                        answers++;
                        for (int o = 0; o < expected.Length; o++) sample.Tolerance.Check(expected[o], actual[o], about);
                    }
                }
            }
        TestContext.Current.TestOutputHelper?.WriteLine($"{networks} networks: {answers} answers, {refusals} refusals, {stricter} refused here alone");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {networks * ShapesOfNetwork}\n" + string.Join("\n", wrong.Take(40)));
        Assert.Equal(Networks, networks);
        Assert.True(answers > 500 && refusals > 500, $"{answers} answers, {refusals} refusals");
        // Refusing everything would be safe, and of no use.
        Assert.True(stricter < answers / 5, $"{stricter} refused here alone, {answers} answers");
    }

    /// <summary>Functions of one tensor have no lengths that could disagree.</summary>
    private static bool IsOfInterest(string name) => OperatorCases.All[name](new Draw(0)) is { Nodes: null, Definition: null } sample
        && (sample.Inputs.Length > 1 || sample.Attributes.Length > 1 || sample.Op is "Concat" or "Split" or "Reshape" or "DepthToSpace" or "SpaceToDepth" or "TopK");

    private static ManagedChain? Chain(byte[] model)
    {
        try
        {
            return ManagedChain.Of(model);
        }
        catch (DiagnosticException)
        {
            // A form whose shape needs the lengths.
            return null;
        }
    }

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

    private static HostTensor Vary(HostTensor tensor, Random random)
    {
        int[] shape = [.. tensor.Shape.Select(length => random.Next(5) > 0 ? length : random.Next(4) switch { 0 => 1, 1 => Math.Max(1, length - 1), 2 => length + 1, _ => 2 * length })];
        byte[] bytes = new byte[shape.Aggregate(1, (length, d) => length * d) * ElementTypes.SizeOf(tensor.Type)];
        for (int i = 0; i < bytes.Length && tensor.Bytes.Length > 0; i++) bytes[i] = tensor.Bytes[i % tensor.Bytes.Length];
        return new HostTensor(tensor.Type, shape, bytes);
    }
}
