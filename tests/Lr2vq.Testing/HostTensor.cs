using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Data;

namespace Lr2vq.Testing;

/// <summary>A tensor in memory of any element type, row-major: what goes into and comes out of the oracle.</summary>
internal sealed record HostTensor(ElementType Type, int[] Shape, byte[] Bytes)
{
    /// <summary>The elements of a text tensor.</summary>
    public string[]? Texts { get; init; }

    /// <summary>Number of elements.</summary>
    public int Length => Shape.Aggregate(1, (product, extent) => checked(product * extent));

    /// <summary>Copies values; the element type follows from <typeparamref name="T"/>.</summary>
    public static HostTensor Of<T>(ReadOnlySpan<T> values, params int[] shape) where T : unmanaged
    {
        HostTensor tensor = new(ElementTypes.Of<T>(), shape, MemoryMarshal.AsBytes(values).ToArray());
        return tensor.Length == values.Length ? tensor : throw new ArgumentException($"{values.Length} values for shape [{string.Join(',', shape)}]");
    }

    public static HostTensor Of<T>(T[] values, params int[] shape) where T : unmanaged => Of((ReadOnlySpan<T>)values, shape);

    /// <summary>A vector of 64-bit integers, the usual operand of shape operators.</summary>
    public static HostTensor Longs(params long[] values) => Of(values, values.Length);

    /// <summary>A tensor without dimensions.</summary>
    public static HostTensor Scalar<T>(T value) where T : unmanaged => Of<T>([value]);

    public static HostTensor OfTexts(string[] values, params int[] shape) => new(ElementType.String, shape, []) { Texts = values };

    public static HostTensor ReadNpy(string path)
    {
        NpyFile file = NpyFile.Read(path);
        return new HostTensor(file.Type, file.Shape, file.Bytes);
    }

    public void WriteNpy(string path) => new NpyFile(Type, Shape, Bytes).Write(path);

    /// <summary>The elements.</summary>
    public Span<T> Values<T>() where T : unmanaged =>
        ElementTypes.Of<T>() == Type ? MemoryMarshal.Cast<byte, T>(Bytes.AsSpan()) : throw new InvalidOperationException($"the tensor is {Type}, not {typeof(T).Name}");

    /// <summary>The elements of any numeric type as doubles; bool as 0 and 1.</summary>
    public double[] ToDoubles() => Type switch
    {
        ElementType.Float32 => Widen<float>(v => v),
        ElementType.Float64 => Values<double>().ToArray(),
        ElementType.Float16 => Widen<Half>(v => (double)v),
        ElementType.BFloat16 => MemoryMarshal.Cast<byte, ushort>(Bytes).ToArray().Select(v => (double)BitConverter.UInt32BitsToSingle((uint)v << 16)).ToArray(),
        ElementType.Int8 => Widen<sbyte>(v => v),
        ElementType.Int16 => Widen<short>(v => v),
        ElementType.Int32 => Widen<int>(v => v),
        ElementType.Int64 => Widen<long>(v => v),
        ElementType.UInt8 => Widen<byte>(v => v),
        ElementType.UInt16 => Widen<ushort>(v => v),
        ElementType.UInt32 => Widen<uint>(v => v),
        ElementType.UInt64 => Widen<ulong>(v => v),
        ElementType.Bool => Widen<bool>(v => v ? 1 : 0),
        ElementType.Int4 => [.. Bytes.Select(v => (double)(sbyte)v)],
        ElementType.UInt4 => [.. Bytes.Select(v => (double)v)],
        ElementType.Float8E8M0 => [.. Bytes.Select(v => v == 255 ? double.NaN : Math.Pow(2, v - 127))],
        ElementType.Float4E2M1 => [.. Bytes.Select(v => Narrow(v << 4, 2, 1, 1, false, false, false))],
        ElementType.Float8E4M3FN => [.. Bytes.Select(v => Narrow(v, 4, 3, 7, false, true, false))],
        ElementType.Float8E4M3FNUZ => [.. Bytes.Select(v => Narrow(v, 4, 3, 8, false, false, true))],
        ElementType.Float8E5M2 => [.. Bytes.Select(v => Narrow(v, 5, 2, 15, true, true, false))],
        ElementType.Float8E5M2FNUZ => [.. Bytes.Select(v => Narrow(v, 5, 2, 16, false, false, true))],
        _ => throw new InvalidDataException($"{Type} has no numbers"),
    };

    /// <summary>The value of a code by the formula of ONNX's page on floats of 8 bits: sign, exponent and fraction from the highest bit on.</summary>
    /// <param name="infinities">The largest exponent has infinities and NaN, as in IEEE's floats.</param>
    /// <param name="nan">The code of all ones is NaN.</param>
    /// <param name="unsignedZero">The code of -0 is NaN.</param>
    private static double Narrow(int code, int exponentBits, int fractionBits, int bias, bool infinities, bool nan, bool unsignedZero)
    {
        int exponent = code >> (7 - exponentBits) & (1 << exponentBits) - 1, fraction = code >> (7 - exponentBits - fractionBits) & (1 << fractionBits) - 1;
        double sign = code >= 128 ? -1 : 1;
        bool last = exponent == (1 << exponentBits) - 1;
        if (unsignedZero && code == 128 || infinities && last && fraction > 0 || nan && last && fraction == (1 << fractionBits) - 1) return double.NaN;
        if (infinities && last) return sign * double.PositiveInfinity;
        double part = Math.Pow(2, -fractionBits) * fraction;
        return sign * (exponent > 0 ? Math.Pow(2, exponent - bias) * (1 + part) : Math.Pow(2, 1 - bias) * part);
    }

    public override string ToString() => $"{Type} [{string.Join(',', Shape)}]";

    private double[] Widen<T>(Func<T, double> widen) where T : unmanaged
    {
        Span<T> values = Values<T>();
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = widen(values[i]);
        return wide;
    }
}
