using System;

namespace Lr2vq.Kernels;

/// <summary>Random numbers that are computed from where they stand: the same on every machine, for any number of threads and any width of vectors.</summary>
/// <remarks>Philox4x32-10 (Salmon et al., 2011): four words of 32 bits from a counter of 128 bits and a key of 64. What follows takes IEEE operations in double precision
/// only, no function of a library.</remarks>
internal static class Philox
{
    private const uint FirstMultiplier = 0xD2511F53, SecondMultiplier = 0xCD9E8D57, FirstStep = 0x9E3779B9, SecondStep = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Four words.</summary>
    /// <param name="block">The lower half of the counter.</param>
    /// <param name="stream">The upper half.</param>
    public static void Words(ulong block, ulong stream, ulong key, Span<uint> words)
    {
        (uint a, uint b, uint c, uint d) = ((uint)block, (uint)(block >> 32), (uint)stream, (uint)(stream >> 32));
        (uint first, uint second) = ((uint)key, (uint)(key >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            ulong p = (ulong)FirstMultiplier * a, q = (ulong)SecondMultiplier * c;
            (a, b, c, d) = ((uint)(q >> 32) ^ b ^ first, (uint)q, (uint)(p >> 32) ^ d ^ second, (uint)p);
            first += FirstStep;
            second += SecondStep;
        }
        (words[0], words[1], words[2], words[3]) = (a, b, c, d);
    }

    /// <summary>A number of 24 bits from 0 to below 1.</summary>
    public static double Uniform(uint word) => (word >> 8) * (1.0 / (1 << 24));

    /// <summary>Two normal numbers of mean 0 and deviation 1, by Box and Muller.</summary>
    public static (double First, double Second) Normal(uint first, uint second)
    {
        double radius = Math.Sqrt(-2 * Logarithm((first + 1.0) * (1.0 / (1L << 32))));
        (double sine, double cosine) = Turn(second * (1.0 / (1L << 32)));
        return (radius * cosine, radius * sine);
    }

    /// <summary>Natural logarithm of a positive number, within a few units of the last digit.</summary>
    private static double Logarithm(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        long exponent = (bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }
        // ln m = 2 artanh((m − 1) / (m + 1)), whose argument is at most 0.172.
        double s = (mantissa - 1) / (mantissa + 1), t = s * s, sum = 0;
        for (int n = 21; n >= 1; n -= 2) sum = sum * t + 1.0 / n;
        return 2 * s * sum + exponent * 0.6931471805599453;
    }

    /// <summary>Sine and cosine of so many whole turns, from 0 to below 1.</summary>
    private static (double Sine, double Cosine) Turn(double turns)
    {
        int quarter = (int)(4 * turns + 0.5);
        double angle = (turns - quarter * 0.25) * 6.283185307179586, square = angle * angle, sine = 0, cosine = 0;
        // The angle is at most an eighth of a turn.
        for (int n = 16; n >= 2; n -= 2)
        {
            sine = 1 - square / (n * (n + 1)) * (n == 16 ? 1 : sine);
            cosine = 1 - square / (n * (n - 1)) * (n == 16 ? 1 : cosine);
        }
        sine *= angle;
        return (quarter & 3) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }
}
