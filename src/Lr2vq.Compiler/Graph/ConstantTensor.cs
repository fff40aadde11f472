using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>The values of a constant. They are read when asked for, so that planning touches no weight.</summary>
/// <remarks>Floats of every width are f32 here. Reads are thread-safe.</remarks>
internal abstract class ConstantTensor
{
    /// <summary>Most constants that are read one inside the other; rewrite rules stop there.</summary>
    public const int MostDepth = 32;

    /// <param name="type">Type of the elements.</param>
    /// <param name="shape">Dimensions.</param>
    /// <param name="sources">Constants that are read when this one is; null for those that are absent.</param>
    protected ConstantTensor(ElementType type, int[] shape, params ReadOnlySpan<ConstantTensor?> sources)
    {
        (Type, Shape) = (type, shape);
        Reads = [.. sources];
        foreach (ConstantTensor? source in sources) Depth = Math.Max(Depth, source?.Depth + OwnDepth ?? 0);
        Count = shape.Aggregate(1L, (length, dimension) => checked(length * dimension));
    }

    /// <summary>What is read when this one is; null for what is absent.</summary>
    public IReadOnlyList<ConstantTensor?> Reads { get; }

    public ElementType Type { get; }
    public int[] Shape { get; }
    public long Count { get; }
    /// <summary>How many constants are read one inside the other when this one is.</summary>
    public int Depth { get; }
    protected virtual int OwnDepth => 1;
    public long ByteLength => checked(Count * ElementTypes.ByteLength(Type));

    /// <summary>Reads elements from <paramref name="first"/> as little-endian bytes of <see cref="Type"/>.</summary>
    public abstract void ReadRaw(Span<byte> destination, long first = 0);

    /// <summary>Reads elements of an f32 tensor from <paramref name="first"/>.</summary>
    public void ReadFloats(Span<float> destination, long first = 0)
    {
        if (Type != ElementType.Float32) throw new InvalidOperationException("The constant is not f32");
        ReadRaw(MemoryMarshal.AsBytes(destination), first);
    }

    public byte[] ToBytes()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)ByteLength));
        ReadRaw(bytes);
        return bytes;
    }

    public float[] ToFloats()
    {
        float[] values = GC.AllocateUninitializedArray<float>(checked((int)Count));
        ReadFloats(values);
        return values;
    }

    /// <summary>The values of an integer or bool tensor.</summary>
    public long[] ToInt64s()
    {
        byte[] bytes = ToBytes();
        var values = new long[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Type switch
            {
                ElementType.Int64 => BitConverter.ToInt64(bytes, i * 8),
                ElementType.UInt64 => (long)BitConverter.ToUInt64(bytes, i * 8),
                ElementType.Int32 => BitConverter.ToInt32(bytes, i * 4),
                ElementType.UInt32 => BitConverter.ToUInt32(bytes, i * 4),
                ElementType.Int16 => BitConverter.ToInt16(bytes, i * 2),
                ElementType.UInt16 => BitConverter.ToUInt16(bytes, i * 2),
                ElementType.Int8 or ElementType.Int4 => (sbyte)bytes[i],
                ElementType.UInt8 or ElementType.UInt4 or ElementType.Bool => bytes[i],
                _ => throw new InvalidOperationException("The constant holds no integers"),
            };
        return values;
    }

    public static ConstantTensor Of(int[] shape, float[] values) =>
        new MemoryConstant(ElementType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public static ConstantTensor Of(int[] shape, long[] values) =>
        new MemoryConstant(ElementType.Int64, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public static ConstantTensor Scalar(float value) => Of([], [value]);

    /// <summary>Integers as a tensor of any integer type or bool; null if one does not fit, or the type is another.</summary>
    public static ConstantTensor? Of(ElementType type, int[] shape, long[] values)
    {
        int size = ElementTypes.ByteLength(type);
        byte[] bytes = new byte[values.Length * size];
        for (int i = 0; i < values.Length; i++)
        {
            long value = values[i];
            bool fits = type switch
            {
                ElementType.Int64 => true,
                ElementType.Int32 => value == (int)value,
                ElementType.Int16 => value == (short)value,
                ElementType.Int8 => value == (sbyte)value,
                ElementType.UInt64 => value >= 0,
                ElementType.UInt32 => value == (uint)value,
                ElementType.UInt16 => value == (ushort)value,
                ElementType.UInt8 => value == (byte)value,
                ElementType.Bool => value is 0 or 1,
                _ => false,
            };
            if (!fits) return null;
            for (int b = 0; b < size; b++) bytes[i * size + b] = (byte)(value >> 8 * b);
        }
        return new MemoryConstant(type, shape, bytes);
    }
}

/// <summary>A constant in memory.</summary>
internal sealed class MemoryConstant(ElementType type, int[] shape, byte[] bytes) : ConstantTensor(type, shape)
{
    public override void ReadRaw(Span<byte> destination, long first = 0) =>
        bytes.AsSpan(checked((int)(first * ElementTypes.ByteLength(Type))), destination.Length).CopyTo(destination);
}

/// <summary>A constant that is computed when it is read, and again if its values were collected since.</summary>
internal sealed class LazyConstant(ElementType type, int[] shape, Func<byte[]> compute, params ReadOnlySpan<ConstantTensor?> sources) : ConstantTensor(type, shape, sources)
{
    private readonly object _gate = new();
    private readonly WeakReference<byte[]?> _values = new(null);

    public override void ReadRaw(Span<byte> destination, long first = 0)
    {
        byte[]? values;
        lock (_gate)
        {
            if (!_values.TryGetTarget(out values))
            {
                values = compute();
                if (values.LongLength != ByteLength) throw new InvalidOperationException("A folded constant has the wrong length");
                _values.SetTarget(values);
            }
        }
        values.AsSpan(checked((int)(first * ElementTypes.ByteLength(Type))), destination.Length).CopyTo(destination);
    }
}

/// <summary>The same values with another shape.</summary>
internal sealed class ReshapedConstant : ConstantTensor
{
    public ReshapedConstant(ConstantTensor source, int[] shape) : base(source.Type, shape, source) =>
        Source = source is ReshapedConstant reshaped ? reshaped.Source : source;

    /// <summary>The constant; not a reshaped one.</summary>
    public ConstantTensor Source { get; }

    protected override int OwnDepth => 0;

    public override void ReadRaw(Span<byte> destination, long first = 0) => Source.ReadRaw(destination, first);
}
