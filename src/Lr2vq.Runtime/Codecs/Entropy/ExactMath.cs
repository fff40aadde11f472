using System;

namespace Lr2vq.Codecs.Entropy;

/// <summary>Exponential and logarithm from sums and products alone, so that the bits are the same on every machine:
/// tables that a file describes by two numbers have to come out equal wherever they are made.</summary>
internal static class ExactMath
{
    private const double Ln2 = 0.693147180559945309417;

    /// <summary>2ˣ, relative error below 1e-14; 0 below x = −1000.</summary>
    public static double Exp2(double x)
    {
        if (x < -1000) return 0;
        if (x > 1000) x = 1000;
        double whole = Math.Floor(x);
        double t = (x - whole) * Ln2, sum = 1;
        for (int n = 18; n >= 1; n--) sum = 1 + sum * t / n;
        return sum * BitConverter.Int64BitsToDouble((1023L + (long)whole) << 52);
    }

    /// <summary>log₂ x for positive normal x, absolute error below 1e-14.</summary>
    public static double Log2(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        long exponent = ((bits >> 52) & 0x7FF) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFFL) | (1023L << 52));
        if (mantissa > 1.4142135623730951)
        {
            mantissa /= 2;
            exponent++;
        }
        // ln m = 2·artanh(s), s = (m − 1) / (m + 1), |s| ≤ 0.172
        double s = (mantissa - 1) / (mantissa + 1), square = s * s, sum = 0;
        for (int n = 23; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
        return exponent + 2 * s * sum / Ln2;
    }
}
