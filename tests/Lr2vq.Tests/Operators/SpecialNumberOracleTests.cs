using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Testing;
using Lr2vq.Tests.Kernels;
using Xunit;

namespace Lr2vq.Tests.Operators;

/// <summary>Every elementwise operator of floats on NaN, infinities, zeros of both signs and subnormals, in every width and at odd lengths, against ONNX Runtime.</summary>
[Trait("Isa", "true")]
public sealed class SpecialNumberOracleTests
{
    private static readonly float[] s_special =
    [
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon, -float.Epsilon, 1e-40f, -1e-40f, 1.17549435e-38f, 1f, -1f, 0.5f, -0.5f,
        1.5f, -2.5f, 3f, -3f, 1e-20f, 10.5f, -10.5f, 88f, 89f, -104f, 8388607.5f, 1e30f, -1e30f, float.MaxValue, float.MinValue,
    ];

    private static readonly int[] s_lengths = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 129];

    /// <summary>All cases whose operator goes element by element over floats: whatever is added to the table is tested.</summary>
    public static TheoryData<string> Unary => [.. OperatorCases.All.Where(entry => IsElementwise(entry.Value(new Draw(0)), 1)).Select(entry => entry.Key)];

    public static TheoryData<string> Binary => [.. OperatorCases.All.Where(entry => IsElementwise(entry.Value(new Draw(0)), 2)).Select(entry => entry.Key)];

    [Theory, MemberData(nameof(Unary))]
    public void One_operand(string name)
    {
        List<string> wrong = [];
        for (int seed = 0; seed < 2; seed++)
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            string input = sample.Inputs[0].Name;
            OperatorCase Of(float[] x) => sample with { Inputs = [(input, HostTensor.Of(x, x.Length)), .. sample.Inputs[1..]] };
            using OrtOracle oracle = new(Of([1f]).Model(symbol: _ => "n"), optimize: false);
            HostTensor Expected(float[] x) => oracle.Run([(input, HostTensor.Of(x, x.Length)), .. sample.GivenInputs()[1..]])[0];
            Dictionary<int, double> alone = [];
            foreach (float value in s_special) alone[BitConverter.SingleToInt32Bits(value)] = Expected([value]).ToDoubles()[0];
            foreach (int length in s_lengths)
            {
                float[] x = new float[length];
                for (int i = 0; i < length; i++) x[i] = s_special[(i * 5 + seed + length) % s_special.Length];
                HostTensor expected = Expected(x);
                Compare(Of(x), [HostTensor.Of(x, length), .. sample.ReadPlanInputs()[1..]], expected, wrong,
                    (i, found) => Near(alone[BitConverter.SingleToInt32Bits(x[i])], found), i => Text(x[i]));
            }
        }
        Assert.True(wrong.Count == 0, $"{name}: " + string.Join("\n", wrong.Distinct().Take(12)));
    }

    [Theory, MemberData(nameof(Binary))]
    public void Two_operands(string name)
    {
        List<string> wrong = [];
        OperatorCase sample = OperatorCases.All[name](new Draw(0));
        int n = s_special.Length;
        float[] left = new float[n * n], right = new float[n * n];
        for (int i = 0; i < n * n; i++) (left[i], right[i]) = (s_special[i / n], s_special[i % n]);
        // Rows of pairs, one number on the left of a row, one on the right.
        Check([left, right], [[n * n], [n * n]], i => $"{Text(left[i])}, {Text(right[i])}");
        if (name != "PRelu") Check([s_special, s_special], [[n, 1], [1, n]], i => $"{Text(left[i])}, {Text(right[i])} (left repeated)");
        if (name != "PRelu") Check([s_special, s_special], [[1, n], [n, 1]], i => $"{Text(right[i])}, {Text(left[i])} (right repeated)");
        Assert.True(wrong.Count == 0, $"{name}: " + string.Join("\n", wrong.Distinct().Take(12)));

        void Check(float[][] values, int[][] shapes, Func<int, string> about)
        {
            OperatorCase here = sample with { Inputs = [.. sample.Inputs.Select((input, i) => (input.Name, (HostTensor?)HostTensor.Of(values[i], shapes[i])))] };
            Compare(here, here.ReadPlanInputs(), here.Expected()[0], wrong, (_, _) => false, about);
        }
    }

    private static void Compare(OperatorCase sample, HostTensor?[] inputs, HostTensor expected, List<string> wrong, Func<int, double, bool> otherwise, Func<int, string> about)
    {
        double[] wanted = expected.ToDoubles();
        Operator op = OperatorTable.Read(sample.PlanName ?? sample.Op, sample.ReadPlanAttributes())!;
        foreach (Isa isa in VectorWidths.All)
            using (Lanes.Force(isa))
            {
                double[] found = OperatorHarness.Run(op, inputs, [expected])[0].ToDoubles();
                for (int i = 0; i < wanted.Length; i++)
                    // Where the oracle's vectors and its single numbers differ, either will do.
                    if (!Near(wanted[i], found[i]) && !otherwise(i, found[i])) wrong.Add($"{sample.Op}({about(i)}) = {Text(found[i])}, expected {Text(wanted[i])} {isa}");
            }
    }

    private static bool Near(double expected, double found) =>
        expected == found || (double.IsNaN(expected) && double.IsNaN(found)) || Math.Abs(expected - found) <= 1e-5 * Math.Abs(expected) + 5e-7;

    private static bool IsElementwise(OperatorCase sample, int operands) =>
        sample.RunsAlone && sample.ReadPlanInputs().Length == operands && sample.ReadPlanInputs().All(input => input?.Type == ElementType.Float32)
        && OperatorTable.Read(sample.PlanName ?? sample.Op, sample.ReadPlanAttributes()) is ElementwiseOperator or BroadcastOperator or Clip;

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
