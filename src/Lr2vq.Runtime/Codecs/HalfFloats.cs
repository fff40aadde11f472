using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Codecs;

/// <summary>Numbers of 16 bits in memory of any alignment to floats, exactly.</summary>
internal static unsafe class HalfFloats
{
    // What fp16 has fewer bits of fraction, the largest exponent of fp16 in its place, and the difference of both biases as a factor.
    private const int Fraction = 13, Infinite = 0x7C00 << Fraction, InfiniteSingle = 0x7F800000;
    private const float Rebias = 5.192296858534828e33f;

    /// <summary>fp16, denormal, infinite and NaN included.</summary>
    [MethodImpl(Kernels.Compile.Loop)]
    public static void Widen(byte* from, float* to, long count)
    {
        long i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i + 16 <= count; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.LoadUnsafe(ref *from, (nuint)(2 * i)).AsUInt16());
                Single(Vector512.Create(low, high)).Store(to + i);
            }
        else if (Vector256.IsHardwareAccelerated)
            for (; i + 16 <= count; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.LoadUnsafe(ref *from, (nuint)(2 * i)).AsUInt16());
                Single(low).Store(to + i);
                Single(high).Store(to + i + 8);
            }
        for (; i + 8 <= count; i += 8)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.LoadUnsafe(ref *from, (nuint)(2 * i)).AsUInt16());
            Single(low).Store(to + i);
            Single(high).Store(to + i + 4);
        }
        for (; i < count; i++) to[i] = (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(from + 2 * i));
    }

    /// <summary>fp16 one by one, for what is read once while a model is loaded: compiling <see cref="Widen"/> takes longer than this for thousands of numbers.</summary>
    public static void WidenFew(byte* from, float* to, long count)
    {
        for (long i = 0; i < count; i++) to[i] = (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(from + 2 * i));
    }

    [MethodImpl(Kernels.Compile.Loop)]
    public static void WidenBFloat16(byte* from, float* to, long count)
    {
        long i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.LoadUnsafe(ref *from, (nuint)(2 * i)).AsUInt16());
            (low << 16).AsSingle().Store(to + i);
            (high << 16).AsSingle().Store(to + i + 4);
        }
        for (; i < count; i++) to[i] = BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(from + 2 * i) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Single(Vector512<uint> half)
    {
        Vector512<int> size = ((half & Vector512.Create(0x7FFFu)) << Fraction).AsInt32();
        Vector512<int> value = (size.AsSingle() * Vector512.Create(Rebias)).AsInt32();
        value |= Vector512.GreaterThan(size, Vector512.Create(Infinite - 1)) & Vector512.Create(InfiniteSingle);
        return (value.AsUInt32() | ((half & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Single(Vector256<uint> half)
    {
        Vector256<int> size = ((half & Vector256.Create(0x7FFFu)) << Fraction).AsInt32();
        Vector256<int> value = (size.AsSingle() * Vector256.Create(Rebias)).AsInt32();
        value |= Vector256.GreaterThan(size, Vector256.Create(Infinite - 1)) & Vector256.Create(InfiniteSingle);
        return (value.AsUInt32() | ((half & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Single(Vector128<uint> half)
    {
        Vector128<int> size = ((half & Vector128.Create(0x7FFFu)) << Fraction).AsInt32();
        Vector128<int> value = (size.AsSingle() * Vector128.Create(Rebias)).AsInt32();
        value |= Vector128.GreaterThan(size, Vector128.Create(Infinite - 1)) & Vector128.Create(InfiniteSingle);
        return (value.AsUInt32() | ((half & Vector128.Create(0x8000u)) << 16)).AsSingle();
    }
}
