using System;

namespace Lr2vq.Kernels;

/// <summary>How a float becomes a power of two.</summary>
internal enum PowerRounding
{
    /// <summary>The next one that is not smaller.</summary>
    Up,
    /// <summary>The next one that is not larger.</summary>
    Down,
    /// <summary>The nearest one, the larger of two.</summary>
    Nearest,
}

/// <summary>Floats of 8 and 4 bits as ONNX defines them, one in a byte.</summary>
internal static class NarrowFloats
{
    /// <summary>NaN of E8M0.</summary>
    private const int PowerNaN = 0xFF;

    private const int SinglePrecision = 23, SingleBias = 127;

    /// <summary>The value of a code; exact. Of 4 bits the low half of the byte counts.</summary>
    public static float ToSingle(ElementType type, byte code)
    {
        if (type == ElementType.Float8E8M0)
            // 2⁻¹²⁷ is no normal float.
            return code == PowerNaN ? float.NaN : BitConverter.Int32BitsToSingle(code == 0 ? 1 << (SinglePrecision - 1) : code << SinglePrecision);
        var form = new Form(type);
        int magnitude = code & form.Mask;
        bool isNegative = (code & form.Sign) != 0;
        if (form.IsUnsignedZero ? code == form.Sign : magnitude > form.Largest && !(form.HasInfinity && magnitude == form.Largest + 1)) return float.NaN;
        int exponent = magnitude >> form.Precision, fraction = magnitude & ((1 << form.Precision) - 1);
        float value = magnitude > form.Largest ? float.PositiveInfinity
            : (exponent == 0 ? fraction : fraction + (1 << form.Precision)) * Power(Math.Max(exponent, 1) - form.Bias - form.Precision);
        return isNegative ? -value : value;
    }

    /// <summary>The nearest code, halves to even; not for E8M0.</summary>
    /// <param name="type">The type.</param>
    /// <param name="value">Any float. NaN stays NaN; where a type has none, it becomes -0, as in ONNX's own data.</param>
    /// <param name="saturate">What is too large, infinities included, becomes the largest number; else infinity, or NaN where there is none. The type of 4 bits
    /// always saturates.</param>
    public static byte FromSingle(ElementType type, float value, bool saturate)
    {
        var form = new Form(type);
        int sign = float.IsNegative(value) ? form.Sign : 0;
        if (float.IsNaN(value)) return (byte)(form.IsUnsignedZero || form.NaN == 0 ? form.Sign : sign | form.NaN);
        if (form.NaN == 0 && !form.IsUnsignedZero) saturate = true;
        int overflow = saturate ? form.Largest : form.HasInfinity ? form.Largest + 1 : form.NaN;
        int magnitude = overflow;
        if (float.IsFinite(value))
        {
            int exponent = Math.Max(((BitConverter.SingleToInt32Bits(value) >> SinglePrecision) & 0xFF) - SingleBias, 1 - form.Bias);
            // Anything beyond is out of range in every type; the power below stays a normal float.
            if (exponent < 32)
            {
                // Exact: a power of two. A carry into the next exponent is the next code.
                float steps = Math.Abs(value) * Power(form.Precision - exponent);
                int rounded = (int)MathF.Round(steps, MidpointRounding.ToEven) + ((exponent + form.Bias - 1) << form.Precision);
                if (rounded <= form.Largest) magnitude = rounded;
            }
        }
        if (!form.IsUnsignedZero) return (byte)(sign | magnitude);
        // Its only NaN is what would be the negative zero.
        return (byte)(magnitude == form.NaN ? form.Sign : magnitude == 0 ? 0 : sign | magnitude);
    }

    /// <summary>The code of a power of two near a number. NaN stays NaN; the sign is not looked at.</summary>
    /// <param name="value">Any float.</param>
    /// <param name="rounding">Which power.</param>
    /// <param name="saturate">What is above 2¹²⁷, infinity included, becomes that, and what is below 2⁻¹²⁷, zero included, that; else both become NaN.</param>
    public static byte ToPower(float value, PowerRounding rounding, bool saturate)
    {
        // Below the smallest normal float, 2⁻¹²⁷ is a fraction of one half.
        const int Half = 1 << (SinglePrecision - 1), LargestPower = (PowerNaN - 1) << SinglePrecision;
        int bits = BitConverter.SingleToInt32Bits(value) & int.MaxValue, code = bits >> SinglePrecision, fraction = bits & ((1 << SinglePrecision) - 1);
        if (float.IsNaN(value)) return PowerNaN;
        if (!saturate && bits is (< Half or > LargestPower)) return PowerNaN;
        if (code >= PowerNaN - 1) return PowerNaN - 1;
        int exact = code > 0 ? 0 : Half, middle = code > 0 ? Half : Half + Half / 2;
        bool up = rounding == PowerRounding.Up ? fraction > exact : rounding == PowerRounding.Nearest && fraction >= middle;
        return (byte)(up ? code + 1 : code);
    }

    /// <summary>A power of two that is a normal float.</summary>
    private static float Power(int exponent) => BitConverter.Int32BitsToSingle((exponent + SingleBias) << SinglePrecision);

    /// <summary>The parts of a code.</summary>
    private readonly struct Form
    {
        public Form(ElementType type)
        {
            (Precision, Bias, Largest, NaN) = type switch
            {
                ElementType.Float8E4M3FN => (3, 7, 0x7E, 0x7F),
                ElementType.Float8E4M3FNUZ => (3, 8, 0x7F, 0x80),
                ElementType.Float8E5M2 => (2, 15, 0x7B, 0x7E),
                ElementType.Float8E5M2FNUZ => (2, 16, 0x7F, 0x80),
                ElementType.Float4E2M1 => (1, 1, 0x7, 0),
                _ => throw new ArgumentOutOfRangeException(nameof(type)),
            };
            Sign = type == ElementType.Float4E2M1 ? 0x8 : 0x80;
            HasInfinity = type == ElementType.Float8E5M2;
            IsUnsignedZero = type is ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2FNUZ;
        }

        /// <summary>Bits of the fraction.</summary>
        public int Precision { get; }
        public int Bias { get; }
        /// <summary>Code of the largest number.</summary>
        public int Largest { get; }
        /// <summary>Code of a NaN; 0 if there is none.</summary>
        public int NaN { get; }
        public int Sign { get; }
        public int Mask => Sign - 1;
        public bool HasInfinity { get; }
        /// <summary>No negative zero: its code is the only NaN.</summary>
        public bool IsUnsignedZero { get; }
    }
}
