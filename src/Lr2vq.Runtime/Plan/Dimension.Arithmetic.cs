using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    public static Dimension operator +(Dimension left, Dimension right)
    {
        long constant = checked(left._constant + right._constant);
        if (right.IsConstant) return left.IsConstant ? Of(constant) : new Dimension(constant, left._terms);
        if (left.IsConstant) return new Dimension(constant, right._terms);
        var terms = new List<Term>(left._terms.Length + right._terms.Length);
        terms.AddRange(left._terms);
        terms.AddRange(right._terms);
        return Collect(constant, terms);
    }

    public static Dimension operator -(Dimension left, Dimension right) => left + right * Of(-1);

    public static Dimension operator *(Dimension left, Dimension right)
    {
        if (left.IsConstant && right.IsConstant) return Of(checked(left._constant * right._constant));
        if (left.IsConstant) (left, right) = (right, left);
        if (right.IsConstant && right._constant == 1) return left;
        if ((left._terms.Length + 1) * (right._terms.Length + 1) > 4 * MaximumTerms) throw TooLarge("terms");
        var terms = new List<Term>();
        foreach (Term l in left.AllTerms())
            foreach (Term r in right.AllTerms())
                terms.Add(new Term(checked(l.Coefficient * r.Coefficient), Multiply(l.Atoms, r.Atoms)));
        return Collect(0, terms);
    }

    public static implicit operator Dimension(long value) => Of(value);

    /// <summary>⌊left ÷ right⌋.</summary>
    /// <exception cref="DivideByZeroException">The divisor is the number 0.</exception>
    public static Dimension FloorDivide(Dimension left, Dimension right)
    {
        if (right.IsConstant)
        {
            if (right._constant == 0) throw new DivideByZeroException();
            if (left.IsConstant) return Of(FloorDivide(left._constant, right._constant));
            if (right._constant < 0) return FloorDivide(left * Of(-1), Of(checked(-right._constant)));
            return FloorDivide(left, right._constant);
        }
        if (left.IsConstant && left._constant == 0) return Zero;
        if (TryDivide(left, right) is { } quotient) return quotient;
        return OfAtom(new Atom(AtomKind.FloorDivide, left, right));
    }

    /// <summary>left ÷ right cut towards zero, as ONNX divides integers.</summary>
    /// <exception cref="DivideByZeroException">The divisor is the number 0.</exception>
    public static Dimension CutDivide(Dimension left, Dimension right)
    {
        if (right.IsConstant && right._constant == 0) throw new DivideByZeroException();
        if (TryDivide(left, right) is { } quotient) return quotient;
        // Where the divisor is negative both change their sign; where the quotient is negative the opposite is rounded down.
        Dimension below = left * Of(-1), opposite = right * Of(-1);
        Dimension Half(Dimension dividend, Dimension minus, Dimension divisor) =>
            Choose(minus, FloorDivide(minus, divisor) * Of(-1), FloorDivide(dividend, divisor));
        if (right.LowerBound() >= 0) return Half(left, below, right);
        if (right.UpperBound() <= 0) return Half(below, left, opposite);
        return Choose(right, Half(left, below, right), Half(below, left, opposite));
    }

    /// <summary><paramref name="positive"/> where the condition is above 0, else <paramref name="other"/>.</summary>
    public static Dimension Choose(Dimension condition, Dimension positive, Dimension other)
    {
        if (positive.Equals(other) || condition.LowerBound() > 0) return positive;
        if (condition.UpperBound() <= 0) return other;
        // A choice between 1 and 0 is the truth of its own condition.
        if (condition._constant == 0 && condition.VariablePart() is { Kind: AtomKind.Choose } truth && truth.Operands[1].IsConstant && truth.Operands[2].IsConstant)
        {
            bool first = truth.Operands[1]._constant > 0, second = truth.Operands[2]._constant > 0;
            if (first != second) return first ? Choose(truth.Operands[0], positive, other) : Choose(truth.Operands[0], other, positive);
        }
        return OfAtom(new Atom(AtomKind.Choose, condition, positive, other));
    }

    /// <summary>The length of an element-wise result of two lengths that are equal or one of them 1. For others it is the larger one, which
    /// the run time then refuses.</summary>
    public static Dimension Broadcast(Dimension left, Dimension right)
    {
        if (left.Equals(right) || right.Equals(One)) return left;
        if (left.Equals(One)) return right;
        if (left.IsConstant && right.IsConstant) return left._constant > right._constant ? left : right;
        if (left.IsConstant || right.IsConstant) return left.IsConstant ? left : right;
        SortedDictionary<string, Dimension> operands = Flatten(AtomKind.Broadcast, left, right);
        return OfAtom(new Atom(AtomKind.Broadcast, ToArray(operands.Values)));
    }

    /// <summary>A float cut towards zero.</summary>
    public static Dimension Truncate(Real value)
    {
        if (value.Exact is { } exact)
            return value.IsNeverNegative ? FloorDivide(exact.Numerator, Of(exact.Denominator)) : CutDivide(exact.Numerator, Of(exact.Denominator));
        if (!value.IsConstant) return OfAtom(new Atom(value));
        return Of(Cut(value.Evaluate(NoSymbols)));
    }

    /// <summary>⌈left ÷ right⌉ for a positive divisor.</summary>
    public static Dimension CeilingDivide(Dimension left, Dimension right) => FloorDivide(left + right - One, right);

    public static Dimension Max(Dimension left, Dimension right) => Extreme(AtomKind.Max, left, right);

    public static Dimension Min(Dimension left, Dimension right) => Extreme(AtomKind.Min, left, right);

    /// <summary>left ÷ right if that is a polynomial without remainder, else null.</summary>
    public static Dimension? TryDivide(Dimension left, Dimension right)
    {
        if (right.IsConstant && right._constant == 0) return null;
        Term leading = right.LeadingTerm();
        Dimension quotient = Zero, rest = left;
        for (int steps = 0; !(rest.IsConstant && rest._constant == 0); steps++)
        {
            Term term = rest.LeadingTerm();
            if (steps > MaximumTerms || term.Coefficient % leading.Coefficient != 0 || Divide(term.Atoms, leading.Atoms) is not { } atoms) return null;
            var part = new List<Term> { new(term.Coefficient / leading.Coefficient, atoms) };
            Dimension factor = Collect(0, part);
            quotient += factor;
            rest -= factor * right;
        }
        return quotient;
    }

    /// <summary>Divides by a positive number: what divides evenly leaves the brackets, the rest is reduced.</summary>
    private static Dimension FloorDivide(Dimension left, long divisor)
    {
        if (divisor == 1) return left;
        var outside = new List<Term>();
        var inside = new List<Term>();
        long common = divisor;
        foreach (Term term in left._terms)
        {
            long whole = FloorDivide(term.Coefficient, divisor), part = term.Coefficient - whole * divisor;
            if (whole != 0) outside.Add(new Term(whole, term.Atoms));
            if (part == 0) continue;
            inside.Add(new Term(part, term.Atoms));
            common = GreatestCommonDivisor(common, part);
        }
        long constant = FloorDivide(left._constant, divisor), restConstant = left._constant - constant * divisor;
        if (inside.Count == 0) return Collect(constant, outside);

        // ⌊(c·x + r) ÷ (c·d)⌋ = ⌊(x + ⌊r ÷ c⌋) ÷ d⌋
        for (int i = 0; i < inside.Count; i++) inside[i] = new Term(inside[i].Coefficient / common, inside[i].Atoms);
        Dimension rest = Collect(restConstant / common, inside);
        divisor /= common;
        Dimension quotient;
        if (divisor == 1) quotient = rest;
        else if (rest.VariablePart() is { Kind: AtomKind.FloorDivide } inner && inner.Operands[1] is { IsConstant: true, _constant: > 0 } by)
        {
            // ⌊(⌊x ÷ a⌋ + r) ÷ d⌋ = ⌊(x + a·r) ÷ (a·d)⌋
            quotient = FloorDivide(inner.Operands[0] + Of(checked(rest._constant * by._constant)), checked(by._constant * divisor));
        }
        else quotient = OfAtom(new Atom(AtomKind.FloorDivide, rest, Of(divisor)));
        return Collect(constant, outside) + quotient;
    }

    private static Dimension Extreme(AtomKind kind, Dimension left, Dimension right)
    {
        if (left.Equals(right)) return left;
        Dimension difference = left - right;
        if (difference.LowerBound() >= 0) return kind == AtomKind.Max ? left : right;
        if (difference.UpperBound() <= 0) return kind == AtomKind.Max ? right : left;
        SortedDictionary<string, Dimension> operands = Flatten(kind, left, right);
        var kept = new List<Dimension>();
        foreach (Dimension operand in operands.Values)
            if (!IsDominated(kind, operand, operands.Values)) kept.Add(operand);
        return kept.Count == 1 ? kept[0] : OfAtom(new Atom(kind, kept.ToArray()));
    }

    /// <summary>The operands of an operation that is commutative and associative, sorted by their text.</summary>
    private static SortedDictionary<string, Dimension> Flatten(AtomKind kind, Dimension left, Dimension right)
    {
        var operands = new SortedDictionary<string, Dimension>(StringComparer.Ordinal);
        foreach (Dimension side in new[] { left, right })
            if (side._constant == 0 && side.VariablePart() is { } atom && atom.Kind == kind)
                foreach (Dimension operand in atom.Operands) operands[operand.ToString()] = operand;
            else operands[side.ToString()] = side;
        if (operands.Count > MaximumOperands) throw TooLarge("operands");
        return operands;
    }

    private static bool IsDominated(AtomKind kind, Dimension operand, IEnumerable<Dimension> others)
    {
        foreach (Dimension other in others)
            if (!ReferenceEquals(other, operand) && (kind == AtomKind.Max ? other - operand : operand - other).LowerBound() >= 0) return true;
        return false;
    }

    private static Dimension[] ToArray(ICollection<Dimension> all)
    {
        var array = new Dimension[all.Count];
        all.CopyTo(array, 0);
        return array;
    }

    /// <summary>The atom, if all but the constant is one atom, taken once.</summary>
    private Atom? VariablePart() =>
        _terms.Length == 1 && _terms[0].Coefficient == 1 && _terms[0].Atoms.Length == 1 ? _terms[0].Atoms[0] : null;

    private IEnumerable<Term> AllTerms()
    {
        foreach (Term term in _terms) yield return term;
        if (_constant != 0) yield return new Term(_constant, new Atom[0]);
    }

    private Term LeadingTerm() => _terms.Length > 0 ? _terms[0] : new Term(_constant, new Atom[0]);

    private static long FloorDivide(long left, long right)
    {
        if (right == -1) return checked(-left);
        long quotient = left / right;
        return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
