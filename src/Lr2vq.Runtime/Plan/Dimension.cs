using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Lr2vq.Plans;

/// <summary>A dimension: a number, or an expression in symbols with + − × ⌊÷⌋ max min, choices, and numbers cut from floats. Immutable,
/// kept in a canonical form, so that equal expressions have equal text.</summary>
/// <remarks>A polynomial with whole coefficients over atoms. Text:
/// <code>
/// N*H+2*W-1        (H+1)/2         division rounds down
/// max(H,1)         min(H,W)
/// if(H-4,H,W)      H where H−4 is above 0, else W; the other one is not looked at
/// broadcast(N,M)   the length of an element-wise result: the one that is not 1
/// int(f32(H)*#3F333333)            a <see cref="Real"/> cut towards zero
/// </code>
/// Symbols stand for lengths and are taken to be at least 1 where that simplifies, but for sizes (<see cref="IsSize"/>), which may be 0. Arithmetic is checked: <see cref="OverflowException"/>
/// when a coefficient leaves 64 bits or an expression grows beyond the limits of <c>Dimension.Limits.cs</c>, which are those of the parser.</remarks>
internal sealed partial class Dimension : IEquatable<Dimension>
{
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
        ? OfAtom(new Atom(name))
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
    /// <exception cref="ArithmeticException">The value does not fit 64 bits, a divisor is 0, or a float is no number.</exception>
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
            {
                if (atom.Kind == AtomKind.Symbol && !names.Contains(atom.Name)) names.Add(atom.Name);
                foreach (Dimension operand in atom.Operands) operand.CollectSymbols(names);
                atom.Real?.CollectSymbols(names);
            }
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
