using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

/// <summary>A float that is computed from dimensions: exporters multiply lengths by scales, divide them and cut the result. Immutable.</summary>
/// <remarks>Every operation rounds to 32 bits as the operator of the network does, so that what is cut from the result is the same whole
/// number; therefore nothing is rearranged. Where all of an expression is exact (sums, differences and products of lengths and short
/// fractions such as 1.5, with numerators below 2²⁴) it is kept as one quotient of a <see cref="Dimension"/> and a power of two.
/// Text, only inside <c>int(…)</c> of a dimension or as an attribute: floats as <c>#</c> and the eight hex digits of their bits,
/// <c>f32(H+1)</c>, <c>+ - * /</c>, <c>max min floor ceil round sqrt</c>, <c>steps(a,b)</c> = ⌈a ÷ b⌉, <c>if(H-1,a,b)</c>.</remarks>
internal sealed partial class Real : IEquatable<Real>
{
    /// <summary>Denominators of exact values, and the largest whole number that counts as one.</summary>
    private const long LargestDenominator = 1 << 12, LargestWhole = 1 << 16;

    /// <summary>Numerator of the largest fraction that counts as exact: times a length below 2²⁰ it fits a float.</summary>
    private const long LargestPart = 16;

    private static readonly Real[] NoOperands = new Real[0];

    private readonly float _number;
    private readonly Dimension? _dimension;
    private readonly RealOperation? _operation;
    private readonly Real[] _operands = NoOperands;

    private Real(float number)
    {
        _number = number;
        Exact = ExactOf(number);
        Text = "#" + StepAttributes.FloatToBits(number);
        IsNeverNegative = number >= 0;
    }

    /// <summary>A dimension as a float.</summary>
    private Real(Dimension dimension)
    {
        _dimension = dimension;
        Exact = new Fraction(dimension, 1);
        Text = "f32(" + dimension + ")";
        IsNeverNegative = dimension.LowerBound() >= 0;
    }

    private Real(RealOperation operation, Fraction? exact, params Real[] operands)
    {
        (_operation, _operands, Exact) = (operation, operands, exact);
        Text = Print(operation, operands);
        IsNeverNegative = operation != RealOperation.Subtract && Array.TrueForAll(operands, operand => operand.IsNeverNegative)
            || exact is not null && exact.Numerator.LowerBound() >= 0;
        Dimension.CheckText(Text);
    }

    /// <summary>A choice: the first operand where the condition is above 0, else the second.</summary>
    private Real(Dimension condition, Real positive, Real other)
    {
        (_dimension, _operands) = (condition, new[] { positive, other });
        Text = "if(" + condition + "," + positive + "," + other + ")";
        IsNeverNegative = positive.IsNeverNegative && other.IsNeverNegative;
        Dimension.CheckText(Text);
    }

    /// <summary>The value as a quotient, if no operation rounds.</summary>
    public Fraction? Exact { get; }

    /// <summary>True if it is known not to be below 0, while every symbol is at least 1.</summary>
    public bool IsNeverNegative { get; }

    /// <summary>True for a number.</summary>
    public bool IsConstant => _dimension is null && _operation is null;

    private bool IsChoice => _dimension is not null && _operands.Length > 0;

    private string Text { get; }

    public static Real Of(float number) => new(number);

    public static Real Of(Dimension dimension) => dimension.IsConstant ? new Real((float)dimension.Value) : new Real(dimension);

    /// <summary>An operation of two operands.</summary>
    public static Real Of(RealOperation operation, Real left, Real right)
    {
        if (left.IsConstant && right.IsConstant) return new Real(Apply(operation, left._number, right._number));
        if (Exactly(operation, left, right) is { } exact) return OfExact(exact);
        if (right.IsConstant && right._number == 1 && operation is RealOperation.Multiply or RealOperation.Divide) return left;
        if (left.IsConstant && left._number == 1 && operation == RealOperation.Multiply) return right;
        return new Real(operation, null, left, right);
    }

    /// <summary>An operation of one operand.</summary>
    public static Real Of(RealOperation operation, Real operand)
    {
        if (operand.IsConstant) return new Real(Apply(operation, operand._number, 0));
        if (operation != RealOperation.SquareRoot)
        {
            if (operand.Exact is { Denominator: 1 } || operand._operation is >= RealOperation.Steps and <= RealOperation.RoundAway) return operand;
            if (operation is RealOperation.Floor or RealOperation.Ceiling && Quotient(operand) is { } quotient)
                return Of(operation == RealOperation.Floor ? Dimension.FloorDivide(quotient.Left, quotient.Right)
                    : Dimension.CeilingDivide(quotient.Left, quotient.Right));
        }
        return new Real(operation, null, operand);
    }

    public static Real Choose(Dimension condition, Real positive, Real other)
    {
        if (positive.Equals(other) || condition.LowerBound() > 0) return positive;
        return condition.UpperBound() <= 0 ? other : new Real(condition, positive, other);
    }

    /// <summary>1 where the left is larger, else 0.</summary>
    public static Dimension IsGreater(Real left, Real right)
    {
        // The difference of two floats is 0 only if they are equal, however it is rounded.
        Dimension above = left.Exact is { } l && right.Exact is { } r
            ? l.Numerator * Dimension.Of(r.Denominator) - r.Numerator * Dimension.Of(l.Denominator)
            : Dimension.Truncate(Of(RealOperation.Ceiling, Of(RealOperation.Subtract, left, right)));
        return Dimension.Choose(above, Dimension.One, Dimension.Zero);
    }

    /// <summary>The value for given symbols.</summary>
    /// <exception cref="KeyNotFoundException">A symbol has no value.</exception>
    /// <exception cref="ArithmeticException">A dimension in it has no value.</exception>
    public float Evaluate(IReadOnlyDictionary<string, long> symbols) => Evaluate(dimension => dimension.Evaluate(symbols));

    /// <summary>The value for given values of the dimensions in it.</summary>
    public float Evaluate(Func<Dimension, long> dimensions)
    {
        if (_operation is { } operation)
            return Apply(operation, _operands[0].Evaluate(dimensions), _operands.Length > 1 ? _operands[1].Evaluate(dimensions) : 0);
        if (IsChoice) return (dimensions(_dimension!) > 0 ? _operands[0] : _operands[1]).Evaluate(dimensions);
        return _dimension is null ? _number : dimensions(_dimension);
    }

    /// <summary>The values of several for given values of the dimensions in them.</summary>
    public static float[] Evaluate(Real[] all, Func<Dimension, long> dimensions) => Array.ConvertAll(all, real => real.Evaluate(dimensions));

    /// <summary>Computes with another kind of number: for exporters that write expressions as nodes of a graph.</summary>
    public T Compute<T>(IDimensionArithmetic<T> numbers) where T : class
    {
        if (_operation is { } operation) return numbers.Apply(operation, _operands[0].Compute(numbers), _operands.Length > 1 ? _operands[1].Compute(numbers) : null);
        if (IsChoice) return numbers.Choose(_dimension!.Compute(numbers), _operands[0].Compute(numbers), _operands[1].Compute(numbers));
        return _dimension is null ? numbers.Number(_number) : numbers.ToReal(_dimension.Compute(numbers));
    }

    /// <summary>Replaces symbols by expressions.</summary>
    public Real Substitute(IReadOnlyDictionary<string, Dimension> values)
    {
        if (IsConstant) return this;
        if (_operation is { } operation)
            return _operands.Length > 1
                ? Of(operation, _operands[0].Substitute(values), _operands[1].Substitute(values))
                : Of(operation, _operands[0].Substitute(values));
        Dimension dimension = _dimension!.Substitute(values);
        if (!IsChoice) return Of(dimension);
        if (dimension.IsConstant) return _operands[dimension.Value > 0 ? 0 : 1].Substitute(values);
        return Choose(dimension, _operands[0].Substitute(values), _operands[1].Substitute(values));
    }

    /// <summary>Adds every symbol of this expression to <paramref name="names"/>.</summary>
    public void CollectSymbols(ICollection<string> names)
    {
        _dimension?.CollectSymbols(names);
        foreach (Real operand in _operands) operand.CollectSymbols(names);
    }

    /// <summary>The number, if <see cref="IsConstant"/>.</summary>
    public float Value => IsConstant ? _number : throw new InvalidOperationException("The float " + this + " is not a number");

    public bool Equals(Real? other) => other is not null && other.Text == Text;

    public override bool Equals(object? other) => Equals(other as Real);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Text);

    /// <summary>The text, which <see cref="Dimension.Parse"/> reads back inside <c>int(…)</c>.</summary>
    public override string ToString() => Text;

    /// <summary>A whole number divided by a power of two.</summary>
    public sealed class Fraction
    {
        public Fraction(Dimension numerator, long denominator) => (Numerator, Denominator) = (numerator, denominator);

        public Dimension Numerator { get; }
        public long Denominator { get; }
    }

    private static float Apply(RealOperation operation, float left, float right) => operation switch
    {
        // Each cast rounds to 32 bits, on every machine.
        RealOperation.Add => (float)(left + right),
        RealOperation.Subtract => (float)(left - right),
        RealOperation.Multiply => (float)(left * right),
        RealOperation.Divide => (float)(left / right),
        RealOperation.Max => Math.Max(left, right),
        RealOperation.Min => Math.Min(left, right),
        RealOperation.Steps => (float)Math.Ceiling((double)left / right),
        RealOperation.Floor => (float)Math.Floor((double)left),
        RealOperation.Ceiling => (float)Math.Ceiling((double)left),
        RealOperation.Round => (float)Math.Round((double)left, MidpointRounding.ToEven),
        RealOperation.RoundAway => (float)Math.Round((double)left, MidpointRounding.AwayFromZero),
        _ => (float)Math.Sqrt(left),
    };

    private static Fraction? ExactOf(float number)
    {
        if (number == Math.Floor((double)number)) return Math.Abs(number) <= LargestWhole ? new Fraction(Dimension.Of((long)number), 1) : null;
        for (long denominator = 2; denominator <= LargestDenominator; denominator *= 2)
            if (number * denominator == Math.Floor((double)number * denominator))
                return Math.Abs(number * denominator) <= LargestPart ? new Fraction(Dimension.Of((long)(number * denominator)), denominator) : null;
        return null;
    }

    private static Fraction? Exactly(RealOperation operation, Real left, Real right)
    {
        if (operation == RealOperation.Divide && Quotient(left, right) is { } quotient)
            return Dimension.TryDivide(quotient.Left, quotient.Right) is { } whole ? new Fraction(whole, 1) : DividedByTwos(quotient);
        if (left.Exact is not { } l || right.Exact is not { } r || l.Denominator > LargestDenominator / r.Denominator) return null;
        Dimension a = l.Numerator * Dimension.Of(r.Denominator), b = r.Numerator * Dimension.Of(l.Denominator);
        long denominator = l.Denominator * r.Denominator;
        return operation switch
        {
            RealOperation.Add => new Fraction(a + b, denominator),
            RealOperation.Subtract => new Fraction(a - b, denominator),
            RealOperation.Multiply => new Fraction(l.Numerator * r.Numerator, denominator),
            RealOperation.Max => new Fraction(Dimension.Max(a, b), denominator),
            RealOperation.Min => new Fraction(Dimension.Min(a, b), denominator),
            RealOperation.Steps when b.LowerBound() > 0 => new Fraction(Dimension.CeilingDivide(a, b), 1),
            RealOperation.Steps when b.UpperBound() < 0 => new Fraction(Dimension.CeilingDivide(a * -1, b * -1), 1),
            _ => null,
        };
    }

    /// <summary>Whole numbers whose quotient this is.</summary>
    private static (Dimension Left, Dimension Right)? Quotient(Real value)
    {
        if (value.Exact is { } exact) return (exact.Numerator, Dimension.Of(exact.Denominator));
        // ⌊a ÷ b⌋ of whole numbers is right although the quotient is rounded, while a + b is below 2²⁴.
        return value._operation == RealOperation.Divide && Quotient(value._operands[0], value._operands[1]) is { } quotient
            && quotient.Right.LowerBound() > 0 ? quotient : null;
    }

    private static (Dimension Left, Dimension Right)? Quotient(Real left, Real right) => left.Exact is { } l && right.Exact is { } r
        ? (l.Numerator * Dimension.Of(r.Denominator), r.Numerator * Dimension.Of(l.Denominator))
        : null;

    /// <summary>The quotient, if the divisor is a power of two.</summary>
    private static Fraction? DividedByTwos((Dimension Left, Dimension Right) quotient)
    {
        if (!quotient.Right.IsConstant) return null;
        long divisor = quotient.Right.Value;
        bool isPower = divisor > 0 && divisor <= LargestDenominator && (divisor & (divisor - 1)) == 0;
        return isPower ? new Fraction(quotient.Left, divisor) : null;
    }

    private static Real OfExact(Fraction value)
    {
        Dimension numerator = value.Numerator;
        long denominator = value.Denominator;
        while (denominator > 1 && Dimension.TryDivide(numerator, Dimension.Of(2)) is { } half) (numerator, denominator) = (half, denominator / 2);
        if (numerator.IsConstant) return new Real((float)numerator.Value / denominator);
        Real whole = Of(numerator);
        return denominator == 1 ? whole : new Real(RealOperation.Divide, new Fraction(numerator, denominator), whole, Of((float)denominator));
    }

    private static string Print(RealOperation operation, Real[] operands)
    {
        string? sign = operation switch
        {
            RealOperation.Add => "+",
            RealOperation.Subtract => "-",
            RealOperation.Multiply => "*",
            RealOperation.Divide => "/",
            _ => null,
        };
        if (sign is null) return Word(operation) + "(" + string.Join(",", (object[])operands) + ")";
        int level = Level(operation);
        return Bracketed(operands[0], Level(operands[0]._operation) < level) + sign + Bracketed(operands[1], Level(operands[1]._operation) <= level);

        static string Bracketed(Real operand, bool brackets) => brackets ? "(" + operand + ")" : operand.Text;

        static int Level(RealOperation? operation) => operation switch
        {
            RealOperation.Add or RealOperation.Subtract => 1,
            RealOperation.Multiply or RealOperation.Divide => 2,
            _ => 3,
        };
    }

    private static string Word(RealOperation operation) => operation switch
    {
        RealOperation.Max => "max",
        RealOperation.Min => "min",
        RealOperation.Steps => "steps",
        RealOperation.Floor => "floor",
        RealOperation.Ceiling => "ceil",
        RealOperation.Round => "round",
        RealOperation.RoundAway => "roundaway",
        RealOperation.SquareRoot => "sqrt",
        _ => "",
    };
}
