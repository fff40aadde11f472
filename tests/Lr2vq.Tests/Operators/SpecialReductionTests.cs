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

/// <summary>Reductions, extremes and softmax over rows and columns that hold NaN and infinities, in every width and at every place, against ONNX Runtime.</summary>
[Trait("Isa", "true")]
public sealed class SpecialReductionTests
{
    private const int Length = 37;

    private static readonly string[] s_operators =
    [
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp",
        "Softmax", "LogSoftmax", "CumSum",
    ];

    public static TheoryData<string> Names => [.. s_operators];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_ONNX_Runtime(string op)
    {
        List<string> wrong = [];
        float[][] rows = [.. Rows()];
        foreach (int axis in new[] { 1, 0 })
        {
            int[] shape = axis == 1 ? [rows.Length, Length] : [Length, rows.Length];
            HostTensor x = HostTensor.Of(new float[rows.Length * Length], shape);
            for (int r = 0; r < rows.Length; r++)
                for (int i = 0; i < Length; i++) x.Values<float>()[axis == 1 ? r * Length + i : i * rows.Length + r] = rows[r][i];
            bool reduces = op.StartsWith("Reduce", StringComparison.Ordinal);
            OnnxBuilder builder = new OnnxBuilder(18).Input("x", ElementType.Float32, shape[0], shape[1]);
            if (op == "CumSum") builder.Initializer("a", HostTensor.Scalar((long)axis)).Node(op, ["x", "a"], ["y"]);
            else if (reduces) builder.Initializer("a", HostTensor.Longs(axis)).Node(op, ["x", "a"], ["y"], ("keepdims", 0));
            else builder.Node(op, ["x"], ["y"], ("axis", axis));
            HostTensor expected = OrtOracle.Run(builder.Output("y").Build(), ("x", x))[0];
            Operator reader = OperatorTable.Read(op, new([new(reduces ? "axes" : "axis", axis.ToString(CultureInfo.InvariantCulture))]))!;
            double[] wanted = expected.ToDoubles();
            // Whether the oracle notices a NaN depends on where it stands; here it is never lost.
            for (int r = 0; r < rows.Length && op is "ReduceMax" or "ReduceMin"; r++)
                if (rows[r].Any(float.IsNaN)) wanted[r] = double.NaN;
            foreach (Isa isa in VectorWidths.All)
                using (Lanes.Force(isa))
                {
                    double[] found = OperatorHarness.Run(reader, [x], [expected])[0].ToDoubles();
                    for (int i = 0; i < wanted.Length; i++)
                        if (!Near(wanted[i], found[i])) wrong.Add(FormattableString.Invariant($"{op} over axis {axis}, {isa}, place {i}: {found[i]:R}, expected {wanted[i]:R}"));
                }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Take(20)));
    }

    /// <summary>Ordinary numbers, and one or two special ones at the beginning, in the middle and at the end.</summary>
    private static IEnumerable<float[]> Rows()
    {
        float[] plain = [.. Enumerable.Range(0, Length).Select(i => (i * 7 % Length - 18) / 20f + 0.01f)];
        foreach (float[] special in new float[][] { [float.NaN], [float.PositiveInfinity], [float.NegativeInfinity], [float.PositiveInfinity, float.NegativeInfinity], [float.NaN, 5f] })
            foreach (int at in new[] { 0, 5, 17, 34, 35 })
            {
                float[] row = [.. plain];
                for (int i = 0; i < special.Length; i++) row[at + i] = special[i];
                yield return row;
            }
        yield return [.. Enumerable.Repeat(float.NegativeInfinity, Length)];
        yield return [.. Enumerable.Repeat(float.NaN, Length)];
    }

    private static bool Near(double expected, double found) =>
        expected == found || (double.IsNaN(expected) && double.IsNaN(found)) || Math.Abs(expected - found) <= 1e-5 * Math.Abs(expected) + 1e-6;
}
