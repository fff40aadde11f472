using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Testing;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Windows with NaN and infinities in them, against ONNX Runtime. Not the largest of a window: with a NaN in it, ONNX Runtime's answer depends on where
/// the NaN stands; ours is NaN, which the tests of the kernel compare with the definition.</summary>
public sealed class PoolSpecialNumberTests
{
    private static readonly float[] s_special = [float.NaN, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    public static TheoryData<string, int> Pools
    {
        get
        {
            TheoryData<string, int> pools = [];
            foreach (string name in OperatorCases.All.Keys.Where(name => name.Contains("Pool", StringComparison.Ordinal) && !name.StartsWith("Max", StringComparison.Ordinal) && !name.Contains("MaxPool", StringComparison.Ordinal) && !name.StartsWith("QLinear", StringComparison.Ordinal)))
                // ONNX Runtime has no GlobalLpPool of opset 22.
                foreach (int opset in name.StartsWith("GlobalLpPool", StringComparison.Ordinal) ? new[] { 12 } : [12, 22]) pools.Add(name, opset);
            return pools;
        }
    }

    [Theory, MemberData(nameof(Pools))]
    public void Agrees_with_ONNX_Runtime(string name, int opset)
    {
        List<string> wrong = [];
        for (int seed = 0; seed < 6; seed++)
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            Random random = new(seed);
            float[] x = sample.Inputs[0].Value!.Values<float>().ToArray();
            for (int i = 0; i < x.Length; i++)
                if (random.Next(5) == 0) x[i] = s_special[random.Next(s_special.Length)];
            sample = sample with { Opset = Math.Max(opset, sample.Opset), Inputs = [(sample.Inputs[0].Name, HostTensor.Of(x, sample.Inputs[0].Value!.Shape)), .. sample.Inputs[1..]] };
            HostTensor[] expected = sample.Expected();
            foreach (Isa isa in VectorWidths.All)
                using (Lanes.Force(isa))
                {
                    HostTensor[] found = ManagedChain.Run(sample.Model(), sample.GivenInputs());
                    for (int i = 0; i < expected.Length; i++)
                    {
                        try
                        {
                            sample.Tolerance.Check(expected[i], found[i], $"{sample}, opset {sample.Opset}, seed {seed}, {isa}");
                        }
                        catch (Exception e) when (e is Xunit.Sdk.IAssertionException)
                        {
                            wrong.Add(e.Message);
                        }
                    }
                }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}: " + string.Join("\n", wrong.Take(6)));
    }
}
