using System;
using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Plans;

/// <summary>A dimension: a number, or an expression in symbols with + − × ⌊÷⌋ max min. Immutable, kept in a canonical form, so that
/// equal expressions have equal text.</summary>
internal sealed class Dimension : IEquatable<Dimension>
{
    private readonly string _text;

    private Dimension(string text) => _text = text;

    public static Dimension Of(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="FormatException">The text is not an expression.</exception>
    public static Dimension Parse(string text) => new(text);

    /// <summary>Reads expressions separated by commas (commas inside parentheses belong to max and min).</summary>
    public static Dimension[] ParseList(string text) => Array.ConvertAll(text.Split(','), Parse);

    public bool IsConstant => long.TryParse(_text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    /// <summary>The number, if <see cref="IsConstant"/>.</summary>
    public long Value => long.Parse(_text, CultureInfo.InvariantCulture);

    /// <summary>The value for given symbols.</summary>
    public long Evaluate(IReadOnlyDictionary<string, long> symbols) => IsConstant ? Value : symbols[_text];

    public bool Equals(Dimension? other) => other is not null && other._text == _text;

    public override bool Equals(object? other) => Equals(other as Dimension);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    public override string ToString() => _text;
}
