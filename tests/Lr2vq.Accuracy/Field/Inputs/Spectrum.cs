using System;
using System.Numerics;

namespace Lr2vq.Accuracy;

/// <summary>Short-time spectra, as speech networks read them.</summary>
internal static class Spectrum
{
    /// <summary>The first length ÷ 2 + 1 coefficients of a frame; its length is a power of two.</summary>
    /// <param name="window">Whether the frame is weighted with the square root of a Hann window.</param>
    public static Complex[] OfFrame(ReadOnlySpan<float> frame, bool window)
    {
        var values = new Complex[frame.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = frame[i] * (window ? Math.Sqrt(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / frame.Length)) : 1);
        Transform(values);
        return values[..(frame.Length / 2 + 1)];
    }

    /// <summary>Radix 2, in place.</summary>
    private static void Transform(Complex[] values)
    {
        int n = values.Length;
        for (int i = 1, j = 0; i < n; i++)
        {
            int bit = n >> 1;
            for (; (j & bit) != 0; bit >>= 1) j ^= bit;
            j ^= bit;
            if (i < j) (values[i], values[j]) = (values[j], values[i]);
        }
        for (int length = 2; length <= n; length *= 2)
            for (int start = 0; start < n; start += length)
                for (int k = 0; k < length / 2; k++)
                {
                    Complex turned = values[start + k + length / 2] * Complex.FromPolarCoordinates(1, -2 * Math.PI * k / length);
                    (values[start + k], values[start + k + length / 2]) = (values[start + k] + turned, values[start + k] - turned);
                }
    }
}
