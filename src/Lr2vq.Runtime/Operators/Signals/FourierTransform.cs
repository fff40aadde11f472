using System;

namespace Lr2vq.Operators;

/// <summary>A complex number of two f64.</summary>
internal readonly record struct Complex64(double Real, double Imaginary)
{
    public static Complex64 operator +(Complex64 a, Complex64 b) => new(a.Real + b.Real, a.Imaginary + b.Imaginary);

    public static Complex64 operator -(Complex64 a, Complex64 b) => new(a.Real - b.Real, a.Imaginary - b.Imaginary);

    public static Complex64 operator *(Complex64 a, Complex64 b) => new(a.Real * b.Real - a.Imaginary * b.Imaginary, a.Real * b.Imaginary + a.Imaginary * b.Real);
}

/// <summary>The Fourier transform of one length: halved as long as it is even, then by its definition.</summary>
internal sealed unsafe class FourierTransform
{
    private readonly Complex64[] _roots;
    private readonly double _factor;

    public FourierTransform(int length, bool inverse)
    {
        (_roots, _factor) = (new Complex64[length], inverse ? 1.0 / length : 1.0);
        for (int i = 0; i < length; i++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * i / length);
            _roots[i] = new Complex64(cosine, inverse ? sine : -sine);
        }
    }

    public int Length => _roots.Length;

    /// <summary>Transforms <paramref name="x"/> into <paramref name="y"/>, other memory.</summary>
    public void Run(Complex64* x, Complex64* y)
    {
        Transform(x, 1, y, Length);
        if (_factor == 1) return;
        for (int i = 0; i < Length; i++) y[i] = new Complex64(y[i].Real * _factor, y[i].Imaginary * _factor);
    }

    /// <param name="x">Every <paramref name="stride"/>th element is read; stride · length is the whole length.</param>
    private void Transform(Complex64* x, int stride, Complex64* y, int length)
    {
        if (length % 2 != 0)
        {
            Define(x, stride, y, length);
            return;
        }
        int half = length / 2;
        Transform(x, 2 * stride, y, half);
        Transform(x + stride, 2 * stride, y + half, half);
        for (int i = 0; i < half; i++)
        {
            Complex64 even = y[i], odd = y[half + i] * _roots[i * stride];
            (y[i], y[half + i]) = (even + odd, even - odd);
        }
    }

    private void Define(Complex64* x, int stride, Complex64* y, int length)
    {
        for (int k = 0; k < length; k++)
        {
            Complex64 sum = default;
            for (int i = 0; i < length; i++) sum += x[(long)i * stride] * _roots[(long)i * k % length * stride];
            y[k] = sum;
        }
    }
}
