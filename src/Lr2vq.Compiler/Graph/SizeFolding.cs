using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Computes with small tensors whose elements are sizes (expressions in the input shapes), so that subgraphs that compute
/// shapes disappear.</summary>
internal static class SizeFolding
{
    /// <summary>The elements of every output; null if the operator is not one of these, or an operand is not known.</summary>
    public static Ratio[][]? Fold(string op, IReadOnlyList<Value?> inputs, StepAttributes attributes, IReadOnlyList<Value> outputs)
    {
        foreach (Value output in outputs)
            if (output.Count is null or > Value.LongestElements || output.Type == ElementType.String) return null;
        foreach (Value? input in inputs)
            if (input?.Elements is null) return null;
        // Floats that are known numbers are left to the run time's own kernels, which round as it does.
        if (outputs.Any(output => output.IsFloat) && inputs.All(input => input!.Constant is not null)) return null;
        var shapes = inputs.Select(input => Shapes.Numbers(input!.Shape)).ToArray();
        if (shapes.Any(shape => shape is null)) return null;
        var operands = inputs.Select((input, i) => new Operand(input!.Elements!, shapes[i]!, input.Type)).ToArray();
        int[][] results = [.. outputs.Select(output => Shapes.Numbers(output.Shape)!)];
        if (op == "Split") return SizeMovement.Split(operands[0], attributes.Int("axis", 0), results);
        return FoldOne(op, operands, attributes, results[0], outputs[0].Type) is { } elements ? [elements] : null;
    }

    private static Ratio[]? FoldOne(string op, Operand[] inputs, StepAttributes attributes, int[] shape, ElementType type)
    {
        switch (op)
        {
            case "DimensionValues":
                return [.. attributes.Dimensions("values").Select(d => (Ratio)d)];
            case "Range":
                Dimension start = attributes.Dimensions("start")[0], delta = attributes.Dimensions("delta")[0];
                return [.. Enumerable.Range(0, shape[0]).Select(i => (Ratio)(start + delta * i))];
            case "Reshape": return inputs[0].Elements;
            case "Transpose": return SizeMovement.Transpose(inputs[0], attributes.Ints("perm"), shape);
            case "Concat": return SizeMovement.Concat(inputs, attributes.Int("axis", 0), shape);
            case "Slice": return SizeMovement.Slice(inputs[0], attributes, shape);
            case "Gather": return SizeMovement.Gather(inputs[0], inputs[1], attributes.Int("axis", 0), shape);
            case "Expand" or "Tile": return SizeMovement.Repeat(inputs[0], shape);
            case "Cast": return Each(inputs[0].Elements, e => Cast(e, inputs[0].Type, type));
            case "Neg": return Each(inputs[0].Elements, e => e * -1);
            case "Floor": return Each(inputs[0].Elements, e => e.Floor());
            case "Ceil": return Each(inputs[0].Elements, e => e.Ceiling());
            case "Not": return Each(inputs[0].Elements, e => e.IsConstant ? (Ratio)(1 - e.Numerator.Value) : null);
            case "Sqrt": return Each(inputs[0].Elements, Root);
            case "Where":
                Ratio[] conditions = SizeMovement.Broadcast(inputs[0], shape), a = SizeMovement.Broadcast(inputs[1], shape), b = SizeMovement.Broadcast(inputs[2], shape);
                var chosen = new Ratio[conditions.Length];
                for (int i = 0; i < chosen.Length; i++)
                {
                    if (!conditions[i].IsConstant) return null;
                    chosen[i] = conditions[i].Numerator.Value != 0 ? a[i] : b[i];
                }
                return chosen;
            case "ReduceSum" or "ReduceProd" or "ReduceMax" or "ReduceMin":
                return SizeMovement.Reduce(inputs[0], attributes.Ints("axes"), op switch
                {
                    "ReduceSum" => static (x, y) => x + y,
                    "ReduceProd" => static (x, y) => x * y,
                    "ReduceMax" => Ratio.Max,
                    _ => Ratio.Min,
                });
        }
        if (inputs.Length != 2) return null;
        bool integers = type != ElementType.Float32;
        Func<Ratio, Ratio, Ratio?>? compute = op switch
        {
            "Add" => static (x, y) => x + y,
            "Sub" => static (x, y) => x - y,
            "Mul" => static (x, y) => x * y,
            "Div" => integers ? Ratio.IntegerDivide : Ratio.Divide,
            "Min" => static (x, y) => Ratio.Min(x, y),
            "Max" => static (x, y) => Ratio.Max(x, y),
            "Mod" => static (x, y) => Ratio.IntegerDivide(x, y) is { } quotient ? x - quotient * y : null,
            "Equal" => static (x, y) => Ratio.Compare(x, y) is { } order ? (Ratio)(order == 0 ? 1 : 0) : null,
            "Less" => static (x, y) => Ratio.Compare(x, y) is { } order ? (Ratio)(order < 0 ? 1 : 0) : null,
            "LessOrEqual" => static (x, y) => Ratio.Compare(x, y) is { } order ? (Ratio)(order <= 0 ? 1 : 0) : null,
            "Greater" => static (x, y) => Ratio.Compare(x, y) is { } order ? (Ratio)(order > 0 ? 1 : 0) : null,
            "GreaterOrEqual" => static (x, y) => Ratio.Compare(x, y) is { } order ? (Ratio)(order >= 0 ? 1 : 0) : null,
            "And" => static (x, y) => x.IsConstant && y.IsConstant ? (Ratio)(x.Numerator.Value & y.Numerator.Value) : null,
            "Or" => static (x, y) => x.IsConstant && y.IsConstant ? (Ratio)(x.Numerator.Value | y.Numerator.Value) : null,
            _ => null,
        };
        if (compute is null || op == "Mod" && !inputs.All(i => i.Elements.All(e => e.Numerator.LowerBound() >= 0))) return null;
        Ratio[] left = SizeMovement.Broadcast(inputs[0], shape), right = SizeMovement.Broadcast(inputs[1], shape), result = new Ratio[left.Length];
        for (int i = 0; i < result.Length; i++)
        {
            if (compute(left[i], right[i]) is not { } element) return null;
            result[i] = element;
        }
        return result;
    }

    private static Ratio[]? Each(Ratio[] elements, Func<Ratio, Ratio?> compute)
    {
        var result = new Ratio[elements.Length];
        for (int i = 0; i < result.Length; i++)
        {
            if (compute(elements[i]) is not { } element) return null;
            result[i] = element;
        }
        return result;
    }

    private static Ratio? Cast(Ratio element, ElementType from, ElementType to)
    {
        if (to == ElementType.Bool) return Ratio.Compare(element, 0) is { } order ? (Ratio)(order != 0 ? 1 : 0) : null;
        if (to == ElementType.Float32 || from != ElementType.Float32) return element;
        // Cut towards zero.
        if (element.Numerator.LowerBound() >= 0) return element.Floor();
        return element.IsConstant ? element.Ceiling() : null;
    }

    private static Ratio? Root(Ratio element)
    {
        if (!element.IsConstant || !element.IsInteger || element.Numerator.Value < 0) return null;
        long root = (long)Math.Sqrt(element.Numerator.Value);
        return root * root == element.Numerator.Value ? (Ratio)root : null;
    }
}

/// <summary>A small tensor of sizes.</summary>
internal readonly record struct Operand(Ratio[] Elements, int[] Shape, ElementType Type);
