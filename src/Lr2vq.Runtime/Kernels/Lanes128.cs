using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lr2vq.Kernels;

/// <summary>Four lanes: 128-bit vectors.</summary>
internal unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count { [MethodImpl(Inline)] get => 4; }
    public static Vector128<float> Zero { [MethodImpl(Inline)] get => Vector128<float>.Zero; }
    [MethodImpl(Inline)] public static Vector128<float> Load(float* source) => Vector128.Load(source);
    [MethodImpl(Inline)] public static Vector128<float> LoadStream(float* source) => Vector128.Load(source);
    [MethodImpl(Inline)] public static void Touch(float* place) { }
    [MethodImpl(Inline)] public static void Store(Vector128<float> value, float* destination) => value.Store(destination);
    [MethodImpl(Inline)] public static Vector128<float> Splat(float value) => Vector128.Create(value);
    [MethodImpl(Inline)] public static Vector128<float> Broadcast(float* source) => Vector128.Create(*source);
    [MethodImpl(Inline)] public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;
    [MethodImpl(Inline)] public static Vector128<float> Sub(Vector128<float> a, Vector128<float> b) => a - b;
    [MethodImpl(Inline)] public static Vector128<float> Mul(Vector128<float> a, Vector128<float> b) => a * b;
    [MethodImpl(Inline)] public static Vector128<float> Div(Vector128<float> a, Vector128<float> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector128<float> Fma(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        FusedMultiplyAdd.Of(a, b, c);

    [MethodImpl(Inline)] public static Vector128<float> AddFrom(Vector128<float> a, float* source) => a + Vector128.Load(source);
    [MethodImpl(Inline)] public static Vector128<float> Scale(float factor, Vector128<float> x) => Vector128.Create(factor) * x;

    [MethodImpl(Inline)]
    public static Vector128<float> AddScaled(float factor, Vector128<float> x, Vector128<float> sum) =>
        FusedMultiplyAdd.Of(Vector128.Create(factor), x, sum);

    [MethodImpl(Inline)]
    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.Min(a, b) : Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.Max(a, b) : Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector128<float> Clamp(Vector128<float> low, Vector128<float> high, Vector128<float> x) =>
        Sse.IsSupported ? Sse.Min(high, Sse.Max(low, x)) : Min(high, Max(low, x));

    [MethodImpl(Inline)] public static Vector128<float> Sqrt(Vector128<float> x) => Vector128.Sqrt(x);
    [MethodImpl(Inline)] public static Vector128<float> Abs(Vector128<float> x) => Vector128.Abs(x);
    [MethodImpl(Inline)] public static Vector128<float> Neg(Vector128<float> x) => x ^ Vector128.Create(-0f);
    [MethodImpl(Inline)] public static Vector128<float> Floor(Vector128<float> x) => Vector128.Floor(x);
    [MethodImpl(Inline)] public static Vector128<float> Ceiling(Vector128<float> x) => Vector128.Ceiling(x);
    [MethodImpl(Inline)] public static Vector128<float> Less(Vector128<float> a, Vector128<float> b) => Vector128.LessThan(a, b);

    [MethodImpl(Inline)]
    public static Vector128<float> LessOrEqual(Vector128<float> a, Vector128<float> b) => Vector128.LessThanOrEqual(a, b);

    [MethodImpl(Inline)] public static Vector128<float> Equal(Vector128<float> a, Vector128<float> b) => Vector128.Equals(a, b);
    [MethodImpl(Inline)] public static Vector128<float> And(Vector128<float> a, Vector128<float> b) => a & b;
    [MethodImpl(Inline)] public static Vector128<float> Or(Vector128<float> a, Vector128<float> b) => a | b;
    [MethodImpl(Inline)] public static Vector128<float> Xor(Vector128<float> a, Vector128<float> b) => a ^ b;

    [MethodImpl(Inline)]
    public static Vector128<float> Select(Vector128<float> mask, Vector128<float> a, Vector128<float> b) =>
        Vector128.ConditionalSelect(mask, a, b);

    [MethodImpl(Inline)] public static uint MaskBits(Vector128<float> mask) => Vector128.ExtractMostSignificantBits(mask);

    [MethodImpl(Inline)]
    public static Vector128<float> PowerOfTwo(Vector128<float> n) => Avx512F.VL.IsSupported
        ? Avx512F.VL.Scale(Vector128.Create(1f), n)
        : Vector128.ShiftLeft(ToInt32(n) + Vector128.Create(127), 23).AsSingle();

    [MethodImpl(Inline)]
    public static Vector128<float> PowerOfRounded(Vector128<float> rounded) =>
        (Vector128.ShiftLeft(rounded.AsInt32(), 23) + Vector128.Create(127 << 23)).AsSingle();

    [MethodImpl(Inline)]
    public static Vector128<float> TimesPowerOfTwo(Vector128<float> x, Vector128<float> n)
    {
        if (Avx512F.VL.IsSupported) return Avx512F.VL.Scale(x, n);
        // In two factors: n may lie outside the exponents of a float while the product does not.
        Vector128<float> half = Floor(n * Vector128.Create(0.5f));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(Inline)]
    public static Vector128<float> Exponent(Vector128<float> x) => Vector128.ConvertToSingle(
        (Vector128.ShiftRightLogical(x.AsInt32(), 23) & Vector128.Create(255)) - Vector128.Create(127));

    [MethodImpl(Inline)]
    public static Vector128<float> Mantissa(Vector128<float> x) =>
        ((x.AsInt32() & Vector128.Create(0x7FFFFF)) | Vector128.Create(0x3F800000)).AsSingle();

    [MethodImpl(Inline)] public static float Sum(Vector128<float> x) => Vector128.Sum(x);

    [MethodImpl(Inline)]
    public static float Largest(Vector128<float> x)
    {
        x = Max(x, Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1)));
        return Max(x, Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(Inline)]
    public static float Smallest(Vector128<float> x)
    {
        x = Min(x, Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1)));
        return Min(x, Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>Without what the run time adds for numbers that are no Int32.</summary>
    [MethodImpl(Inline)]
    private static Vector128<int> ToInt32(Vector128<float> n) =>
#if NET9_0_OR_GREATER
        Vector128.ConvertToInt32Native(n);
#else
        Vector128.ConvertToInt32(n);
#endif
}
