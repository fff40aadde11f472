using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using X86Fma = System.Runtime.Intrinsics.X86.Fma;

namespace Lr2vq.Kernels;

/// <summary>Eight lanes: 256-bit vectors.</summary>
internal unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count { [MethodImpl(Inline)] get => 8; }
    public static Vector256<float> Zero { [MethodImpl(Inline)] get => Vector256<float>.Zero; }
    [MethodImpl(Inline)] public static Vector256<float> Load(float* source) => Vector256.Load(source);
    [MethodImpl(Inline)] public static Vector256<float> LoadStream(float* source) => Vector256.Load(source);
    [MethodImpl(Inline)] public static void Touch(float* place) { }
    [MethodImpl(Inline)] public static void Store(Vector256<float> value, float* destination) => value.Store(destination);
    [MethodImpl(Inline)] public static Vector256<float> Splat(float value) => Vector256.Create(value);
    [MethodImpl(Inline)] public static Vector256<float> Broadcast(float* source) => Vector256.Create(*source);
    [MethodImpl(Inline)] public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;
    [MethodImpl(Inline)] public static Vector256<float> Sub(Vector256<float> a, Vector256<float> b) => a - b;
    [MethodImpl(Inline)] public static Vector256<float> Mul(Vector256<float> a, Vector256<float> b) => a * b;
    [MethodImpl(Inline)] public static Vector256<float> Div(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        X86Fma.IsSupported ? X86Fma.MultiplyAdd(a, b, c) : FusedMultiplyAdd.Of(a, b, c);

    [MethodImpl(Inline)] public static Vector256<float> AddFrom(Vector256<float> a, float* source) => a + Vector256.Load(source);
    [MethodImpl(Inline)] public static Vector256<float> Scale(float factor, Vector256<float> x) => Vector256.Create(factor) * x;

    [MethodImpl(Inline)]
    public static Vector256<float> AddScaled(float factor, Vector256<float> x, Vector256<float> sum) =>
        X86Fma.IsSupported ? X86Fma.MultiplyAdd(Vector256.Create(factor), x, sum) : FusedMultiplyAdd.Of(Vector256.Create(factor), x, sum);

    [MethodImpl(Inline)]
    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) =>
        Avx.IsSupported ? Avx.Min(a, b) : Vector256.ConditionalSelect(Vector256.LessThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) =>
        Avx.IsSupported ? Avx.Max(a, b) : Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector256<float> Clamp(Vector256<float> low, Vector256<float> high, Vector256<float> x) =>
        Avx.IsSupported ? Avx.Min(high, Avx.Max(low, x)) : Min(high, Max(low, x));

    [MethodImpl(Inline)] public static Vector256<float> Sqrt(Vector256<float> x) => Vector256.Sqrt(x);
    [MethodImpl(Inline)] public static Vector256<float> Abs(Vector256<float> x) => Vector256.Abs(x);
    [MethodImpl(Inline)] public static Vector256<float> Neg(Vector256<float> x) => x ^ Vector256.Create(-0f);
    [MethodImpl(Inline)] public static Vector256<float> Floor(Vector256<float> x) => Vector256.Floor(x);
    [MethodImpl(Inline)] public static Vector256<float> Ceiling(Vector256<float> x) => Vector256.Ceiling(x);
    [MethodImpl(Inline)] public static Vector256<float> Less(Vector256<float> a, Vector256<float> b) => Vector256.LessThan(a, b);

    [MethodImpl(Inline)]
    public static Vector256<float> LessOrEqual(Vector256<float> a, Vector256<float> b) => Vector256.LessThanOrEqual(a, b);

    [MethodImpl(Inline)] public static Vector256<float> Equal(Vector256<float> a, Vector256<float> b) => Vector256.Equals(a, b);
    [MethodImpl(Inline)] public static Vector256<float> And(Vector256<float> a, Vector256<float> b) => a & b;
    [MethodImpl(Inline)] public static Vector256<float> Or(Vector256<float> a, Vector256<float> b) => a | b;
    [MethodImpl(Inline)] public static Vector256<float> Xor(Vector256<float> a, Vector256<float> b) => a ^ b;

    [MethodImpl(Inline)]
    public static Vector256<float> Select(Vector256<float> mask, Vector256<float> a, Vector256<float> b) =>
        Vector256.ConditionalSelect(mask, a, b);

    [MethodImpl(Inline)] public static uint MaskBits(Vector256<float> mask) => Vector256.ExtractMostSignificantBits(mask);

    [MethodImpl(Inline)]
    public static Vector256<float> PowerOfTwo(Vector256<float> n) => Avx512F.VL.IsSupported
        ? Avx512F.VL.Scale(Vector256.Create(1f), n)
        : Vector256.ShiftLeft(ToInt32(n) + Vector256.Create(127), 23).AsSingle();

    [MethodImpl(Inline)]
    public static Vector256<float> PowerOfRounded(Vector256<float> rounded) =>
        (Vector256.ShiftLeft(rounded.AsInt32(), 23) + Vector256.Create(127 << 23)).AsSingle();

    [MethodImpl(Inline)]
    public static Vector256<float> TimesPowerOfTwo(Vector256<float> x, Vector256<float> n)
    {
        if (Avx512F.VL.IsSupported) return Avx512F.VL.Scale(x, n);
        // In two factors: n may lie outside the exponents of a float while the product does not.
        Vector256<float> half = Floor(n * Vector256.Create(0.5f));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(Inline)]
    public static Vector256<float> Exponent(Vector256<float> x) => Vector256.ConvertToSingle(
        (Vector256.ShiftRightLogical(x.AsInt32(), 23) & Vector256.Create(255)) - Vector256.Create(127));

    [MethodImpl(Inline)]
    public static Vector256<float> Mantissa(Vector256<float> x) =>
        ((x.AsInt32() & Vector256.Create(0x7FFFFF)) | Vector256.Create(0x3F800000)).AsSingle();

    [MethodImpl(Inline)] public static float Sum(Vector256<float> x) => Lanes128.Sum(x.GetLower() + x.GetUpper());

    [MethodImpl(Inline)]
    public static float Largest(Vector256<float> x) => Lanes128.Largest(Lanes128.Max(x.GetLower(), x.GetUpper()));

    [MethodImpl(Inline)]
    public static float Smallest(Vector256<float> x) => Lanes128.Smallest(Lanes128.Min(x.GetLower(), x.GetUpper()));

    /// <summary>Without what the run time adds for numbers that are no Int32.</summary>
    [MethodImpl(Inline)]
    private static Vector256<int> ToInt32(Vector256<float> n) =>
#if NET9_0_OR_GREATER
        Vector256.ConvertToInt32Native(n);
#else
        Vector256.ConvertToInt32(n);
#endif
}
