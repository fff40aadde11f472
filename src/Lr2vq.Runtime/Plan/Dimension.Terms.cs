using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    private static readonly Dimension[] NoOperands = new Dimension[0];

    private enum AtomKind { Symbol, FloorDivide, Max, Min }

    /// <summary>Computes with another kind of number: for exporters that write expressions as nodes of a graph.</summary>
    public T Compute<T>(IDimensionArithmetic<T> numbers) where T : class
    {
        T? sum = _constant != 0 || IsConstant ? numbers.Number(_constant) : null;
        foreach (Term term in _terms)
        {
            T? product = term.Coefficient != 1 ? numbers.Number(term.Coefficient) : null;
            foreach (Atom atom in term.Atoms)
            {
                T factor = atom.Compute(numbers);
                product = product is null ? factor : numbers.Multiply(product, factor);
            }
            sum = sum is null ? product : numbers.Add(sum, product!);
        }
        return sum!;
    }

    /// <summary>What a polynomial cannot look into. Compared by its text, which is canonical because its operands are.</summary>
    private sealed class Atom
    {
        public Atom(AtomKind kind, string name, Dimension[] operands)
        {
            (Kind, Name, Operands) = (kind, name, operands);
            Text = kind switch
            {
                AtomKind.Symbol => name,
                AtomKind.FloorDivide => Factor(operands[0]) + "/" + Factor(operands[1]),
                AtomKind.Max => "max(" + string.Join(",", (object[])operands) + ")",
                _ => "min(" + string.Join(",", (object[])operands) + ")",
            };
            if (Text.Length > MaximumText) throw new OverflowException("The expression of a dimension is too long");
        }

        public AtomKind Kind { get; }
        public string Name { get; }
        public Dimension[] Operands { get; }
        public string Text { get; }

        public long Evaluate(IReadOnlyDictionary<string, long> symbols)
        {
            if (Kind == AtomKind.Symbol) return symbols[Name];
            long value = Operands[0].Evaluate(symbols);
            if (Kind == AtomKind.FloorDivide) return FloorDivide(value, Operands[1].Evaluate(symbols));
            for (int i = 1; i < Operands.Length; i++)
            {
                long other = Operands[i].Evaluate(symbols);
                value = Kind == AtomKind.Max ? Math.Max(value, other) : Math.Min(value, other);
            }
            return value;
        }

        public T Compute<T>(IDimensionArithmetic<T> numbers) where T : class
        {
            if (Kind == AtomKind.Symbol) return numbers.Symbol(Name);
            T value = Operands[0].Compute(numbers);
            for (int i = 1; i < Operands.Length; i++)
            {
                T other = Operands[i].Compute(numbers);
                value = Kind switch
                {
                    AtomKind.FloorDivide => numbers.FloorDivide(value, other),
                    AtomKind.Max => numbers.Max(value, other),
                    _ => numbers.Min(value, other),
                };
            }
            return value;
        }

        public Dimension Substitute(IReadOnlyDictionary<string, Dimension> values)
        {
            if (Kind == AtomKind.Symbol) return values.TryGetValue(Name, out Dimension? value) ? value : OfAtom(this);
            Dimension result = Operands[0].Substitute(values);
            for (int i = 1; i < Operands.Length; i++)
            {
                Dimension other = Operands[i].Substitute(values);
                result = Kind switch
                {
                    AtomKind.FloorDivide => FloorDivide(result, other),
                    AtomKind.Max => Max(result, other),
                    _ => Min(result, other),
                };
            }
            return result;
        }

        public long? LowerBound()
        {
            switch (Kind)
            {
                case AtomKind.Symbol:
                    return 1;
                case AtomKind.FloorDivide:
                    if (Operands[0].LowerBound() is not { } dividend) return null;
                    if (Operands[1].IsConstant) return FloorDivide(dividend, Operands[1].Value);
                    return dividend >= 0 && Operands[1].LowerBound() > 0 ? 0 : null;
                case AtomKind.Max:
                    long? best = null;
                    foreach (Dimension operand in Operands)
                        if (operand.LowerBound() is { } bound && (best is null || bound > best)) best = bound;
                    return best;
                default:
                    long? least = long.MaxValue;
                    foreach (Dimension operand in Operands)
                        least = operand.LowerBound() is { } bound && least is { } l ? Math.Min(l, bound) : null;
                    return least;
            }
        }

        private static string Factor(Dimension operand) =>
            operand.IsConstant && operand._constant >= 0
            || operand._constant == 0 && operand.VariablePart() is { Kind: not AtomKind.FloorDivide }
                ? operand.ToString()
                : "(" + operand + ")";
    }

    /// <summary>Coefficient times a product of atoms, sorted by their text; never without atoms, never 0 times.</summary>
    private readonly struct Term
    {
        public Term(long coefficient, Atom[] atoms) => (Coefficient, Atoms) = (coefficient, atoms);

        public long Coefficient { get; }
        public Atom[] Atoms { get; }
    }

    private static Dimension OfAtom(Atom atom) => new(0, new[] { new Term(1, new[] { atom }) });

    /// <summary>The order of terms: higher degree first, then by the atoms' text (graded lexicographic, so that division works).</summary>
    private static int Compare(Atom[] left, Atom[] right)
    {
        if (left.Length != right.Length) return right.Length.CompareTo(left.Length);
        for (int i = 0; i < left.Length; i++)
        {
            if (ReferenceEquals(left[i], right[i])) continue;
            int order = string.CompareOrdinal(left[i].Text, right[i].Text);
            if (order != 0) return order;
        }
        return 0;
    }

    private static Atom[] Multiply(Atom[] left, Atom[] right)
    {
        if (left.Length == 0) return right;
        if (right.Length == 0) return left;
        if (left.Length + right.Length > MaximumDegree) throw new OverflowException("The expression of a dimension has too many factors");
        var product = new Atom[left.Length + right.Length];
        for (int i = 0, l = 0, r = 0; i < product.Length; i++)
            product[i] = r == right.Length || l < left.Length && string.CompareOrdinal(left[l].Text, right[r].Text) <= 0 ? left[l++] : right[r++];
        return product;
    }

    /// <summary>The atoms of <paramref name="dividend"/> without those of <paramref name="divisor"/>; null if some are missing.</summary>
    private static Atom[]? Divide(Atom[] dividend, Atom[] divisor)
    {
        if (divisor.Length > dividend.Length) return null;
        var rest = new List<Atom>(dividend);
        foreach (Atom atom in divisor)
        {
            int found = rest.FindIndex(other => other.Text == atom.Text);
            if (found < 0) return null;
            rest.RemoveAt(found);
        }
        return rest.ToArray();
    }

    /// <summary>Sorts terms, adds those with the same atoms, drops zeros.</summary>
    private static Dimension Collect(long constant, List<Term> terms)
    {
        terms.Sort((a, b) => Compare(a.Atoms, b.Atoms));
        int kept = 0;
        for (int i = 0; i < terms.Count;)
        {
            Term term = terms[i];
            long coefficient = term.Coefficient;
            for (i++; i < terms.Count && Compare(terms[i].Atoms, term.Atoms) == 0; i++)
                coefficient = checked(coefficient + terms[i].Coefficient);
            if (term.Atoms.Length == 0) constant = checked(constant + coefficient);
            else if (coefficient != 0) terms[kept++] = new Term(coefficient, term.Atoms);
        }
        if (kept == 0) return Of(constant);
        if (kept > MaximumTerms) throw new OverflowException("The expression of a dimension has too many terms");
        terms.RemoveRange(kept, terms.Count - kept);
        return new Dimension(constant, terms.ToArray());
    }
}
