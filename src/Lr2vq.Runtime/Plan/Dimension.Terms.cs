using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
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

    /// <summary>Coefficient times a product of atoms, sorted by their text; never without atoms, never 0 times.</summary>
    /// <remarks>A class: lists of structs are compiled for each of them.</remarks>
    private sealed class Term
    {
        public Term(long coefficient, Atom[] atoms) => (Coefficient, Atoms) = (coefficient, atoms);

        public long Coefficient { get; }
        public Atom[] Atoms { get; }
    }

    /// <summary>The order of terms: higher degree first, then by the atoms' text (graded lexicographic, so that division works).</summary>
    private static int Compare(Atom[] left, Atom[] right)
    {
        if (left.Length != right.Length) return right.Length.CompareTo(left.Length);
        for (int i = 0; i < left.Length; i++)
        {
            if (ReferenceEquals(left[i], right[i])) continue;
            Spend(1 + left[i].Text.Length / 16);
            int order = string.CompareOrdinal(left[i].Text, right[i].Text);
            if (order != 0) return order;
        }
        return 0;
    }

    private static Atom[] Multiply(Atom[] left, Atom[] right)
    {
        if (left.Length == 0) return right;
        if (right.Length == 0) return left;
        if (left.Length + right.Length > MaximumDegree) throw TooLarge("factors");
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
        Spend(terms.Count);
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
        CheckLength(terms, kept);
        terms.RemoveRange(kept, terms.Count - kept);
        return new Dimension(constant, terms.ToArray());
    }
}
