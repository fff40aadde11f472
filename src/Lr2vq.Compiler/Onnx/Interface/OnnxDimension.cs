using System;
using System.Globalization;

namespace Lr2vq.Onnx;

/// <summary>A dimension of a value in an ONNX file: a number, a name, or unknown.</summary>
internal readonly struct OnnxDimension : IEquatable<OnnxDimension>
{
    private readonly long _number;

    private OnnxDimension(bool isNumber, long number, string? symbol) => (IsNumber, _number, Symbol) = (isNumber, number, symbol);

    public static OnnxDimension Unknown => default;

    public static OnnxDimension Of(long number) => new(true, number, null);

    public static OnnxDimension Of(string symbol) => new(false, 0, symbol);

    public bool IsNumber { get; }

    /// <summary>The name (ONNX dim_param), or null.</summary>
    public string? Symbol { get; }

    public long Number => IsNumber ? _number : throw new InvalidOperationException("The dimension is not a number");

    public bool Equals(OnnxDimension other) => IsNumber == other.IsNumber && _number == other._number && Symbol == other.Symbol;

    public override bool Equals(object? obj) => obj is OnnxDimension other && Equals(other);

    public override int GetHashCode() => Symbol is null ? _number.GetHashCode() : StringComparer.Ordinal.GetHashCode(Symbol);

    public override string ToString() => IsNumber ? _number.ToString(CultureInfo.InvariantCulture) : Symbol ?? "?";
}
