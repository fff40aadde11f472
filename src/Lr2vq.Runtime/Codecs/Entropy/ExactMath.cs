using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Exponential and logarithm from sums and products alone, so that the bits are the same on every machine:
/// tables that a file describes by two numbers have to come out equal wherever they are made.</summary>
/// <remarks>Four at a time take as long as one, whose divisions wait for each other; each lane does what one alone does.</remarks>
internal static class ExactMath
{
    private const double Ln2 = 0.693147180559945309417, Root2 = 1.4142135623730951;

    private const double Lowest = -1000, Highest = 1000;

    // Added to a whole number, it leaves that in the low bits.
    private const double Whole = 6755399441055744.0;

    private const long Bias = 1023, FractionMask = 0xFFFFFFFFFFFFFL;

    private const int FractionBits = 52, ExponentialTerms = 18;

    /// <summary>Coefficients of artanh, those of the highest powers first.</summary>
    private static ReadOnlySpan<double> Inverses => [1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1.0];

    /// <summary>2ˣ, relative error below 1e-14; 0 below x = −1000.</summary>
    public static double Exp2(double x)
    {
        if (x < Lowest) return 0;
        if (x > Highest) x = Highest;
        double whole = Math.Floor(x);
        double t = (x - whole) * Ln2, sum = 1;
        for (int n = ExponentialTerms; n >= 1; n--) sum = 1 + sum * t / n;
        return sum * BitConverter.Int64BitsToDouble((Bias + (long)whole) << FractionBits);
    }

    /// <summary><see cref="Exp2(double)"/> of each, in place; none may be NaN.</summary>
    public static void Exp2(Span<double> values)
    {
        Span<Vector256<double>> vectors = Vector256.IsHardwareAccelerated ? MemoryMarshal.Cast<double, Vector256<double>>(values) : [];
        foreach (ref Vector256<double> x in vectors)
        {
            Vector256<double> isLow = Vector256.LessThan(x, Vector256.Create(Lowest)), clamped = Vector256.Min(Vector256.Max(x, Vector256.Create(Lowest)), Vector256.Create(Highest));
            Vector256<double> whole = Vector256.Floor(clamped), t = (clamped - whole) * Ln2, sum = Vector256.Create(1.0);
            for (int n = ExponentialTerms; n >= 1; n--) sum = Vector256.Create(1.0) + sum * t / Vector256.Create((double)n);
            Vector256<long> exponent = (whole + Vector256.Create(Whole)).AsInt64() + Vector256.Create(Bias);
            x = Vector256.AndNot(sum * Vector256.ShiftLeft(exponent, FractionBits).AsDouble(), isLow);
        }
        for (int i = vectors.Length * Vector256<double>.Count; i < values.Length; i++) values[i] = Exp2(values[i]);
    }

    /// <summary>log₂ x for positive normal x, absolute error below 1e-14.</summary>
    public static double Log2(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        long exponent = ((bits >> FractionBits) & 0x7FF) - Bias;
        double mantissa = BitConverter.Int64BitsToDouble((bits & FractionMask) | (Bias << FractionBits));
        if (mantissa > Root2)
        {
            mantissa /= 2;
            exponent++;
        }
        // ln m = 2·artanh(s), s = (m − 1) / (m + 1), |s| ≤ 0.172
        double s = (mantissa - 1) / (mantissa + 1), square = s * s, sum = 0;
        foreach (double inverse in Inverses) sum = sum * square + inverse;
        return exponent + 2 * s * sum / Ln2;
    }

    /// <summary><see cref="Log2(double)"/> of each, in place.</summary>
    public static void Log2(Span<double> values)
    {
        Span<Vector256<double>> vectors = Vector256.IsHardwareAccelerated ? MemoryMarshal.Cast<double, Vector256<double>>(values) : [];
        Vector256<double> one = Vector256.Create(1.0);
        foreach (ref Vector256<double> x in vectors)
        {
            Vector256<long> bits = x.AsInt64(), exponent = (Vector256.ShiftRightLogical(bits, FractionBits) & Vector256.Create(0x7FFL)) - Vector256.Create(Bias);
            Vector256<double> mantissa = ((bits & Vector256.Create(FractionMask)) | Vector256.Create(Bias << FractionBits)).AsDouble();
            Vector256<double> isLarge = Vector256.GreaterThan(mantissa, Vector256.Create(Root2));
            mantissa = Vector256.ConditionalSelect(isLarge, mantissa * 0.5, mantissa);
            exponent -= isLarge.AsInt64();
            Vector256<double> s = (mantissa - one) / (mantissa + one), square = s * s, sum = default;
            foreach (double inverse in Inverses) sum = sum * square + Vector256.Create(inverse);
            Vector256<double> whole = (exponent + Vector256.Create(Whole).AsInt64()).AsDouble() - Vector256.Create(Whole);
            x = whole + s * 2.0 * sum / Vector256.Create(Ln2);
        }
        for (int i = vectors.Length * Vector256<double>.Count; i < values.Length; i++) values[i] = Log2(values[i]);
    }
}
