using System;
using System.Runtime.CompilerServices;

namespace Lr2vq.Kernels;

/// <summary>One lane: plain scalar code from the same source. The oracle of every other width, and the tail of short arrays.</summary>
internal unsafe struct Lanes1 : ILanes<float>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count { [MethodImpl(Inline)] get => 1; }
    public static float Zero { [MethodImpl(Inline)] get => 0f; }
    [MethodImpl(Inline)] public static float Load(float* source) => *source;
    [MethodImpl(Inline)] public static float LoadStream(float* source) => *source;
    [MethodImpl(Inline)] public static void Touch(float* place) { }
    [MethodImpl(Inline)] public static void Store(float value, float* destination) => *destination = value;
    [MethodImpl(Inline)] public static float Splat(float value) => value;
    [MethodImpl(Inline)] public static float Broadcast(float* source) => *source;
    [MethodImpl(Inline)] public static float Add(float a, float b) => a + b;
    [MethodImpl(Inline)] public static float Sub(float a, float b) => a - b;
    [MethodImpl(Inline)] public static float Mul(float a, float b) => a * b;
    [MethodImpl(Inline)] public static float Div(float a, float b) => a / b;
    [MethodImpl(Inline)] public static float Fma(float a, float b, float c) => FusedMultiplyAdd.Of(a, b, c);
    [MethodImpl(Inline)] public static float Scale(float factor, float x) => factor * x;
    [MethodImpl(Inline)] public static float AddScaled(float factor, float x, float sum) => FusedMultiplyAdd.Of(factor, x, sum);
    [MethodImpl(Inline)] public static float Min(float a, float b) => a < b ? a : b;
    [MethodImpl(Inline)] public static float Max(float a, float b) => a > b ? a : b;
    [MethodImpl(Inline)] public static float Clamp(float low, float high, float x) => Min(high, Max(low, x));
    [MethodImpl(Inline)] public static float AddFrom(float a, float* source) => a + *source;
    [MethodImpl(Inline)] public static float Sqrt(float x) => MathF.Sqrt(x);
    [MethodImpl(Inline)] public static float Abs(float x) => MathF.Abs(x);
    [MethodImpl(Inline)] public static float Neg(float x) => -x;
    [MethodImpl(Inline)] public static float Floor(float x) => MathF.Floor(x);
    [MethodImpl(Inline)] public static float Ceiling(float x) => MathF.Ceiling(x);
    [MethodImpl(Inline)] public static float Less(float a, float b) => Mask(a < b);
    [MethodImpl(Inline)] public static float LessOrEqual(float a, float b) => Mask(a <= b);
    [MethodImpl(Inline)] public static float Equal(float a, float b) => Mask(a == b);
    [MethodImpl(Inline)] public static float And(float a, float b) => Float(Bits(a) & Bits(b));
    [MethodImpl(Inline)] public static float Or(float a, float b) => Float(Bits(a) | Bits(b));
    [MethodImpl(Inline)] public static float Xor(float a, float b) => Float(Bits(a) ^ Bits(b));
    [MethodImpl(Inline)] public static float Select(float mask, float a, float b) => Bits(mask) != 0 ? a : b;
    [MethodImpl(Inline)] public static uint MaskBits(float mask) => Bits(mask) != 0 ? 1u : 0u;
    [MethodImpl(Inline)] public static float PowerOfTwo(float n) => Float(((int)n + 127) << 23);
    [MethodImpl(Inline)] public static float PowerOfRounded(float rounded) => Float(unchecked((Bits(rounded) << 23) + (127 << 23)));

    [MethodImpl(Inline)]
    public static float TimesPowerOfTwo(float x, float n)
    {
        float half = MathF.Floor(n * 0.5f);
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(Inline)] public static float Exponent(float x) => ((Bits(x) >> 23) & 255) - 127;
    [MethodImpl(Inline)] public static float Mantissa(float x) => Float((Bits(x) & 0x7FFFFF) | 0x3F800000);
    [MethodImpl(Inline)] public static float Sum(float x) => x;
    [MethodImpl(Inline)] public static float Largest(float x) => x;
    [MethodImpl(Inline)] public static float Smallest(float x) => x;

    [MethodImpl(Inline)] private static float Mask(bool set) => Float(set ? -1 : 0);
    [MethodImpl(Inline)] private static int Bits(float x) => BitConverter.SingleToInt32Bits(x);
    [MethodImpl(Inline)] private static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);
}
