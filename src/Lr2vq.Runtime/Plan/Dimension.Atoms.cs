using System;
using System.Collections.Generic;

namespace Lr2vq.Plans;

internal sealed partial class Dimension
{
    private static readonly Dimension[] NoOperands = new Dimension[0];
    private static readonly Dictionary<string, long> NoSymbols = new();

    private enum AtomKind { Symbol, FloorDivide, Max, Min, Choose, Broadcast, Truncate }

    private static Dimension OfAtom(Atom atom) => new(0, new[] { new Term(1, new[] { atom }) });

    /// <summary>A float cut towards zero.</summary>
    private static long Cut(float value) => value > -9.2233720368547758E18f && value < 9.2233720368547758E18f
        ? (long)value
        : throw new OverflowException("a float that becomes a dimension is no 64-bit number");

    /// <summary>What a polynomial cannot look into. Compared by its text, which is canonical because its operands are.</summary>
    private sealed partial class Atom
    {
        public Atom(string symbol) : this(AtomKind.Symbol, NoOperands, null, symbol) { }

        public Atom(AtomKind kind, params Dimension[] operands) : this(kind, operands, null, Print(kind, operands)) { }

        public Atom(Real real) : this(AtomKind.Truncate, NoOperands, real, "int(" + real + ")") { }

        private Atom(AtomKind kind, Dimension[] operands, Real? real, string text)
        {
            (Kind, Operands, Real, Text) = (kind, operands, real, text);
            CheckText(text);
        }

        public AtomKind Kind { get; }
        public Dimension[] Operands { get; }

        /// <summary>The float of <see cref="AtomKind.Truncate"/>.</summary>
        public Real? Real { get; }
        public string Text { get; }

        /// <summary>The name of a symbol.</summary>
        public string Name => Text;

        public long Evaluate(IReadOnlyDictionary<string, long> symbols)
        {
            switch (Kind)
            {
                case AtomKind.Symbol: return symbols[Name];
                case AtomKind.Truncate: return Cut(Real!.Evaluate(symbols));
                case AtomKind.FloorDivide: return FloorDivide(Operands[0].Evaluate(symbols), Operands[1].Evaluate(symbols));
                case AtomKind.Choose: return (Operands[0].Evaluate(symbols) > 0 ? Operands[1] : Operands[2]).Evaluate(symbols);
            }
            long value = Operands[0].Evaluate(symbols);
            for (int i = 1; i < Operands.Length; i++)
            {
                long other = Operands[i].Evaluate(symbols);
                value = Kind switch
                {
                    AtomKind.Min => Math.Min(value, other),
                    AtomKind.Broadcast when value == 1 || other == 1 => value == 1 ? other : value,
                    _ => Math.Max(value, other),
                };
            }
            return value;
        }

        public T Compute<T>(IDimensionArithmetic<T> numbers) where T : class
        {
            switch (Kind)
            {
                case AtomKind.Symbol: return numbers.Symbol(Name);
                case AtomKind.Truncate: return numbers.Truncate(Real!.Compute(numbers));
                case AtomKind.FloorDivide:
                    bool cut = Operands[0].LowerBound() >= 0 && Operands[1].LowerBound() > 0;
                    return numbers.FloorDivide(Operands[0].Compute(numbers), Operands[1].Compute(numbers), cut);
                case AtomKind.Choose:
                    return numbers.Choose(Operands[0].Compute(numbers), Operands[1].Compute(numbers), Operands[2].Compute(numbers));
            }
            T value = Operands[0].Compute(numbers);
            for (int i = 1; i < Operands.Length; i++)
            {
                T other = Operands[i].Compute(numbers);
                value = Kind switch
                {
                    AtomKind.Max => numbers.Max(value, other),
                    AtomKind.Min => numbers.Min(value, other),
                    _ => numbers.Broadcast(value, other),
                };
            }
            return value;
        }

        public Dimension Substitute(IReadOnlyDictionary<string, Dimension> values)
        {
            switch (Kind)
            {
                case AtomKind.Symbol: return values.TryGetValue(Name, out Dimension? value) ? value : OfAtom(this);
                case AtomKind.Truncate: return Truncate(Real!.Substitute(values));
                case AtomKind.Choose:
                    // The branch not taken may divide by zero.
                    Dimension condition = Operands[0].Substitute(values);
                    if (condition.IsConstant) return Operands[condition.Value > 0 ? 1 : 2].Substitute(values);
                    return Choose(condition, Operands[1].Substitute(values), Operands[2].Substitute(values));
            }
            Dimension result = Operands[0].Substitute(values);
            for (int i = 1; i < Operands.Length; i++)
            {
                Dimension other = Operands[i].Substitute(values);
                result = Kind switch
                {
                    AtomKind.FloorDivide => FloorDivide(result, other),
                    AtomKind.Max => Max(result, other),
                    AtomKind.Min => Min(result, other),
                    _ => Broadcast(result, other),
                };
            }
            return result;
        }

        private static string Print(AtomKind kind, Dimension[] operands) => kind switch
        {
            AtomKind.FloorDivide => Factor(operands[0]) + "/" + Factor(operands[1]),
            AtomKind.Max => "max(" + string.Join(",", (object[])operands) + ")",
            AtomKind.Min => "min(" + string.Join(",", (object[])operands) + ")",
            AtomKind.Choose => "if(" + string.Join(",", (object[])operands) + ")",
            _ => "broadcast(" + string.Join(",", (object[])operands) + ")",
        };

        private static string Factor(Dimension operand) =>
            operand.IsConstant && operand._constant >= 0
            || operand._constant == 0 && operand.VariablePart() is { Kind: not AtomKind.FloorDivide }
                ? operand.ToString()
                : "(" + operand + ")";
    }
}
