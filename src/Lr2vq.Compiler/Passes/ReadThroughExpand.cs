using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>Element-wise steps repeat their operands themselves: what repeats one for them, before the network runs or while it does, goes.</summary>
internal sealed class ReadThroughExpand : RewriteRule
{
    private static readonly HashSet<string> Broadcasting =
    [
        "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Min", "Mod",
        "Mul", "Or", "Pow", "PRelu", "Sub", "Where", "Xor",
    ];

    /// <summary>Longest chain of constants that is followed.</summary>
    private const int MostDepth = 8;

    public override string? TryRewrite(Graph graph, Node node)
    {
        if (!Broadcasting.Contains(node.Operator)) return null;
        // The first operand of a PRelu has the shape of the result.
        for (int i = node.Operator == "PRelu" ? 1 : 0; i < node.Inputs.Count; i++)
        {
            if (node.Inputs[i] is not { } operand || Source(operand) is not { } source || !OthersFill(node, i, source)) continue;
            node.SetInput(i, source);
            return $"{node.Name} repeats {source.Name} itself";
        }
        return null;
    }

    /// <summary>What a value repeats along axes of length 1; null if it does not.</summary>
    private static Value? Source(Value value, int depth = 0)
    {
        if (depth == MostDepth) return null;
        if (value.Producer is { Operator: "Expand" } expand) return expand.Inputs[0];
        return value.Constant switch
        {
            FoldedConstant { Operator: "Expand" } folded => folded.Inputs[0],
            FoldedConstant { Operator: "Tile" } folded when folded.Inputs[0]!.Shape.Zip(value.Shape).All(d => d.First.Equals(Dimension.One) || d.First.Equals(d.Second)) =>
                folded.Inputs[0],
            UniformConstant { Count: > 1 } uniform => Value.Of(value.Name, uniform.Element),
            FoldedConstant folded when Broadcasting.Contains(folded.Operator) => Computed(value, folded, depth),
            _ => null,
        };
    }

    /// <summary>What was computed of constants that are repeated is repeated itself.</summary>
    private static Value? Computed(Value value, FoldedConstant folded, int depth)
    {
        Value?[] inputs = [.. folded.Inputs.Select(input => Source(input!, depth + 1) ?? input)];
        if (inputs.SequenceEqual(folded.Inputs)) return null;
        Dimension[]? shape = [];
        foreach (Value? input in inputs) shape = shape is null ? null : Shapes.Broadcast(shape, input!.Shape);
        if (shape is null || Shapes.Numbers(shape) is null || folded.Operator == "PRelu") return null;
        var result = new Value(value.Name, value.Type, shape);
        return result.Count < value.Count ? ConstantFolding.Fold(value.Name, folded.Operator, inputs, folded.Attributes, [result])?[0] : null;
    }

    /// <summary>True if the result keeps its shape: along every axis that the source repeats, another operand has the full length.</summary>
    private static bool OthersFill(Node node, int operand, Value source)
    {
        Dimension[] result = node.Output.Shape;
        if (source.Rank > result.Length) return false;
        Value[] others = [.. node.Inputs.Where((input, i) => i != operand && input is not null).Select(input => input!)];
        for (int axis = 1; axis <= result.Length; axis++)
        {
            if (axis <= source.Rank && source.Shape[^axis].Equals(result[^axis])) continue;
            if (axis <= source.Rank && !source.Shape[^axis].Equals(Dimension.One)) return false;
            if (!others.Any(other => axis <= other.Rank && other.Shape[^axis].Equals(result[^axis]))) return false;
        }
        return true;
    }
}
