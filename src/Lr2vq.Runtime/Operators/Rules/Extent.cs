using System;
using System.Globalization;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>A length as rules compute with it: its value, and the symbolic expression it comes from, if the shapes of the network's inputs
/// decide it.</summary>
/// <remarks>Arithmetic is checked.</remarks>
/// <param name="Value">The length for the present input shapes.</param>
/// <param name="Cause">Null if the file alone decides it.</param>
internal readonly record struct Extent(long Value, Dimension? Cause = null)
{
    public static implicit operator Extent(long value) => new(value);

    public static Extent operator +(Extent a, Extent b) => new(checked(a.Value + b.Value), a.Cause ?? b.Cause);

    public static Extent operator -(Extent a, Extent b) => new(checked(a.Value - b.Value), a.Cause ?? b.Cause);

    public static Extent operator *(Extent a, Extent b) => new(checked(a.Value * b.Value), a.Cause ?? b.Cause);

    /// <summary>⌊a ÷ b⌋ for b &gt; 0.</summary>
    public static Extent FloorDivide(Extent a, Extent b)
    {
        long quotient = a.Value / b.Value;
        return new(a.Value % b.Value < 0 ? quotient - 1 : quotient, a.Cause ?? b.Cause);
    }

    public static Extent Max(Extent a, Extent b) => new(Math.Max(a.Value, b.Value), a.Cause ?? b.Cause);

    /// <summary>The product; 1 of an empty list.</summary>
    public static Extent Product(ReadOnlySpan<Extent> extents)
    {
        // A zero makes the product zero, however large the others are.
        Extent product = 1;
        foreach (Extent extent in extents)
            if (extent.Value == 0) return extent;
        foreach (Extent extent in extents) product *= extent;
        return product;
    }

    public static string Text(ReadOnlySpan<Extent> shape)
    {
        string[] parts = new string[shape.Length];
        for (int d = 0; d < parts.Length; d++) parts[d] = shape[d].ToString();
        return "[" + string.Join(",", parts) + "]";
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
