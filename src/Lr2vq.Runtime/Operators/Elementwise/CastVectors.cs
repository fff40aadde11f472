using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Lr2vq.Kernels;

namespace Lr2vq.Operators;

/// <summary>The casts that networks have most, in vectors. Every function converts whole vectors, as <see cref="CastReals"/> and <see cref="CastIntegers"/> do, and
/// says how many elements it did: the rest is left to those.</summary>
internal static unsafe class CastVectors
{
    public static long Run(byte* x, ElementType from, byte* y, ElementType to, long count)
    {
        if (!Vector128.IsHardwareAccelerated || Lanes.Isa < Isa.Vector128) return 0;
        return (from, to) switch
        {
            (ElementType.Float32, ElementType.Int32) => SinglesToInts((float*)x, (int*)y, count),
            (ElementType.Float32, ElementType.Int64) => SinglesToLongs((float*)x, (long*)y, count),
            (ElementType.Float32, ElementType.Bool) => SinglesToFlags((float*)x, y, count),
            (ElementType.Int64, ElementType.Float32) => LongsToSingles((long*)x, (float*)y, count),
            (ElementType.Int32, ElementType.Float32) => IntsToSingles((int*)x, (float*)y, count),
            (ElementType.Int64, ElementType.Int32) => LongsToInts((long*)x, (int*)y, count),
            (ElementType.Int32, ElementType.Int64) => IntsToLongs((int*)x, (long*)y, count),
            (ElementType.Bool, ElementType.Float32) => FlagsToSingles(x, (float*)y, count),
            _ => 0,
        };
    }

    [MethodImpl(Compile.Loop)]
    private static long SinglesToInts(float* x, int* y, long count)
    {
        // The instruction gives int.MinValue out of range.
        if (!Avx.IsSupported) return 0;
        long i = 0;
        for (; i + 8 <= count; i += 8) Avx.ConvertToVector256Int32WithTruncation(Vector256.Load(x + i)).Store(y + i);
        return i;
    }

    [MethodImpl(Compile.Loop)]
    private static long SinglesToLongs(float* x, long* y, long count)
    {
        // The instruction gives long.MinValue out of range.
        if (!Avx512DQ.IsSupported) return 0;
        long i = 0;
        for (; i + 8 <= count; i += 8) Avx512DQ.ConvertToVector512Int64WithTruncation(Vector256.Load(x + i)).Store(y + i);
        return i;
    }

    [MethodImpl(Compile.Loop)]
    private static long SinglesToFlags(float* x, byte* y, long count)
    {
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Vector128<short> low = Vector128.Narrow(IsZero(x + i), IsZero(x + i + 4)), high = Vector128.Narrow(IsZero(x + i + 8), IsZero(x + i + 12));
            Vector128.AndNot(Vector128<byte>.One, Vector128.Narrow(low, high).AsByte()).Store(y + i);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> IsZero(float* x) => Vector128.Equals(Vector128.Load(x), Vector128<float>.Zero).AsInt32();

    [MethodImpl(Compile.Loop)]
    private static long LongsToSingles(long* x, float* y, long count)
    {
        if (!Avx512DQ.IsSupported) return 0;
        long i = 0;
        for (; i + 8 <= count; i += 8) Avx512DQ.ConvertToVector256Single(Vector512.Load(x + i)).Store(y + i);
        return i;
    }

    [MethodImpl(Compile.Loop)]
    private static long IntsToSingles(int* x, float* y, long count)
    {
        long i = 0;
        for (; i + 8 <= count; i += 8) Vector256.ConvertToSingle(Vector256.Load(x + i)).Store(y + i);
        return i;
    }

    [MethodImpl(Compile.Loop)]
    private static long LongsToInts(long* x, int* y, long count)
    {
        long i = 0;
        for (; i + 8 <= count; i += 8) Vector256.Narrow(Vector256.Load(x + i), Vector256.Load(x + i + 4)).Store(y + i);
        return i;
    }

    [MethodImpl(Compile.Loop)]
    private static long IntsToLongs(int* x, long* y, long count)
    {
        long i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Vector256<int> v = Vector256.Load(x + i);
            Vector256.WidenLower(v).Store(y + i);
            Vector256.WidenUpper(v).Store(y + i + 4);
        }
        return i;
    }

    [MethodImpl(Compile.Loop)]
    private static long FlagsToSingles(byte* x, float* y, long count)
    {
        long i = 0;
        for (; i + 16 <= count; i += 16)
        {
            // Bits of 1, or none.
            Vector128<sbyte> flags = ~Vector128.Equals(Vector128.Load((sbyte*)x + i), Vector128<sbyte>.Zero);
            Vector128<short> low = Vector128.WidenLower(flags), high = Vector128.WidenUpper(flags);
            Vector128<int> one = Vector128.Create(1f).AsInt32();
            (Vector128.WidenLower(low) & one).Store((int*)y + i);
            (Vector128.WidenUpper(low) & one).Store((int*)y + i + 4);
            (Vector128.WidenLower(high) & one).Store((int*)y + i + 8);
            (Vector128.WidenUpper(high) & one).Store((int*)y + i + 12);
        }
        return i;
    }
}
