using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Operators;
using Xunit;

namespace Lr2vq.Tests.Networks;

/// <summary>Small networks of random layers, in orders in which the passes fuse, move and fold them, against ONNX Runtime.</summary>
public sealed class DrawnGraphTests
{
    private const int Groups = 10;

    private static int Graphs => TestData.Full ? 10_000 : 300;

    public static TheoryData<int> Parts => [.. Enumerable.Range(0, Groups)];

    [Theory, MemberData(nameof(Parts))]
    public void Agrees_with_ONNX_Runtime(int part)
    {
        for (int number = part; number < Graphs; number += Groups)
        {
            (byte[] model, HostTensor x, string layers) = new DrawnGraph(new Draw(9000 + number)).Build();
            string about = $"graph {number}: {layers}, x {x}";
            HostTensor[] expected, actual;
            using (OrtOracle oracle = new(model, optimize: false)) expected = oracle.Run(("x", x));
            try
            {
                using ManagedChain chain = ManagedChain.Of(model);
                about += "\n" + PlanText.Write(chain.Compressed.Plan);
                actual = chain.Run(("x", x));
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                throw new InvalidOperationException($"{about}: {e.Message}", e);
            }
            for (int i = 0; i < expected.Length; i++) Tolerance.OfLargest(5e-5).Check(expected[i], actual[i], about);
        }
    }
}
