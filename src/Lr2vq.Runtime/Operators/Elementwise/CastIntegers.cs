using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Casts from whole numbers and bool, by way of long (u64 by its bits).</summary>
internal static unsafe class CastIntegers
{
    public static void Read(byte* source, ElementType type, long* destination, int count)
    {
        switch (type)
        {
            case ElementType.Bool:
                for (int i = 0; i < count; i++) destination[i] = source[i] != 0 ? 1 : 0;
                break;
            case ElementType.UInt8:
                for (int i = 0; i < count; i++) destination[i] = source[i];
                break;
            case ElementType.Int8:
                for (int i = 0; i < count; i++) destination[i] = ((sbyte*)source)[i];
                break;
            case ElementType.UInt16:
                for (int i = 0; i < count; i++) destination[i] = ((ushort*)source)[i];
                break;
            case ElementType.Int16:
                for (int i = 0; i < count; i++) destination[i] = ((short*)source)[i];
                break;
            case ElementType.UInt32:
                for (int i = 0; i < count; i++) destination[i] = ((uint*)source)[i];
                break;
            case ElementType.Int32:
                for (int i = 0; i < count; i++) destination[i] = ((int*)source)[i];
                break;
            case ElementType.UInt64 or ElementType.Int64:
                for (int i = 0; i < count; i++) destination[i] = ((long*)source)[i];
                break;
            case ElementType.UInt4:
                for (int i = 0; i < count; i++) destination[i] = ToUInt4(source[i]);
                break;
            case ElementType.Int4:
                for (int i = 0; i < count; i++) destination[i] = (sbyte)ToInt4(source[i]);
                break;
            default: throw UnexpectedType.Of(type);
        }
    }

    /// <param name="source">The numbers.</param>
    /// <param name="unsigned">They are the bits of u64.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="type">Their type there.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="narrow">How they become floats of 8 and 4 bits.</param>
    [MethodImpl(Compile.Loop)]
    public static void Write(long* source, bool unsigned, byte* destination, ElementType type, int count, NarrowCast narrow)
    {
        switch (type)
        {
            case ElementType.Float32:
                for (int i = 0; i < count; i++) ((float*)destination)[i] = ToSingle(source[i], unsigned);
                break;
            case ElementType.Float64:
                for (int i = 0; i < count; i++) ((double*)destination)[i] = unsigned ? (double)(ulong)source[i] : source[i];
                break;
            case ElementType.Float16:
                for (int i = 0; i < count; i++) ((Half*)destination)[i] = (Half)ToSingle(source[i], unsigned);
                break;
            case ElementType.BFloat16:
                for (int i = 0; i < count; i++) ((ushort*)destination)[i] = CastReals.BrainFloat(ToSingle(source[i], unsigned));
                break;
            case ElementType.Bool:
                for (int i = 0; i < count; i++) destination[i] = source[i] != 0 ? (byte)1 : (byte)0;
                break;
            case ElementType.UInt8 or ElementType.Int8:
                for (int i = 0; i < count; i++) destination[i] = unchecked((byte)source[i]);
                break;
            case ElementType.UInt16 or ElementType.Int16:
                for (int i = 0; i < count; i++) ((ushort*)destination)[i] = unchecked((ushort)source[i]);
                break;
            case ElementType.UInt32 or ElementType.Int32:
                for (int i = 0; i < count; i++) ((uint*)destination)[i] = unchecked((uint)source[i]);
                break;
            case ElementType.UInt64 or ElementType.Int64:
                for (int i = 0; i < count; i++) ((long*)destination)[i] = source[i];
                break;
            case ElementType.UInt4:
                for (int i = 0; i < count; i++) destination[i] = ToUInt4(source[i]);
                break;
            case ElementType.Int4:
                for (int i = 0; i < count; i++) destination[i] = ToInt4(source[i]);
                break;
            default:
                if (!ElementTypes.IsNarrowFloat(type)) throw UnexpectedType.Of(type);
                for (int i = 0; i < count; i++) destination[i] = narrow.Of(type, ToSingle(source[i], unsigned));
                break;
        }
    }

    /// <summary>The low four bits.</summary>
    public static byte ToUInt4(long value) => (byte)(value & 0xF);

    /// <summary>The low four bits, the highest of them as a sign: a signed byte.</summary>
    public static byte ToInt4(long value) => unchecked((byte)(((value & 0xF) ^ 8) - 8));

    private static float ToSingle(long value, bool unsigned) => unsigned ? (ulong)value : value;
}
