using System;

namespace Lr2vq.Operators;

/// <summary>How long each sequence of a batch is: what follows has zeros as results and leaves the state as it is, in both directions.</summary>
internal readonly struct SequenceLengths
{
    private readonly IndexReader _given;
    private readonly bool _isGiven;

    /// <param name="inputs">The operands of the step.</param>
    /// <param name="place">Where the lengths are, i32 or i64, one for each sequence; without them all are whole.</param>
    /// <param name="time">The longest that one can be.</param>
    /// <exception cref="IndexOutsideException">One is longer, or below 0.</exception>
    public SequenceLengths(ReadOnlySpan<TensorView> inputs, int place, int time)
    {
        _isGiven = place < inputs.Length && inputs[place].Type != ElementType.Undefined;
        if (!_isGiven) return;
        _given = new IndexReader(inputs[place]);
        for (long b = 0; b < inputs[place].Length; b++)
            if (_given.Raw(b) < 0 || _given.Raw(b) > time) throw new IndexOutsideException(FormattableString.Invariant($"the length {_given.Raw(b)} of sequence {b} is not within [0, {time}]"));
    }

    /// <summary>True if a sequence has an element at a time.</summary>
    public bool Has(int sequence, int t) => !_isGiven || t < _given.Raw(sequence);

    /// <summary>Clears the results behind the ends.</summary>
    /// <param name="y">[batch, hidden] at a time.</param>
    public unsafe void Clear(float* y, int t, int batch, int hidden)
    {
        if (!_isGiven) return;
        for (int b = 0; b < batch; b++)
            if (!Has(b, t)) new Span<float>(y + (long)b * hidden, hidden).Clear();
    }
}
