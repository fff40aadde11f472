using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Testing;

/// <summary>A model in both run times, weights exactly as they are. All calls go through one session of each, so that what a call leaves is there in the next one.</summary>
internal sealed class CheckedChain(byte[] model) : IDisposable
{
    private readonly OrtOracle _oracle = new(model, optimize: false);

    public ManagedChain Chain { get; } = ManagedChain.Of(model);

    public IReadOnlyList<string> InputNames => _oracle.InputNames;

    public Plan Plan => Chain.Compressed.Plan;

    /// <summary>One call after the other.</summary>
    public static Plan Check(byte[] model, Tolerance tolerance, params (string, HostTensor)[][] calls)
    {
        using CheckedChain both = new(model);
        for (int call = 0; call < calls.Length; call++) both.Check(tolerance, $"call {call}", calls[call]);
        return both.Plan;
    }

    /// <summary>Compares all outputs of a call; returns those of ONNX Runtime.</summary>
    public HostTensor[] Check(Tolerance tolerance, string about, params (string, HostTensor)[] inputs)
    {
        HostTensor[] expected = _oracle.Run(inputs);
        Compare(tolerance, about, expected, Chain.Run(Known(inputs)));
        return expected;
    }

    public static void Compare(Tolerance tolerance, string about, HostTensor[] expected, HostTensor[] actual)
    {
        for (int o = 0; o < expected.Length; o++)
        {
            Assert.Equal(expected[o].Shape, actual[o].Shape);
            if (expected[o].Bytes.Length > 0) tolerance.Check(expected[o], actual[o], $"{about}, output {o}");
        }
    }

    /// <summary>The inputs that the Plan has.</summary>
    public (string, HostTensor)[] Known((string, HostTensor)[] inputs) => [.. inputs.Where(input => Chain.HasInput(input.Item1))];

    public void Dispose()
    {
        _oracle.Dispose();
        Chain.Dispose();
    }
}
