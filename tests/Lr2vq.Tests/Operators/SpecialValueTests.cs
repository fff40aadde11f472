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

/// <summary>Elementwise functions of one number in every width and at every length around a vector, on ordinary and special numbers, against their formulas in
/// double.</summary>
[Trait("Isa", "true")]
public sealed class SpecialValueTests
{
    private static readonly float[] s_special =
    [
        0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 1e-40f, -1e-40f, float.Epsilon, 1e-20f, 3e-5f, -3e-5f, 10.5f, -10.5f, 88f, 89f, -87f, -89f, -104f,
        8388607.5f, 8388609f, -3e9f, 1e30f, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN,
    ];

    /// <summary>Formula, and the units in the last place that it may be missed by.</summary>
    private static readonly Dictionary<string, (Func<double, double> Formula, int Units)> s_functions = new(StringComparer.Ordinal)
    {
        ["Relu"] = (x => Math.Max(0, x), 0),
        ["LeakyRelu alpha=0.25"] = (x => x < 0 ? 0.25 * x : x, 0),
        ["Elu alpha=1.5"] = (x => x < 0 ? 1.5 * Expm1(x) : x, 3),
        ["Selu alpha=1.5 gamma=2"] = (x => 2 * (x > 0 ? x : 1.5 * Expm1(x)), 3),
        ["Celu alpha=2"] = (x => x < 0 ? 2 * Expm1(x / 2) : x, 3),
        ["Sigmoid"] = (x => 1 / (1 + Math.Exp(-x)), 3),
        ["HardSigmoid alpha=0.25 beta=0.5"] = (x => Math.Clamp(0.25 * x + 0.5, 0, 1), 1),
        ["Softplus"] = (x => x > 0 ? x + Log1p(Math.Exp(-x)) : Log1p(Math.Exp(x)), 4),
        ["Softsign"] = (x => x / (1 + Math.Abs(x)), 1),
        ["Tanh"] = (Math.Tanh, 4),
        ["Sin"] = (Math.Sin, 3),
        ["Cos"] = (Math.Cos, 3),
        ["Exp"] = (Math.Exp, 2),
        ["Log"] = (Math.Log, 2),
        ["Sqrt"] = (Math.Sqrt, 0),
        ["Reciprocal"] = (x => 1 / x, 0),
        ["Abs"] = (Math.Abs, 0),
        ["Neg"] = (x => -x, 0),
        ["Floor"] = (Math.Floor, 0),
        ["Ceil"] = (Math.Ceiling, 0),
        ["Round"] = (x => Math.Round(x, MidpointRounding.ToEven), 0),
        ["Sign"] = (x => double.IsNaN(x) ? x : Math.Sign(x), 0),
        ["Clip min=-2 max=3"] = (x => Math.Clamp(x, -2, 3), 0),
    };

    public static TheoryData<string> Names => [.. s_functions.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Follows_the_formula(string name)
    {
        string[] parts = name.Split(' ');
        Operator op = OperatorTable.Read(parts[0], new([.. parts[1..].Select(part => part.Split('='))
            .Select(pair => new KeyValuePair<string, string>(pair[0], OperatorCase.Float(float.Parse(pair[1], CultureInfo.InvariantCulture))))]))!;
        (Func<double, double> formula, int units) = s_functions[name];
        for (int seed = 0; seed < 40; seed++)
        {
            float[] x = Numbers(seed, seed < 20 ? seed : 20 * (seed - 18) + seed);
            float[] expected = [.. x.Select(v => (float)formula(v))];
            foreach (Isa isa in VectorWidths.All)
                using (Lanes.Force(isa))
                {
                    HostTensor y = OperatorHarness.Run(op, [HostTensor.Of(x, x.Length)], [HostTensor.Of(expected, x.Length)])[0];
                    Check(x, expected, y.Values<float>(), units, $"{name}, {isa}, seed {seed}");
                }
        }
    }

    private static float[] Numbers(int seed, int count)
    {
        Random random = new(seed);
        float[] x = new float[count];
        for (int i = 0; i < count; i++)
            x[i] = random.Next(3) == 0 ? s_special[random.Next(s_special.Length)] : (random.NextSingle() * 2 - 1) * MathF.Pow(10, random.Next(-3, 3));
        return x;
    }

    private static void Check(float[] x, float[] expected, ReadOnlySpan<float> found, int units, string about)
    {
        for (int i = 0; i < x.Length; i++)
        {
            bool same = expected[i].Equals(found[i]) || expected[i] == found[i];
            // Where the result is subnormal a unit is worth little; nothing is lost if it is 0.
            double unit = Math.Max(Math.Abs((double)expected[i]) * 1.1920929e-7, 2e-45);
            if (!same && !(Math.Abs((double)expected[i] - found[i]) <= units * unit)) Assert.Fail($"{about}: f({x[i]:R}) = {found[i]:R}, expected {expected[i]:R}");
        }
    }

    private static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x + x * x / 2 : Math.Exp(x) - 1;

    private static double Log1p(double x) => Math.Abs(x) < 1e-5 ? x - x * x / 2 : Math.Log(1 + x);
}
