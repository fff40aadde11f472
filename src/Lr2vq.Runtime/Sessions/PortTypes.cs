using System;
using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Inputs and outputs by index and element type, as callers name them.</summary>
internal static class PortTypes
{
    public static void Check<T>(PlanPort port) where T : unmanaged
    {
        ElementType type = Of<T>();
        // There is no bfloat16 in .NET; its bits are passed.
        if (type != port.Type && !(type == ElementType.UInt16 && port.Type == ElementType.BFloat16))
            throw new ArgumentException($"'{port.Name}' has elements of type {port.Type}, not {typeof(T).Name}");
    }

    public static PlanPort Port(IReadOnlyList<PlanPort> ports, int index)
    {
        if ((uint)index >= (uint)ports.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, FormattableString.Invariant($"The model has {ports.Count} of these"));
        return ports[index];
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
