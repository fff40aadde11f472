using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Plans;

/// <summary>A dimension: a number, or an expression in symbols with + − × ⌊÷⌋ max min. Immutable, kept in a canonical form, so that
/// equal expressions have equal text.</summary>
/// <remarks>A polynomial with whole coefficients over atoms; an atom is a symbol, a floor division, a maximum or a minimum. Text:
/// <c>N*H+2*W-1</c>, <c>(H+1)/2</c> (division rounds down), <c>max(H,1)</c>. Symbols stand for lengths and are taken to be at least 1
/// where that simplifies. Arithmetic is checked: <see cref="OverflowException"/> when a coefficient leaves 64 bits or an expression
/// grows beyond <see cref="MaximumTerms"/> terms.</remarks>
internal sealed partial class Dimension : IEquatable<Dimension>
{
    /// <summary>More terms than any network's dimension has; stops hostile text.</summary>
    internal const int MaximumTerms = 256;

    private static readonly Term[] NoTerms = new Term[0];

    private readonly long _constant;
    private readonly Term[] _terms;
    private string? _text;

    private Dimension(long constant, Term[] terms) => (_constant, _terms) = (constant, terms);

    public static Dimension Zero { get; } = new(0, NoTerms);
    public static Dimension One { get; } = new(1, NoTerms);

    public static Dimension Of(long value) => value == 0 ? Zero : value == 1 ? One : new Dimension(value, NoTerms);

    /// <exception cref="FormatException">The name is not an identifier.</exception>
    public static Dimension Symbol(string name) => IsIdentifier(name)
        ? OfAtom(new Atom(AtomKind.Symbol, name, NoOperands))
        : throw new FormatException("'" + name + "' is not the name of a dimension");

    /// <summary>True for letters, digits and underscores, no digit first, and not <c>max</c> or <c>min</c>.</summary>
    public static bool IsIdentifier(string name)
    {
        if (name.Length == 0 || name == "max" || name == "min" || name[0] is >= '0' and <= '9') return false;
        foreach (char c in name)
            if (c is not (>= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '_')) return false;
        return true;
    }

    public bool IsConstant => _terms.Length == 0;

    /// <summary>The number, if <see cref="IsConstant"/>.</summary>
    public long Value => IsConstant ? _constant : throw new InvalidOperationException("The dimension " + this + " is not a number");

    /// <summary>The value for given symbols.</summary>
    /// <exception cref="KeyNotFoundException">A symbol has no value.</exception>
    /// <exception cref="ArithmeticException">The value does not fit 64 bits, or a divisor is 0.</exception>
    public long Evaluate(IReadOnlyDictionary<string, long> symbols)
    {
        long sum = _constant;
        foreach (Term term in _terms)
        {
            long product = term.Coefficient;
            foreach (Atom atom in term.Atoms) product = checked(product * atom.Evaluate(symbols));
            sum = checked(sum + product);
        }
        return sum;
    }

    /// <summary>Adds every symbol of this expression to <paramref name="names"/>.</summary>
    public void CollectSymbols(ICollection<string> names)
    {
        foreach (Term term in _terms)
            foreach (Atom atom in term.Atoms)
                if (atom.Kind == AtomKind.Symbol)
                {
                    if (!names.Contains(atom.Name)) names.Add(atom.Name);
                }
                else foreach (Dimension operand in atom.Operands) operand.CollectSymbols(names);
    }

    /// <summary>Replaces symbols by expressions.</summary>
    public Dimension Substitute(IReadOnlyDictionary<string, Dimension> values)
    {
        if (IsConstant) return this;
        Dimension sum = Of(_constant);
        foreach (Term term in _terms)
        {
            Dimension product = Of(term.Coefficient);
            foreach (Atom atom in term.Atoms) product *= atom.Substitute(values);
            sum += product;
        }
        return sum;
    }

    /// <summary>A number that the value is never below while every symbol is at least 1; null if none is known.</summary>
    public long? LowerBound()
    {
        long sum = _constant;
        foreach (Term term in _terms)
        {
            if (term.Coefficient < 0) return null;
            decimal product = term.Coefficient;
            foreach (Atom atom in term.Atoms)
            {
                if (atom.LowerBound() is not { } bound || bound < 0) return null;
                product *= bound;
                if (product > long.MaxValue / 4) return null;
            }
            if (sum > long.MaxValue / 4) return null;
            sum += (long)product;
        }
        return sum;
    }

    public bool Equals(Dimension? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || other._constant != _constant || other._terms.Length != _terms.Length) return false;
        return IsConstant || other.ToString() == ToString();
    }

    public override bool Equals(object? other) => Equals(other as Dimension);

    public override int GetHashCode() => IsConstant ? _constant.GetHashCode() : StringComparer.Ordinal.GetHashCode(ToString());

    /// <summary>The canonical text, which <see cref="Parse"/> reads back.</summary>
    public override string ToString() => _text ??= Print();

    private string Print()
    {
        if (IsConstant) return _constant.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        foreach (Term term in _terms)
        {
            long coefficient = term.Coefficient;
            if (coefficient > 0 && text.Length > 0) text.Append('+');
            bool single = term.Atoms.Length == 1 && coefficient is 1 or -1;
            if (coefficient == -1) text.Append('-');
            else if (coefficient != 1) text.Append(coefficient.ToString(CultureInfo.InvariantCulture)).Append('*');
            for (int i = 0; i < term.Atoms.Length; i++)
            {
                if (i > 0) text.Append('*');
                Atom atom = term.Atoms[i];
                // 2*(H/3) is not 2*H/3, and -(H/3) is not (-H)/3.
                bool parentheses = atom.Kind == AtomKind.FloorDivide && !(single && coefficient == 1);
                if (parentheses) text.Append('(');
                text.Append(atom.Text);
                if (parentheses) text.Append(')');
            }
        }
        if (_constant > 0) text.Append('+');
        if (_constant != 0) text.Append(_constant.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
