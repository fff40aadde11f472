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
        _ => throw new InvalidDataException($"{Type} has no numbers"),
    };

    public override string ToString() => $"{Type} [{string.Join(',', Shape)}]";

    private double[] Widen<T>(Func<T, double> widen) where T : unmanaged
    {
        Span<T> values = Values<T>();
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = widen(values[i]);
        return wide;
    }
}
