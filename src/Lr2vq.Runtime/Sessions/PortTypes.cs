using System;
using System.Collections.Generic;
using Lr2vq.Diagnostics;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Inputs and outputs by index and element type, as callers name them.</summary>
internal static class PortTypes
{
    public static void Check<T>(PlanPort port) where T : unmanaged
    {
        ElementType type = Of<T>();
        if (type != Passed(port.Type))
            throw new ArgumentException($"'{port.Name}' has elements of type {port.Type}, not {typeof(T).Name}");
    }

    /// <summary>What is passed for a type: .NET has no bfloat16 and no narrower types, so their bits are.</summary>
    private static ElementType Passed(ElementType type) => type switch
    {
        ElementType.BFloat16 => ElementType.UInt16,
        ElementType.Int4 => ElementType.Int8,
        _ => ElementTypes.IsNarrow(type) ? ElementType.UInt8 : type,
    };

    /// <summary>The first port that the back end of ONNX Runtime does not pass; null if there is none.</summary>
    public static Diagnostic? Unpassed(Plan plan, string? file)
    {
        foreach (PlanPort port in plan.Inputs)
            if (ElementTypes.IsNarrow(port.Type)) return Problem("input", port);
        foreach (PlanPort port in plan.Outputs)
            if (ElementTypes.IsNarrow(port.Type)) return Problem("output", port);
        return null;

        Diagnostic Problem(string direction, PlanPort port) =>
            DiagnosticCatalogue.PortNotPassed.At(new DiagnosticPlace(file, null, port.Name), direction, port.Name, ElementTypes.Word(port.Type));
    }

    public static PlanPort Port(IReadOnlyList<PlanPort> ports, int index)
    {
        if ((uint)index >= (uint)ports.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, FormattableString.Invariant($"The model has {ports.Count} of these"));
        return ports[index];
    }

    /// <summary>Elements of a tensor.</summary>
    public static long Length(ReadOnlySpan<int> dimensions)
    {
        long length = 1;
        foreach (int dimension in dimensions) length = checked(length * dimension);
        return length;
    }

    /// <summary>Compares a shape that a caller gives with the port's, and with the number of elements.</summary>
    public static void CheckShape(PlanPort port, int length, ReadOnlySpan<int> shape)
    {
        bool fits = shape.Length == port.Shape.Count;
        for (int d = 0; fits && d < shape.Length; d++)
            fits = shape[d] >= 0 && (!port.Shape[d].IsConstant || port.Shape[d].Value == shape[d]);
        if (!fits)
            throw new ArgumentException(
                $"Input '{port.Name}' has the shape [{string.Join(",", port.Shape)}], not [{string.Join(",", shape.ToArray())}]", nameof(shape));
        if (Length(shape) != length)
            throw new ArgumentException(FormattableString.Invariant(
                $"Input '{port.Name}' [{string.Join(",", shape.ToArray())}] has {Length(shape)} elements; {length} were given"), nameof(length));
    }

    /// <summary>Bytes of a pixel of a picture.</summary>
    /// <exception cref="ArgumentException">There is no such picture.</exception>
    public static int Channels(int length, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        long area = (long)width * height, channels = length / area;
        return channels is >= 1 and <= 4 && channels * area == length ? (int)channels : throw new ArgumentException(FormattableString.Invariant(
            $"A picture of {width} x {height} pixels has {area} bytes times 1, 2, 3 or 4; {length} were given"), nameof(length));
    }

    private static ElementType Of<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return ElementType.Float32;
        if (typeof(T) == typeof(double)) return ElementType.Float64;
        if (typeof(T) == typeof(Half)) return ElementType.Float16;
        if (typeof(T) == typeof(sbyte)) return ElementType.Int8;
        if (typeof(T) == typeof(short)) return ElementType.Int16;
        if (typeof(T) == typeof(int)) return ElementType.Int32;
        if (typeof(T) == typeof(long)) return ElementType.Int64;
        if (typeof(T) == typeof(byte)) return ElementType.UInt8;
        if (typeof(T) == typeof(ushort)) return ElementType.UInt16;
        if (typeof(T) == typeof(uint)) return ElementType.UInt32;
        if (typeof(T) == typeof(ulong)) return ElementType.UInt64;
        if (typeof(T) == typeof(bool)) return ElementType.Bool;
        return ElementType.Undefined;
    }
}
