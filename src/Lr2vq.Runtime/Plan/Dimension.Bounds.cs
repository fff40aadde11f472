using System;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    /// <summary>Beyond this nothing is said, so that sums and products of bounds stay in 64 bits.</summary>
    private const long MostBound = 1L << 53;

    /// <summary>Remainders that are looked into for one bound.</summary>
    private const int MostRemainders = 6;

    private Interval? _bounds;

    /// <summary>A number that the value is never below while every symbol is at least 1; null if none is known.</summary>
    public long? LowerBound() => IsConstant ? _constant : Bounds().Low;

    /// <summary>A number that the value is never above while every symbol is at least 1; null if none is known.</summary>
    public long? UpperBound() => IsConstant ? _constant : Bounds().High;

    private Interval Bounds() => _bounds ??= FindBounds(MostRemainders);

    private Interval FindBounds(int remainders)
    {
        var sum = Interval.Of(_constant);
        foreach (Term term in _terms) sum = sum.Add(BoundsOf(term));
        return (sum.Low is null || sum.High is null) && remainders > 0 && WithoutDivision(remainders - 1) is { } better ? sum.Narrow(better) : sum;
    }

    /// <summary>d·P = Q − c·(A mod d), if c·⌊A ÷ d⌋ is a term of P and Q = d·(P − c·⌊A ÷ d⌋) + c·A: bounds of P from those of Q, because
    /// a remainder lies between 0 and d − 1. So H − 2·⌊H ÷ 2⌋ is seen to be 0 or 1.</summary>
    private Interval? WithoutDivision(int remainders)
    {
        foreach (Term term in _terms)
        {
            if (term.Atoms.Length != 1 || term.Atoms[0] is not { Kind: AtomKind.FloorDivide } atom) continue;
            if (!atom.Operands[1].IsConstant || atom.Operands[1]._constant is <= 0 or > int.MaxValue || term.Coefficient is < -int.MaxValue or > int.MaxValue) continue;
            long divisor = atom.Operands[1]._constant, c = term.Coefficient;
            try
            {
                Dimension rest = (this - Of(c) * OfAtom(atom)) * Of(divisor) + Of(c) * atom.Operands[0];
                Interval bounds = rest.FindBounds(remainders).Add(Interval.Of(0, divisor - 1).Times(-c));
                return Interval.Of(bounds.Low is { } low ? -FloorDivide(-low, divisor) : null, bounds.High is { } high ? FloorDivide(high, divisor) : null);
            }
            catch (OverflowException)
            {
                return null;
            }
        }
        return null;
    }

    private static Interval BoundsOf(Term term)
    {
        Interval product = BoundsOf(term.Atoms[0]);
        for (int i = 1; i < term.Atoms.Length; i++)
        {
            Interval factor = BoundsOf(term.Atoms[i]);
            if (product.Low is null or < 0 || factor.Low is null or < 0) return Interval.Unknown;
            product = Interval.Of(Interval.Multiply(product.Low, factor.Low), Interval.Multiply(product.High, factor.High));
        }
        return product.Times(term.Coefficient);
    }

    private static Interval BoundsOf(Atom atom)
    {
        Dimension[] operands = atom.Operands;
        switch (atom.Kind)
        {
            case AtomKind.Symbol: return Interval.Of(IsSize(atom.Name) ? 0 : 1, null);
            case AtomKind.Truncate: return Interval.Of(atom.Real!.IsNeverNegative ? 0 : null, null);
            case AtomKind.FloorDivide: return Quotient(operands[0], operands[1]);
            case AtomKind.Choose: return Of(operands[1]).Hull(Of(operands[2]));
        }
        Interval all = Of(operands[0]);
        for (int i = 1; i < operands.Length; i++)
        {
            Interval other = Of(operands[i]);
            all = atom.Kind switch
            {
                AtomKind.Max => Interval.Of(Interval.Larger(all.Low, other.Low), all.High is { } a && other.High is { } b ? Math.Max(a, b) : null),
                AtomKind.Min => Interval.Of(all.Low is { } a && other.Low is { } b ? Math.Min(a, b) : null, Interval.Smaller(all.High, other.High)),
                _ => all.Hull(other),
            };
        }
        return all;

        static Interval Of(Dimension operand) => Interval.Of(operand.LowerBound(), operand.UpperBound());
    }

    private static Interval Quotient(Dimension dividend, Dimension divisor)
    {
        long? low = dividend.LowerBound(), high = dividend.UpperBound();
        if (divisor.IsConstant)
            return divisor._constant > 0
                ? Interval.Of(low is { } l ? FloorDivide(l, divisor._constant) : null, high is { } h ? FloorDivide(h, divisor._constant) : null)
                : Interval.Unknown;
        if (divisor.LowerBound() is not { } least || least <= 0) return Interval.Unknown;
        // A larger divisor brings the quotient nearer to 0, or to −1.
        return Interval.Of(low is >= 0 ? 0 : low, high is >= 0 ? FloorDivide(high.Value, least) : high is null ? null : -1);
    }

    /// <summary>Two bounds, each of them may be unknown.</summary>
    private sealed class Interval
    {
        private Interval(long? low, long? high) => (Low, High) = (low, high);

        public static Interval Unknown { get; } = new(null, null);

        public long? Low { get; }
        public long? High { get; }

        public static Interval Of(long? low, long? high) => new(
            low is < -MostBound or > MostBound ? null : low, high is < -MostBound or > MostBound ? null : high);

        public static Interval Of(long value) => Of(value, value);

        public Interval Add(Interval other) => Of(Low + other.Low, High + other.High);

        public Interval Times(long factor) =>
            factor >= 0 ? Of(Multiply(Low, factor), Multiply(High, factor)) : Of(Multiply(High, factor), Multiply(Low, factor));

        public Interval Hull(Interval other) => Of(Low is { } l && other.Low is { } ol ? Math.Min(l, ol) : null,
            High is { } h && other.High is { } oh ? Math.Max(h, oh) : null);

        /// <summary>What both say.</summary>
        public Interval Narrow(Interval other) => Of(Larger(Low, other.Low), Smaller(High, other.High));

        public static long? Larger(long? a, long? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

        public static long? Smaller(long? a, long? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);

        public static long? Multiply(long? a, long? b) =>
            a is { } x && b is { } y && Math.Abs((double)x * y) <= MostBound ? x * y : null;
    }
}
