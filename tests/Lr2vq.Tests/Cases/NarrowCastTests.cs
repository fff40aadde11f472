using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>Casts from and to types of 4 bits and floats of 8, as networks compute them, against ONNX Runtime.</summary>
public sealed class NarrowCastTests
{
    private const int Opset = 24;

    private static readonly ElementType[] s_floats = [ElementType.Float8E4M3FN, ElementType.Float8E4M3FNUZ, ElementType.Float8E5M2, ElementType.Float8E5M2FNUZ];

    private static readonly ElementType[] s_wide =
        [ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16, ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64, ElementType.Bool];

    public static TheoryData<ElementType, ElementType> Pairs
    {
        get
        {
            TheoryData<ElementType, ElementType> pairs = [];
            foreach (ElementType wide in s_wide)
                foreach (ElementType narrow in s_floats.Concat([ElementType.UInt4, ElementType.Int4, ElementType.Float8E8M0]))
                {
                    pairs.Add(wide, narrow);
                    pairs.Add(narrow, wide);
                }
            return pairs;
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void AreThoseOfOnnxRuntime(ElementType from, ElementType to)
    {
        HostTensor x = Samples(from, to);
        List<string> wrong = [];
        foreach (bool saturate in s_floats.Contains(to) ? new[] { true, false } : [true])
        {
            (string, object)[] attributes = saturate ? [("to", (int)to)] : [("to", (int)to), ("saturate", 0)];
            HostTensor expected = Oracle(x, attributes, to), found = Found(x, attributes, to);
            Assert.Equal((to, x.Length), (found.Type, found.Length));
            double[] given = x.ToDoubles(), a = expected.ToDoubles(), b = found.ToDoubles();
            for (int i = 0; i < a.Length; i++)
                if (!AreEqual(a[i], b[i]) && !AreElsewhere(given[i], b[i], from, to, saturate)) wrong.Add($"{(saturate ? "" : "no saturate ")}{given[i]:R} -> {b[i]:R}, expected {a[i]:R}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}: " + string.Join("; ", wrong.Take(30)));
    }

    [Theory]
    [InlineData("up", 1), InlineData("down", 1), InlineData("nearest", 1), InlineData("up", 0), InlineData("down", 0), InlineData("nearest", 0)]
    public void PowersOfTwoAreThoseOfOnnxRuntime(string rounding, int saturate)
    {
        float[] values = [.. Enumerable.Range(-126, 254).SelectMany(e => new[] { 1f, 1.0001f, 1.49f, 1.5f, 1.51f, 1.99f }.Select(m => m * MathF.ScaleB(1, e))), 0, 5f, 3f, 6f, float.MaxValue, float.PositiveInfinity, float.NaN];
        HostTensor x = HostTensor.Of(values, values.Length);
        (string, object)[] attributes = [("to", (int)ElementType.Float8E8M0), ("round_mode", rounding), ("saturate", saturate)];
        double[] expected = Oracle(x, attributes, ElementType.Float8E8M0).ToDoubles(), found = Found(x, attributes, ElementType.Float8E8M0).ToDoubles();
        for (int i = 0; i < values.Length; i++) Assert.True(AreEqual(expected[i], found[i]), $"{values[i]:R} -> {found[i]:R}, expected {expected[i]:R}");
    }

    private static HostTensor Found(HostTensor x, (string, object)[] attributes, ElementType to) => ManagedChain.Run(
        new OnnxBuilder(Opset).Input("x", x.Type, x.Length).Node("Cast", ["x"], ["y"], attributes).Output("y", to, x.Length).Build(), ("x", x))[0];

    private static bool AreEqual(double a, double b) => double.IsNaN(a) ? double.IsNaN(b) : BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);

    /// <summary>Where ONNX's documents say something else than ONNX Runtime does, or say nothing: what they say.</summary>
    private static bool AreElsewhere(double x, double y, ElementType from, ElementType to, bool saturate) => to switch
    {
        // Rounded to the nearest, and halves to even ones; ONNX Runtime rounds halves away from 0.
        ElementType.UInt4 or ElementType.Int4 => Math.Abs(x % 1) == 0.5 && y == (to == ElementType.UInt4 ? (int)Math.Round(x) & 15 : ((int)Math.Round(x) & 15 ^ 8) - 8),
        // Whatever is rounded to more than the largest number. ONNX Runtime makes 448 of 480, and NaN of what lies between 61440 and 65536.
        ElementType.Float8E4M3FN => !saturate && Math.Abs(x) == 480 && double.IsNaN(y),
        ElementType.Float8E5M2 => !saturate && Math.Abs(x) is >= 61440 and < 65536 && double.IsInfinity(y),
        // Zeros of both signs are false, all else is true; ONNX Runtime compares bits, and takes the smallest power for 0.
        ElementType.Bool => x == 0 ? y == 0 : y == 1,
        // Undefined.
        _ => double.IsNaN(x) && !s_wide.Contains(from) && to is not (ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16),
    };

    /// <summary>ONNX Runtime's package passes no narrow types: they are constants there, and results are cast to floats that hold them.</summary>
    private static HostTensor Oracle(HostTensor x, (string, object)[] attributes, ElementType to)
    {
        OnnxBuilder model = new(Opset, irVersion: 12);
        bool isConstant = !s_wide.Contains(x.Type), isNarrow = !s_wide.Contains(to);
        if (isConstant) model.Initializer("x", x);
        else model.Input("x", x.Type, x.Length);
        model.Node("Cast", ["x"], [isNarrow ? "narrow" : "y"], attributes);
        if (isNarrow) model.Node("Cast", ["narrow"], ["y"], ("to", (int)ElementType.Float32));
        model.Output("y", isNarrow ? ElementType.Float32 : to, x.Length);
        return OrtOracle.Run(model.Build(), isConstant ? [] : [("x", x)])[0];
    }

    /// <summary>Of a narrow type every code; of a wide one what the narrow one holds, halves, and numbers that are too large.</summary>
    private static HostTensor Samples(ElementType from, ElementType to)
    {
        if (!s_wide.Contains(from))
        {
            int count = ElementTypes.IsNibble(from) ? 16 : 256;
            return new HostTensor(from, [count], [.. Enumerable.Range(0, count).Select(code => (byte)(from == ElementType.Int4 && code > 7 ? code - 16 : code))]);
        }
        List<double> values = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 100, 200, 255];
        bool isReal = from is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16, isSigned = isReal || from is ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64;
        if (from == ElementType.Bool) values = [0, 1];
        else if (from is not (ElementType.UInt8 or ElementType.Int8)) values.AddRange([440, 448, 450, 463, 464, 465, 480, 10000, 20000]);
        if (from is ElementType.Int8) values.RemoveAll(v => v > 127);
        if (isReal) values.AddRange([0.25, 0.5, 1.5, 2.5, 3.5, 6.5, 7.5, 0.001, 1e-4, 5e-6, 240, 244, 248, 250, 57344, 60000, 61440, 65000]);
        if (from is ElementType.Float32 or ElementType.Float64 or ElementType.BFloat16 && s_floats.Contains(to)) values.AddRange([1e6, 1e30, double.PositiveInfinity, double.NaN, -0.0]);
        if (from == ElementType.Float32 && s_floats.Contains(to))
            foreach (double code in new HostTensor(to, [256], [.. Enumerable.Range(0, 256).Select(v => (byte)v)]).ToDoubles().Where(double.IsFinite))
                values.AddRange([code, code * 1.03125, code * 1.0625, code * 1.125, code * 1.2]);
        if (isSigned && to is not (ElementType.Float8E8M0)) values.AddRange([.. values.Select(v => -v)]);
        if (to is ElementType.Float8E8M0) values.RemoveAll(v => v < 0);
        byte[] wide = HostTensor.Of(values.ToArray(), values.Count).Bytes;
        HostTensor doubles = new(ElementType.Float64, [values.Count], wide);
        return from == ElementType.Float64 ? doubles : OrtOracle.Run(OnnxBuilder.OneNode("Cast", 13, [("x", doubles)], ["y"], [("to", (int)from)]), ("x", doubles))[0];
    }
}
