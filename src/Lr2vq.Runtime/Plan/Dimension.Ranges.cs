using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    /// <summary>True for the name of a size: a length that a step finds in the data, 0 or more. Names of the inputs' dimensions never begin with an underscore.</summary>
    public static bool IsSize(string identifier) => identifier.Length > 1 && identifier[0] == '_';

    /// <summary>True if a size is part of the expression, so that its value is known only after the step that makes the size.</summary>
    public bool HasSize
    {
        get
        {
            if (IsConstant) return false;
            foreach (string _ in SizesIn(ToString())) return true;
            return false;
        }
    }

    /// <summary>The sizes that the text of an expression, or of a list of them, names.</summary>
    public static IEnumerable<string> SizesIn(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int start = i;
            string word = ParseWord(text, ref i);
            if (IsSize(word)) yield return word;
            if (i > start) i--;
        }
    }

    /// <summary>Two numbers between which the value lies while every symbol lies between its own two; not always the narrowest.</summary>
    /// <exception cref="KeyNotFoundException">A symbol has no range.</exception>
    /// <exception cref="ArithmeticException">The numbers do not fit 64 bits, a divisor may be 0, or a float that is cut is not one number.</exception>
    public (long Low, long High) RangeOf(IReadOnlyDictionary<string, (long Low, long High)> symbols)
    {
        (long Low, long High) sum = (_constant, _constant);
        foreach (Term term in _terms)
        {
            (long Low, long High) product = (term.Coefficient, term.Coefficient);
            foreach (Atom atom in term.Atoms) product = Product(product, atom.RangeOf(symbols));
            sum = checked((sum.Low + product.Low, sum.High + product.High));
        }
        return sum;
    }

    private static (long Low, long High) Product((long Low, long High) a, (long Low, long High) b) =>
        checked(Corners(a.Low * b.Low, a.Low * b.High, a.High * b.Low, a.High * b.High));

    private static (long Low, long High) Quotient((long Low, long High) a, (long Low, long High) b) => b.Low <= 0 && b.High >= 0
        ? throw new DivideByZeroException()
        : Corners(FloorDivide(a.Low, b.Low), FloorDivide(a.Low, b.High), FloorDivide(a.High, b.Low), FloorDivide(a.High, b.High));

    private static (long Low, long High) Corners(long a, long b, long c, long d) =>
        (Math.Min(Math.Min(a, b), Math.Min(c, d)), Math.Max(Math.Max(a, b), Math.Max(c, d)));

    private static (long Low, long High) Hull((long Low, long High) a, (long Low, long High) b) => (Math.Min(a.Low, b.Low), Math.Max(a.High, b.High));

    private sealed partial class Atom
    {
        public (long Low, long High) RangeOf(IReadOnlyDictionary<string, (long Low, long High)> symbols)
        {
            switch (Kind)
            {
                case AtomKind.Symbol: return symbols[Name];
                case AtomKind.Truncate: return CutRange(symbols);
                case AtomKind.FloorDivide: return Quotient(Operands[0].RangeOf(symbols), Operands[1].RangeOf(symbols));
                case AtomKind.Choose:
                    (long Low, long High) condition = Operands[0].RangeOf(symbols);
                    if (condition.Low > 0) return Operands[1].RangeOf(symbols);
                    return condition.High <= 0 ? Operands[2].RangeOf(symbols) : Hull(Operands[1].RangeOf(symbols), Operands[2].RangeOf(symbols));
            }
            (long Low, long High) range = Operands[0].RangeOf(symbols);
            for (int i = 1; i < Operands.Length; i++)
            {
                (long Low, long High) other = Operands[i].RangeOf(symbols);
                range = Kind switch
                {
                    AtomKind.Max => (Math.Max(range.Low, other.Low), Math.Max(range.High, other.High)),
                    AtomKind.Min => (Math.Min(range.Low, other.Low), Math.Min(range.High, other.High)),
                    _ => Hull(range, other),
                };
            }
            return range;
        }

        private (long Low, long High) CutRange(IReadOnlyDictionary<string, (long Low, long High)> symbols)
        {
            var names = new List<string>();
            Real!.CollectSymbols(names);
            var known = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (string name in names)
            {
                (long low, long high) = symbols[name];
                known[name] = low == high ? low : throw new OverflowException("a float depends on a size that the data decides");
            }
            long value = Evaluate(known);
            return (value, value);
        }
    }
}
