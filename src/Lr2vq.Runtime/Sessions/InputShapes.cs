using System;
using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>From the dimensions of the inputs to the values of the network's symbols.</summary>
internal sealed class InputShapes
{
    private readonly IReadOnlyList<PlanPort> _inputs;

    public InputShapes(IReadOnlyList<PlanPort> inputs)
    {
        _inputs = inputs;
        Starts = new int[inputs.Count + 1];
        for (int i = 0; i < inputs.Count; i++) Starts[i + 1] = Starts[i] + inputs[i].Shape.Count;
    }

    /// <summary>Where the dimensions of an input begin among those of all inputs, one after the other; the last is their number.</summary>
    public int[] Starts { get; }

    /// <summary>The dimensions of all inputs, one after the other, for one image if the batch is a symbol; null if others are symbols.</summary>
    public int[]? Usual
    {
        get
        {
            var dimensions = new int[Starts[^1]];
            for (int i = 0; i < _inputs.Count; i++)
                for (int d = 0; d < _inputs[i].Shape.Count; d++)
                {
                    Dimension dimension = _inputs[i].Shape[d];
                    if (!dimension.IsConstant && (d > 0 || !IsSymbol(dimension))) return null;
                    dimensions[Starts[i] + d] = dimension.IsConstant ? checked((int)dimension.Value) : 1;
                }
            return dimensions;
        }
    }

    /// <summary>The values of all symbols.</summary>
    /// <param name="dimensions">The dimensions of all inputs, one after the other.</param>
    /// <exception cref="ArgumentException">A dimension is not what the network expects.</exception>
    public Dictionary<string, long> Solve(ReadOnlySpan<int> dimensions)
    {
        if (dimensions.Length != Starts[^1])
            throw new ArgumentException(FormattableString.Invariant($"The inputs have {Starts[^1]} dimensions together, not {dimensions.Length}"));
        Dictionary<string, long> symbols = new(StringComparer.Ordinal);
        for (int i = 0; i < _inputs.Count; i++)
            for (int d = 0; d < _inputs[i].Shape.Count; d++)
                if (IsSymbol(_inputs[i].Shape[d])) symbols.TryAdd(_inputs[i].Shape[d].ToString(), dimensions[Starts[i] + d]);
        for (int i = 0; i < _inputs.Count; i++)
            for (int d = 0; d < _inputs[i].Shape.Count; d++)
            {
                int given = dimensions[Starts[i] + d];
                long expected = Evaluate(_inputs[i].Shape[d], symbols);
                if (given != expected || given < 0)
                    throw new ArgumentException(FormattableString.Invariant(
                        $"Input '{_inputs[i].Name}' has {given} at dimension {d} where [{string.Join(",", _inputs[i].Shape)}] asks for {expected}"));
            }
        return symbols;
    }

    /// <summary>The dimensions of one input that follow from its number of elements.</summary>
    /// <exception cref="ArgumentException">They do not follow, or no dimensions give this length.</exception>
    public void FromLength(int input, long length, Span<int> dimensions)
    {
        PlanPort port = _inputs[input];
        long known = 1;
        string? symbol = null;
        int times = 0;
        // Not foreach: the enumerator of an interface would be allocated.
        for (int d = 0; d < port.Shape.Count; d++)
        {
            Dimension dimension = port.Shape[d];
            if (dimension.IsConstant) known = checked(known * dimension.Value);
            else if (IsSymbol(dimension) && (symbol is null || symbol == dimension.ToString()))
            {
                symbol = dimension.ToString();
                times++;
            }
            else
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"The shape of input '{port.Name}' [{string.Join(",", port.Shape)}] does not follow from its length, {length}; give the shape"));
            }
        }
        long value = 0;
        if (times > 0)
        {
            long power = known == 0 ? 0 : length / known;
            value = times == 1 ? power : (long)Math.Round(Math.Pow(power, 1.0 / times));
        }
        long expected = known;
        for (int i = 0; i < times && expected <= int.MaxValue; i++) expected *= value;
        if (expected != length || value > int.MaxValue)
            throw new ArgumentException(times == 0
                ? FormattableString.Invariant($"Input '{port.Name}' [{string.Join(",", port.Shape)}] has {expected} elements; {length} were given")
                : FormattableString.Invariant($"Input '{port.Name}' [{string.Join(",", port.Shape)}] cannot have {length} elements"));
        for (int d = 0; d < dimensions.Length; d++) dimensions[d] = (int)(port.Shape[d].IsConstant ? port.Shape[d].Value : value);
    }

    /// <summary>The value of an expression; what cannot be computed is the fault of the input shapes.</summary>
    public static long Evaluate(Dimension dimension, IReadOnlyDictionary<string, long> symbols)
    {
        if (dimension.IsConstant) return dimension.Value;
        try
        {
            return dimension.Evaluate(symbols);
        }
        catch (Exception e) when (e is ArithmeticException or KeyNotFoundException)
        {
            throw new ArgumentException($"The dimension {dimension} has no value for these input shapes: {e.Message}", e);
        }
    }

    /// <summary>The shape that expressions have.</summary>
    /// <exception cref="ArgumentException">A dimension is negative or too large.</exception>
    public static int[] Evaluate(IReadOnlyList<Dimension> shape, IReadOnlyDictionary<string, long> symbols, string what)
    {
        int[] values = new int[shape.Count];
        for (int d = 0; d < values.Length; d++)
        {
            long value = Evaluate(shape[d], symbols);
            if (value is < 0 or > int.MaxValue)
                throw new ArgumentException(FormattableString.Invariant($"The input shapes do not fit the network: {what} would have the dimension {shape[d]} = {value}"));
            values[d] = (int)value;
        }
        return values;
    }

    private static bool IsSymbol(Dimension dimension) => !dimension.IsConstant && Dimension.IsIdentifier(dimension.ToString());
}
