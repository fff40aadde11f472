using System;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Compression.Methods;
using Lr2vq.Kernels;
using Xunit;

namespace Lr2vq.Tests.Codecs;

/// <summary>The machine of trellis-coded levels, its bytes, and what every instruction set makes of them.</summary>
[Trait("Isa", "true")]
public sealed class TrellisTests
{
    [Fact]
    public void StatesFollowParities()
    {
        // Each state is reached from two, and leaves to two.
        foreach (int state in Enumerable.Range(0, TrellisMachine.States)) Assert.Equal(2, TrellisMachine.Next.ToArray().Count(next => next == state));
        Assert.Equal((5, 7), (TrellisMachine.Next[2 * 1 + 1], TrellisMachine.Next[2 * 5 + 1]));
        // Even multiples, and odd ones with zero.
        Assert.Equal([-4, -2, 0, 2, 4], Enumerable.Range(-2, 5).Select(k => TrellisMachine.ValueOf(k, 0)));
        Assert.Equal([-3, -1, 0, 1, 3], Enumerable.Range(-2, 5).Select(k => TrellisMachine.ValueOf(k, 1)));
        for (int quantizer = 0; quantizer < 2; quantizer++)
            for (int level = -300; level <= 300; level++)
            {
                int value = TrellisMachine.ValueOf(level, quantizer);
                Assert.True(TrellisMachine.Has(value, quantizer));
                Assert.Equal(level, TrellisMachine.LevelOf(value, quantizer));
            }
        Assert.False(TrellisMachine.Has(3, 0));
        Assert.False(TrellisMachine.Has(2, 1));
    }

    [Theory]
    [MemberData(nameof(CodecCases.Shapes), MemberType = typeof(CodecCases))]
    public void ValuesComeBackFromEveryInstructionSet(int rows, int inputs, int height, int width) => Check(rows, inputs, height, width);

    /// <summary>More than one block of inputs, the last one not full; more than one block of rows.</summary>
    [Theory]
    [InlineData(70, 150, 1, 1)]
    [InlineData(33, 81, 3, 3)]
    [InlineData(16, 64, 1, 1)]
    public void BlocksComeBack(int rows, int inputs, int height, int width) => Check(rows, inputs, height, width);

    private static void Check(int rows, int inputs, int height, int width)
    {
        int taps = height * width;
        foreach (bool basis in taps > 1 ? new[] { false, true } : [false])
        foreach ((int largest, bool escapes) in new[] { (0, false), (3, false), (60, false), (60, true), (120, false), (3000, true) })
        {
            TransformFactors factors = Factors(rows, inputs, taps, basis, largest, escapes, sets: largest == 60 ? 1 : 0);
            EncodedTensor packed = TransformTensor.Pack(CodecCases.Conv(rows, inputs, height, width), factors);
            Assert.Equal(largest == 60 ? TensorFormat.ScaledTrellis : TensorFormat.Trellis, packed.Format);
            float[]? first = null;
            foreach (Isa isa in new[] { Isa.Scalar, Isa.Vector128, Isa.Vector512 })
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                using var opened = new OpenedTensor(packed);
                float[] decoded = opened.Decode();
                Assert.Equal(first ?? decoded, decoded);
                first = decoded;
                if (isa == Isa.Vector512) opened.CheckPanels();
            }
            var order = new PanelOrder(rows, inputs, taps);
            if (!basis && largest != 60)
                for (int row = 0; row < rows; row++)
                    for (int c = 0; c < inputs * taps; c++)
                        Assert.Equal(factors.RowScales[row] * factors.Step * factors.Levels[order.IndexOf(row, c / taps, c % taps)], first![row * inputs * taps + c],
                            2e-6f * Math.Abs(first[row * inputs * taps + c]));
        }
    }

    [Fact]
    public void OtherValuesThanTheMachineAllowsAreNotPacked()
    {
        var order = new PanelOrder(16, 1, 1);
        short[] values = new short[16];
        values[0] = 1;    // the first state is even
        Assert.Throws<ArgumentException>(() => TrellisCoder.LevelsOf(values, order));
        values[0] = 2;    // level 1, so state 2; level 1 of it leads to state 3
        values[1] = 2;
        values[2] = 2;
        Assert.Throws<ArgumentException>(() => TrellisCoder.LevelsOf(values, order));
        values[2] = -3;
        Assert.Equal((short)-2, TrellisCoder.LevelsOf(values, order).Levels[2]);
    }

    [Fact]
    public void LevelsThatTheFormCannotHoldAreRefused()
    {
        EncodedTensor packed = TransformTensor.Pack(CodecCases.Conv(20, 18, 1, 1), Factors(20, 18, 1, basis: false, 120, escapes: false));
        byte[] parameters = (byte[])packed.Parameters.Clone();
        parameters[2] = 1;    // bytes of a value
        Assert.Throws<InvalidArtifactException>(() => new OpenedTensor(packed with { Parameters = parameters }));
    }

    /// <summary>A random path through the machine.</summary>
    internal static TransformFactors Factors(int rows, int inputs, int taps, bool basis, int largest, bool escapes, int sets = 0)
    {
        var random = new Random(rows + largest);
        var order = new PanelOrder(rows, inputs, taps);
        int contexts = taps > 1 && (basis || rows % 2 == 0) ? taps : 1;
        short[] values = new short[order.StoredLength];
        for (int i = 0; i < inputs; i++)
            for (int tap = 0; tap < taps; tap++)
            {
                int state = 0;
                for (int row = 0; row < rows; row++)
                {
                    double x = random.NextDouble() * 2 - 1;
                    int level = (int)Math.Round(x * x * x * largest);
                    values[order.IndexOf(row, i, tap)] = (short)TrellisMachine.ValueOf(level, state & 1);
                    state = TrellisMachine.Next[2 * state + (level & 1)];
                }
            }
        var counts = new LevelHistogram[2 * contexts];
        for (int c = 0; c < counts.Length; c++) counts[c] = new LevelHistogram();
        (short[] levels, byte[] quantizers) = TrellisCoder.LevelsOf(values, order);
        int at = 0;
        TrellisCoder.ForEachRun(order, (block, first, tap, count, width) =>
        {
            for (int end = at + count * width; at < end; at++) counts[2 * (contexts == 1 ? 0 : tap) + quantizers[at]].Add(levels[at]);
        });
        TransformFactors form = TransformTensorTests.Factors(rows, inputs, taps, basis, shifted: false, 2 * largest, seed: rows, sets);
        int reach = largest <= TrellisCoder.LargestOfByte ? TrellisCoder.LargestOfByte : TrellisCoder.LargestCoded;
        return new TransformFactors
        {
            RowScales = RowNormalization.Rounded(form.RowScales),
            Columns = form.Columns,
            Step = form.Step,
            Basis = form.Basis,
            BasisBits = form.BasisBits,
            IsTrellis = true,
            Levels = values,
            Models = [.. counts.Select(c => LevelModels.Fit(c, escapes ? Math.Min(reach, 2) : reach).Model)],
        };
    }
}
