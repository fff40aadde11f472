using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Kernels;

/// <summary>What sums of products of i16 ask of one vector width. Sums of i32 wrap around, so that their order does not matter.</summary>
/// <typeparam name="S">A vector of i16.</typeparam>
/// <typeparam name="I">As wide a vector of i32.</typeparam>
internal unsafe interface IDotLanes<S, I> where S : struct where I : struct
{
    static abstract int Count { get; }
    static abstract S Load(short* source);
    /// <summary>Adds the products, two of them to each lane, whichever.</summary>
    static abstract I AddProducts(I sums, S a, S b);
    static abstract int Sum(I sums);
}

internal readonly unsafe struct DotLanes256 : IDotLanes<Vector256<short>, Vector256<int>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Load(short* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> AddProducts(Vector256<int> sums, Vector256<short> a, Vector256<short> b) => Avx2.IsSupported
        ? sums + Avx2.MultiplyAddAdjacent(a, b)
        : sums + Vector256.WidenLower(a) * Vector256.WidenLower(b) + Vector256.WidenUpper(a) * Vector256.WidenUpper(b);

    public static int Sum(Vector256<int> sums) => Vector256.Sum(sums);
}

internal readonly unsafe struct DotLanes128 : IDotLanes<Vector128<short>, Vector128<int>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Load(short* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> AddProducts(Vector128<int> sums, Vector128<short> a, Vector128<short> b)
    {
        if (Sse2.IsSupported) return sums + Sse2.MultiplyAddAdjacent(a, b);
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningLowerAndAdd(sums, a.GetLower(), b.GetLower()), a, b);
        return sums + Vector128.WidenLower(a) * Vector128.WidenLower(b) + Vector128.WidenUpper(a) * Vector128.WidenUpper(b);
    }

    public static int Sum(Vector128<int> sums) => Vector128.Sum(sums);
}

internal readonly unsafe struct DotLanes1 : IDotLanes<short, int>
{
    public static int Count => 1;

    public static short Load(short* source) => *source;

    public static int AddProducts(int sums, short a, short b) => sums + a * b;

    public static int Sum(int sums) => sums;
}
