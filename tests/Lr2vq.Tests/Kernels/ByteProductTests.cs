using System;
using System.Linq;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;
using Lr2vq.Testing;
using Lr2vq.Tests.Operators;
using Xunit;

namespace Lr2vq.Tests.Kernels;

/// <summary>Products of bytes whose weights are packed at load, against sums one by one.</summary>
public sealed unsafe class ByteProductTests
{
    private const int Seeds = 40;

    [Theory, InlineData(1, 1), InlineData(3, 4), InlineData(9, 5), InlineData(8, 64), InlineData(33, 147)]
    public void BothInstructionsGiveTheSums(int rows, int columns)
    {
        if (!Avx2.IsSupported) Assert.Skip("the machine has no AVX2");
        Check<ByteDotPairs>(rows, columns);
        if (AvxVnni.IsSupported) Check<ByteDotVnni>(rows, columns);
    }

    /// <summary>Where the weight is a value, and where it was packed: every kind of zero points, borders, strides, dilations and groups.</summary>
    [Theory, InlineData("QLinearConv"), InlineData("QLinearConv of one axis"), InlineData("ConvInteger")]
    public void PackedConvolutionsEqualOthers(string name)
    {
        foreach (int seed in GuardedBlocks.Seeds(500, Seeds))
        {
            OperatorCase sample = OperatorCases.All[name](new Draw(seed));
            if (!sample.RunsAlone) continue;
            HostTensor[] expected = sample.Expected();
            foreach (int threads in new[] { 1, 2 })
            {
                using ThreadTeam? team = threads == 1 ? null : new ThreadTeam(threads);
                HostTensor found = OperatorHarness.Run(OperatorTable.Read(sample.Op, sample.ReadPlanAttributes())!, sample.ReadPlanInputs(), expected, team: team, takesBytes: true)[0];
                Tolerance.Exact.Check(expected[0], found, $"{name}, seed {seed}, {threads} threads: {sample}");
            }
        }
    }

    private static void Check<D>(int rows, int columns) where D : struct, IByteDot
    {
        var random = new Random(rows * 1000 + columns);
        int groups = (columns + 3) / 4, stride = ByteProduct.Pixels + 5;
        // The largest of both, too: sums of two do not fit 16 bits.
        byte[] inputs = [.. Enumerable.Range(0, columns * ByteProduct.Pixels).Select(i => (byte)(i % 3 == 0 ? 255 : random.Next(256)))];
        sbyte[] weights = [.. Enumerable.Range(0, rows * columns).Select(i => (sbyte)(i % 3 == 0 ? 127 : i % 5 == 0 ? -128 : random.Next(-128, 128)))];
        byte[] panel = new byte[groups * ByteProduct.GroupBytes], packed = new byte[rows * groups * D.WeightBytes];
        int[] starts = [.. Enumerable.Range(0, rows).Select(_ => random.Next(-1000, 1000))], sums = new int[rows * stride];
        for (int k = 0; k < columns; k++)
            for (int p = 0; p < ByteProduct.Pixels; p++) panel[k / 4 * ByteProduct.GroupBytes + p * 4 + k % 4] = inputs[k * ByteProduct.Pixels + p];
        fixed (byte* at = packed)
            for (int r = 0; r < rows; r++)
                for (int g = 0; g < groups; g++) D.Pack(At(r, 4 * g), At(r, 4 * g + 1), At(r, 4 * g + 2), At(r, 4 * g + 3), at + (r * groups + g) * D.WeightBytes);
        fixed (byte* x = panel, w = packed)
        fixed (int* s = starts, y = sums) ByteProduct.Run<D>(x, groups, w, rows, s, y, stride);
        for (int r = 0; r < rows; r++)
            for (int p = 0; p < stride; p++)
                Assert.Equal(p < ByteProduct.Pixels ? starts[r] + Enumerable.Range(0, columns).Sum(k => weights[r * columns + k] * inputs[k * ByteProduct.Pixels + p]) : 0, sums[r * stride + p]);

        sbyte At(int row, int k) => k < columns ? weights[row * columns + k] : (sbyte)0;
    }
}
