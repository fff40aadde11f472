using System;

namespace Lr2vq.Operators;

/// <summary>What an operator makes of operands that are data (bounds, borders, axes, scales): made again only where they differ from those of the call before.
/// Belongs to one session.</summary>
/// <param name="count">How many numbers decide.</param>
internal sealed class DataState(int count)
{
    private readonly long[] _values = new long[count];

    /// <summary>What was made; null before the first call.</summary>
    public object? Made { get; private set; }

    /// <summary>True if <see cref="Made"/> is what these numbers lead to.</summary>
    public bool IsFor(ReadOnlySpan<long> values) => Made is not null && values.SequenceEqual(_values);

    /// <summary>Keeps what was made of these numbers.</summary>
    public void Keep(ReadOnlySpan<long> values, object made)
    {
        values.CopyTo(_values);
        Made = made;
    }
}
