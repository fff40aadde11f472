using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Floats that are computed while they are quantized.</summary>
internal interface IFloatSource
{
    float One(long i);

    Vector128<float> Four(long i);
}

/// <summary>The values that a type can hold, less its zero point.</summary>
internal readonly struct QuantizedRange
{
    public QuantizedRange(ElementType type, int zeroPoint)
    {
        (int least, int most) = type switch
        {
            ElementType.UInt8 => (byte.MinValue, byte.MaxValue),
            ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            ElementType.UInt16 => (ushort.MinValue, ushort.MaxValue),
            ElementType.UInt4 => (0, 15),
            ElementType.Int4 => (-8, 7),
            _ => ((int)short.MinValue, (int)short.MaxValue),
        };
        (Low, High, ZeroPoint, IsWide) = (least - zeroPoint, most - zeroPoint, zeroPoint, type is ElementType.UInt16 or ElementType.Int16);
    }

    public float Low { get; }
    public float High { get; }
    public int ZeroPoint { get; }

    /// <summary>16 bits, not 8 or 4.</summary>
    public bool IsWide { get; }
}

/// <summary>Floats to small integers as ONNX Runtime makes them: saturated, rounded to the nearest, halves to even, the zero point added. NaN becomes the lowest.</summary>
internal static unsafe class Quantizer
{
    /// <summary>1.5·2²³: added to a float of at most 2²², leaves it rounded in the lowest bits.</summary>
    private const float Magic = 12582912f;

    private const int MagicBits = 0x4B400000;

    [MethodImpl(Compile.Loop)]
    public static void Row<TSource>(TSource source, QuantizedRange range, byte* y, long count) where TSource : struct, IFloatSource
    {
        long i = 0;
        if (Vector128.IsHardwareAccelerated && Lanes.Isa >= Isa.Vector128)
            for (; i + 16 <= count; i += 16)
            {
                Vector128<short> low = Vector128.Narrow(Four(source.Four(i), range), Four(source.Four(i + 4), range));
                Vector128<short> high = Vector128.Narrow(Four(source.Four(i + 8), range), Four(source.Four(i + 12), range));
                if (!range.IsWide) Vector128.Narrow(low, high).AsByte().Store(y + i);
                else
                {
                    low.Store((short*)y + i);
                    high.Store((short*)y + i + 8);
                }
            }
        for (; i < count; i++)
            if (range.IsWide) ((short*)y)[i] = (short)One(source.One(i), range);
            else y[i] = (byte)One(source.One(i), range);
    }

    public static int One(float value, QuantizedRange range)
    {
        float above = value > range.Low ? value : range.Low, within = above < range.High ? above : range.High;
        return BitConverter.SingleToInt32Bits(within + Magic) - MagicBits + range.ZeroPoint;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Four(Vector128<float> values, QuantizedRange range)
    {
        Vector128<float> low = Vector128.Create(range.Low), high = Vector128.Create(range.High);
        Vector128<float> above = Vector128.ConditionalSelect(Vector128.GreaterThan(values, low), values, low);
        Vector128<float> within = Vector128.ConditionalSelect(Vector128.LessThan(above, high), above, high);
        return (within + Vector128.Create(Magic)).AsInt32() + Vector128.Create(range.ZeroPoint - MagicBits);
    }
}
