using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Kernels;

/// <summary>Sixteen lanes: 512-bit vectors.</summary>
internal unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count { [MethodImpl(Inline)] get => 16; }
    public static Vector512<float> Zero { [MethodImpl(Inline)] get => Vector512<float>.Zero; }
    [MethodImpl(Inline)] public static Vector512<float> Load(float* source) => Vector512.Load(source);
    [MethodImpl(Inline)] public static void Touch(float* place) => Sse.Prefetch0(place);

    /// <summary>Asks for what is read 32 steps later.</summary>
    [MethodImpl(Inline)]
    public static Vector512<float> LoadStream(float* source)
    {
        Sse.Prefetch0(source + 32 * 16);
        return Vector512.Load(source);
    }

    [MethodImpl(Inline)] public static void Store(Vector512<float> value, float* destination) => value.Store(destination);
    [MethodImpl(Inline)] public static Vector512<float> Splat(float value) => Vector512.Create(value);
    [MethodImpl(Inline)] public static Vector512<float> Broadcast(float* source) => Vector512.Create(*source);
    [MethodImpl(Inline)] public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;
    [MethodImpl(Inline)] public static Vector512<float> Sub(Vector512<float> a, Vector512<float> b) => a - b;
    [MethodImpl(Inline)] public static Vector512<float> Mul(Vector512<float> a, Vector512<float> b) => a * b;
    [MethodImpl(Inline)] public static Vector512<float> Div(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Avx512F.IsSupported ? Avx512F.FusedMultiplyAdd(a, b, c) : FusedMultiplyAdd.Of(a, b, c);

    [MethodImpl(Inline)] public static Vector512<float> AddFrom(Vector512<float> a, float* source) => a + Vector512.Load(source);
    [MethodImpl(Inline)] public static Vector512<float> Scale(float factor, Vector512<float> x) => Vector512.Create(factor) * x;

    [MethodImpl(Inline)]
    public static Vector512<float> AddScaled(float factor, Vector512<float> x, Vector512<float> sum) =>
        Avx512F.IsSupported ? Avx512F.FusedMultiplyAdd(Vector512.Create(factor), x, sum) : FusedMultiplyAdd.Of(Vector512.Create(factor), x, sum);

    [MethodImpl(Inline)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) =>
        Avx512F.IsSupported ? Avx512F.Min(a, b) : Vector512.ConditionalSelect(Vector512.LessThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) =>
        Avx512F.IsSupported ? Avx512F.Max(a, b) : Vector512.ConditionalSelect(Vector512.GreaterThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector512<float> Clamp(Vector512<float> low, Vector512<float> high, Vector512<float> x) =>
        Avx512F.IsSupported ? Avx512F.Min(high, Avx512F.Max(low, x)) : Min(high, Max(low, x));

    [MethodImpl(Inline)] public static Vector512<float> Sqrt(Vector512<float> x) => Vector512.Sqrt(x);
    [MethodImpl(Inline)] public static Vector512<float> Abs(Vector512<float> x) => Vector512.Abs(x);
    [MethodImpl(Inline)] public static Vector512<float> Neg(Vector512<float> x) => x ^ Vector512.Create(-0f);
    [MethodImpl(Inline)] public static Vector512<float> Floor(Vector512<float> x) => Vector512.Floor(x);
    [MethodImpl(Inline)] public static Vector512<float> Ceiling(Vector512<float> x) => Vector512.Ceiling(x);
    [MethodImpl(Inline)] public static Vector512<float> Less(Vector512<float> a, Vector512<float> b) => Vector512.LessThan(a, b);

    [MethodImpl(Inline)]
    public static Vector512<float> LessOrEqual(Vector512<float> a, Vector512<float> b) => Vector512.LessThanOrEqual(a, b);

    [MethodImpl(Inline)] public static Vector512<float> Equal(Vector512<float> a, Vector512<float> b) => Vector512.Equals(a, b);
    [MethodImpl(Inline)] public static Vector512<float> And(Vector512<float> a, Vector512<float> b) => a & b;
    [MethodImpl(Inline)] public static Vector512<float> Or(Vector512<float> a, Vector512<float> b) => a | b;
    [MethodImpl(Inline)] public static Vector512<float> Xor(Vector512<float> a, Vector512<float> b) => a ^ b;

    [MethodImpl(Inline)]
    public static Vector512<float> Select(Vector512<float> mask, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(mask, a, b);

    [MethodImpl(Inline)] public static uint MaskBits(Vector512<float> mask) => (uint)Vector512.ExtractMostSignificantBits(mask);

    [MethodImpl(Inline)]
    public static Vector512<float> PowerOfTwo(Vector512<float> n) => Avx512F.IsSupported
        ? Avx512F.Scale(Vector512.Create(1f), n)
        : Vector512.ShiftLeft(ToInt32(n) + Vector512.Create(127), 23).AsSingle();

    [MethodImpl(Inline)]
    public static Vector512<float> PowerOfRounded(Vector512<float> rounded) =>
        (Vector512.ShiftLeft(rounded.AsInt32(), 23) + Vector512.Create(127 << 23)).AsSingle();

    [MethodImpl(Inline)]
    public static Vector512<float> TimesPowerOfTwo(Vector512<float> x, Vector512<float> n)
    {
        if (Avx512F.IsSupported) return Avx512F.Scale(x, n);
        // In two factors: n may lie outside the exponents of a float while the product does not.
        Vector512<float> half = Floor(n * Vector512.Create(0.5f));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(Inline)]
    public static Vector512<float> Exponent(Vector512<float> x) => Vector512.ConvertToSingle(
        (Vector512.ShiftRightLogical(x.AsInt32(), 23) & Vector512.Create(255)) - Vector512.Create(127));

    [MethodImpl(Inline)]
    public static Vector512<float> Mantissa(Vector512<float> x) =>
        ((x.AsInt32() & Vector512.Create(0x7FFFFF)) | Vector512.Create(0x3F800000)).AsSingle();

    [MethodImpl(Inline)] public static float Sum(Vector512<float> x) => Lanes256.Sum(x.GetLower() + x.GetUpper());

    [MethodImpl(Inline)]
    public static float Largest(Vector512<float> x) => Lanes256.Largest(Lanes256.Max(x.GetLower(), x.GetUpper()));

    [MethodImpl(Inline)]
    public static float Smallest(Vector512<float> x) => Lanes256.Smallest(Lanes256.Min(x.GetLower(), x.GetUpper()));

    /// <summary>Without what the run time adds for numbers that are no Int32.</summary>
    [MethodImpl(Inline)]
    private static Vector512<int> ToInt32(Vector512<float> n) =>
#if NET9_0_OR_GREATER
        Vector512.ConvertToInt32Native(n);
#else
        Vector512.ConvertToInt32(n);
#endif
}
