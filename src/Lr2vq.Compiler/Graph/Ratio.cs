using System;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>An element of a tensor that holds sizes: an expression divided by a whole number.</summary>
/// <remarks>Integers have the denominator 1. Exporters compute sizes in floats too (scale · length, rounded down); fractions with a
/// small denominator follow that exactly.</remarks>
internal readonly struct Ratio : IEquatable<Ratio>
{
    private const long LargestDenominator = 1 << 20;
    private readonly Dimension? _numerator;
    private readonly long _denominator;

    private Ratio(Dimension numerator, long denominator) => (_numerator, _denominator) = (numerator, denominator);

    public Dimension Numerator => _numerator ?? Dimension.Zero;
    public long Denominator => _denominator == 0 ? 1 : _denominator;
    public bool IsInteger => Denominator == 1;
    public bool IsConstant => Numerator.IsConstant;

    public static explicit operator Ratio(Dimension value) => new(value, 1);
    public static implicit operator Ratio(long value) => new(Dimension.Of(value), 1);

    /// <summary>Null if the float is no fraction with a small denominator.</summary>
    public static Ratio? Of(float value)
    {
        double scaled = value * (double)LargestDenominator;
        if (Math.Abs(scaled) > 1L << 52 || scaled != Math.Floor(scaled)) return null;
        return Reduced((long)scaled, LargestDenominator);
    }

    public static Ratio operator +(Ratio a, Ratio b) =>
        Reduced(a.Numerator * b.Denominator + b.Numerator * a.Denominator, checked(a.Denominator * b.Denominator));

    public static Ratio operator -(Ratio a, Ratio b) => a + b * -1;

    public static Ratio operator *(Ratio a, Ratio b) => Reduced(a.Numerator * b.Numerator, checked(a.Denominator * b.Denominator));

    /// <summary>Exact division; null if the divisor is 0, or an expression that does not divide evenly.</summary>
    public static Ratio? Divide(Ratio a, Ratio b)
    {
        if (b.IsConstant)
        {
            long by = b.Numerator.Value;
            if (by == 0) return null;
            return Reduced(a.Numerator * (by < 0 ? -b.Denominator : b.Denominator), checked(a.Denominator * Math.Abs(by)));
        }
        return Dimension.TryDivide(a.Numerator * b.Denominator, b.Numerator) is { } quotient ? Reduced(quotient, a.Denominator) : null;
    }

    /// <summary>The division of integers: cut towards zero. Null if the divisor is 0, or the sign of an operand is unknown.</summary>
    public static Ratio? IntegerDivide(Ratio a, Ratio b)
    {
        if (!a.IsInteger || !b.IsInteger) return null;
        if (a.IsConstant && b.IsConstant)
        {
            long dividend = a.Numerator.Value, divisor = b.Numerator.Value;
            return divisor == 0 || divisor == -1 && dividend == long.MinValue ? (Ratio?)null : dividend / divisor;
        }
        if (a.Numerator.LowerBound() is null or < 0 || b.Numerator.LowerBound() is null or <= 0) return null;
        return (Ratio)Dimension.FloorDivide(a.Numerator, b.Numerator);
    }

    public Ratio Floor() => (Ratio)Dimension.FloorDivide(Numerator, Denominator);

    public Ratio Ceiling() => (Ratio)Dimension.FloorDivide(Numerator + (Denominator - 1), Denominator);

    public static Ratio Max(Ratio a, Ratio b) =>
        Reduced(Dimension.Max(a.Numerator * b.Denominator, b.Numerator * a.Denominator), checked(a.Denominator * b.Denominator));

    public static Ratio Min(Ratio a, Ratio b) =>
        Reduced(Dimension.Min(a.Numerator * b.Denominator, b.Numerator * a.Denominator), checked(a.Denominator * b.Denominator));

    /// <summary>−1, 0 or 1 if the order is the same for all lengths; null if it is not known.</summary>
    public static int? Compare(Ratio a, Ratio b)
    {
        Dimension difference = a.Numerator * b.Denominator - b.Numerator * a.Denominator;
        if (difference.IsConstant) return Math.Sign(difference.Value);
        if (difference.LowerBound() > 0) return 1;
        return (difference * -1).LowerBound() > 0 ? -1 : null;
    }

    public bool Equals(Ratio other) => Denominator == other.Denominator && Numerator.Equals(other.Numerator);

    public override bool Equals(object? obj) => obj is Ratio other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Numerator, Denominator);

    public override string ToString() => IsInteger ? Numerator.ToString() : "(" + Numerator + ")÷" + Denominator;

    /// <summary>The value of a constant as a float.</summary>
    public double ToDouble() => (double)Numerator.Value / Denominator;

    private static Ratio Reduced(Dimension numerator, long denominator)
    {
        // Dividing by the largest power of two and small primes keeps denominators small without a gcd over coefficients.
        foreach (long prime in (ReadOnlySpan<long>)[2, 3, 5, 7])
            while (denominator % prime == 0 && Dimension.TryDivide(numerator, prime) is { } quotient)
                (numerator, denominator) = (quotient, denominator / prime);
        if (denominator > 1 && Dimension.TryDivide(numerator, denominator) is { } whole) return new Ratio(whole, 1);
        return denominator <= LargestDenominator * 1024 ? new Ratio(numerator, denominator) : throw new OverflowException("A fraction of a size has too large a denominator");
    }
}
