using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Kernels;

/// <summary>Integers of 4, 8, 16 or 32 bits as i32.</summary>
internal static unsafe class SmallIntegers
{
    /// <summary>One element of a tensor; 0 of a tensor that is absent.</summary>
    public static int At(byte* data, ElementType type, long index) => data == null ? 0 : type switch
    {
        ElementType.UInt8 => data[index],
        ElementType.Int8 => ((sbyte*)data)[index],
        ElementType.UInt16 => ((ushort*)data)[index],
        ElementType.Int16 => ((short*)data)[index],
        ElementType.UInt4 => data[index] & 0xF,
        ElementType.Int4 => ((data[index] & 0xF) ^ 8) - 8,
        _ => ((int*)data)[index],
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int One<T>(T* source) where T : unmanaged
    {
        if (typeof(T) == typeof(byte)) return *(byte*)source;
        if (typeof(T) == typeof(sbyte)) return *(sbyte*)source;
        if (typeof(T) == typeof(ushort)) return *(ushort*)source;
        return typeof(T) == typeof(short) ? *(short*)source : *(int*)source;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Four<T>(T* source) where T : unmanaged
    {
        if (typeof(T) == typeof(byte))
            return Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(source)).AsByte())).AsInt32();
        if (typeof(T) == typeof(sbyte)) return Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(source)).AsSByte()));
        if (typeof(T) == typeof(ushort)) return Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsUInt16()).AsInt32();
        if (typeof(T) == typeof(short)) return Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(source)).AsInt16());
        return Vector128.Load((int*)source);
    }

    /// <summary>Bytes less a zero point as i16, which holds every such difference.</summary>
    [MethodImpl(Compile.Loop)]
    public static void Widen(byte* source, bool isSigned, int zeroPoint, short* destination, long count)
    {
        // A signed byte with its highest bit turned over is unsigned and 128 larger.
        int flip = isSigned ? 0x80 : 0, offset = flip + zeroPoint;
        long i = 0;
        if (Vector128.IsHardwareAccelerated && Lanes.Isa >= Isa.Vector128)
        {
            var flips = Vector128.Create((byte)flip);
            var offsets = Vector128.Create((short)offset);
            for (; i + 16 <= count; i += 16)
            {
                Vector128<byte> bytes = Vector128.Load(source + i) ^ flips;
                (Vector128.WidenLower(bytes).AsInt16() - offsets).Store(destination + i);
                (Vector128.WidenUpper(bytes).AsInt16() - offsets).Store(destination + i + 8);
            }
        }
        for (; i < count; i++) destination[i] = (short)((source[i] ^ flip) - offset);
    }
}
