using System;
using System.Runtime.CompilerServices;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>Casts from floats, by way of double (which holds every one of them exactly).</summary>
internal static unsafe class CastReals
{
    public static void Read(byte* source, ElementType type, double* destination, int count)
    {
        switch (type)
        {
            case ElementType.Float32:
                for (int i = 0; i < count; i++) destination[i] = ((float*)source)[i];
                break;
            case ElementType.Float64:
                for (int i = 0; i < count; i++) destination[i] = ((double*)source)[i];
                break;
            case ElementType.Float16:
                for (int i = 0; i < count; i++) destination[i] = (double)((Half*)source)[i];
                break;
            case ElementType.BFloat16:
                for (int i = 0; i < count; i++) destination[i] = BitConverter.Int32BitsToSingle(((ushort*)source)[i] << 16);
                break;
            default:
                if (!ElementTypes.IsNarrowFloat(type)) throw UnexpectedType.Of(type);
                for (int i = 0; i < count; i++) destination[i] = NarrowFloats.ToSingle(type, source[i]);
                break;
        }
    }

    [MethodImpl(Compile.Loop)]
    public static void Write(double* source, byte* destination, ElementType type, int count, NarrowCast narrow)
    {
        switch (type)
        {
            case ElementType.Float32:
                for (int i = 0; i < count; i++) ((float*)destination)[i] = (float)source[i];
                break;
            case ElementType.Float64:
                for (int i = 0; i < count; i++) ((double*)destination)[i] = source[i];
                break;
            case ElementType.Float16:
                for (int i = 0; i < count; i++) ((Half*)destination)[i] = (Half)(float)source[i];
                break;
            case ElementType.BFloat16:
                for (int i = 0; i < count; i++) ((ushort*)destination)[i] = BrainFloat((float)source[i]);
                break;
            case ElementType.Bool:
                for (int i = 0; i < count; i++) destination[i] = source[i] != 0 ? (byte)1 : (byte)0;
                break;
            case ElementType.Int64:
                for (int i = 0; i < count; i++) ((long*)destination)[i] = ToInt64(source[i]);
                break;
            case ElementType.UInt64:
                for (int i = 0; i < count; i++)
                    ((ulong*)destination)[i] = source[i] >= 9223372036854775808.0
                        ? (ulong)ToInt64(source[i] - 9223372036854775808.0) ^ 0x8000000000000000
                        : (ulong)ToInt64(source[i]);
                break;
            case ElementType.UInt32:
                for (int i = 0; i < count; i++) ((uint*)destination)[i] = unchecked((uint)ToInt64(source[i]));
                break;
            case ElementType.Int32:
                for (int i = 0; i < count; i++) ((int*)destination)[i] = ToInt32(source[i]);
                break;
            case ElementType.Int16 or ElementType.UInt16:
                for (int i = 0; i < count; i++) ((short*)destination)[i] = unchecked((short)ToInt32(source[i]));
                break;
            case ElementType.Int8 or ElementType.UInt8:
                for (int i = 0; i < count; i++) ((sbyte*)destination)[i] = unchecked((sbyte)ToInt32(source[i]));
                break;
            case ElementType.Int4:
                for (int i = 0; i < count; i++) destination[i] = CastIntegers.ToInt4(ToInt32(Math.Round(source[i])));
                break;
            case ElementType.UInt4:
                for (int i = 0; i < count; i++) destination[i] = CastIntegers.ToUInt4(ToInt32(Math.Round(source[i])));
                break;
            default:
                if (!ElementTypes.IsNarrowFloat(type)) throw UnexpectedType.Of(type);
                for (int i = 0; i < count; i++) destination[i] = narrow.Of(type, (float)source[i]);
                break;
        }
    }

    /// <summary>The nearest bf16, halves to even; NaN stays NaN.</summary>
    public static ushort BrainFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    // Comparisons, because a cast out of range differs between run times and processors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ToInt32(double value) => value > -2147483649.0 && value < 2147483648.0 ? (int)value : int.MinValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long ToInt64(double value) =>
        value >= -9223372036854775808.0 && value < 9223372036854775808.0 ? (long)value : long.MinValue;
}
