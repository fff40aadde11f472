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

    /// <summary>Roundings of the inputs that may add up, and how much more the roundings of all layers may do.</summary>
    private const float TwoRoundings = 2.4e-7f;
    private const int Layers = 10, Shifts = 4;
    private const double OfLargest = 5e-5;

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
            byte[] wide = new DrawnGraph(new Draw(9000 + number), isWide: true).Build().Model;
            using (OrtOracle oracle = new(wide, optimize: false)) expected = oracle.Run(("x", x));
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
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.Equal(expected[i].Shape, actual[i].Shape);
                if (!IsNear(OfLargest, expected[i], actual[i])) Tolerance.OfLargest(Math.Max(OfLargest, Layers * Shift(wide, x, i, expected[i]))).Check(expected[i], actual[i], about);
            }
        }
    }

    private static bool IsNear(double bound, HostTensor expected, HostTensor actual) => Tolerance.ErrorOfLargest(expected.Values<float>(), actual.Values<float>()) <= bound;

    /// <summary>What roundings of the input make of an output of the oracle: much, where layers cancel out nearly all of what they are given.</summary>
    private static double Shift(byte[] model, HostTensor x, int output, HostTensor expected)
    {
        using OrtOracle oracle = new(model, optimize: false);
        double most = 0;
        for (int seed = 0; seed < Shifts; seed++)
        {
            Draw draw = new(seed);
            HostTensor other = HostTensor.Of(Array.ConvertAll(x.Values<float>().ToArray(), value => value * (1 + (draw.Chance() ? TwoRoundings : -TwoRoundings))), x.Shape);
            most = Math.Max(most, Tolerance.ErrorOfLargest(expected.Values<float>(), oracle.Run(("x", other))[output].Values<float>()));
        }
        return most;
    }
}
