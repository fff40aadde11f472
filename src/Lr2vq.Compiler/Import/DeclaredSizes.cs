using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>What an operand of sizes or axes must hold for a node to give the shape that the model declares of its result. Where it is data, that is taken, and
/// compared when the network runs.</summary>
/// <param name="Input">The operand.</param>
/// <param name="Values">Its elements.</param>
internal sealed record DeclaredSizes(int Input, long[] Values)
{
    /// <summary>Dimensions up to which sets of axes are looked for, and how many sets.</summary>
    private const int MostAxes = 8, MostSets = 64;

    /// <summary>Elements that are right too, one for each; null for none.</summary>
    public long[]? Or { get; init; }

    /// <summary>One −1 is right too.</summary>
    public bool MayBeFree { get; init; }

    /// <summary>They are axes of so many dimensions, in any order, which may count from the end; 0: they are lengths.</summary>
    public int Rank { get; init; }

    /// <summary>Places that may hold anything; empty for none.</summary>
    public int[] Any { get; init; } = [];

    /// <summary>Other sets of axes that make the same of the operand.</summary>
    public long[][] Others { get; init; } = [];

    /// <summary>The operand after it is data as well, and must be true.</summary>
    public bool AndTrue { get; init; }

    /// <summary>The operands with what is taken in place of the data.</summary>
    public Value?[] In(Value?[] operands)
    {
        Value given = operands[Input]!;
        Value?[] changed = [.. operands];
        changed[Input] = Value.Of(given.Name, ConstantTensor.Of(given.IsFloat ? ElementType.Int64 : given.Type, Shapes.Numbers(given.Shape)!, Values) ?? throw new GraphException("the declared shape of its result is too large"));
        if (AndTrue) changed[Input + 1] = Value.Of(operands[Input + 1]!.Name, ConstantTensor.Of(ElementType.Bool, Shapes.Numbers(operands[Input + 1]!.Shape)!, [1])!);
        return changed;
    }

    /// <summary>Lets the results pass only where the data are that.</summary>
    public void Guard(NodeContext node, Value?[] operands)
    {
        // A float is cut to a whole number.
        Value given = operands[Input]!.IsFloat ? node.Builder.Cast(operands[Input]!, ElementType.Int64) : operands[Input]!;
        AttributeList attributes = new AttributeList().Add("values", Values.Concat(Others.SelectMany(other => other)).Select(Dimension.Of)).Flag("free", MayBeFree).Add("rank", Rank, 0).Add("sets", Others.Length + 1, 1);
        if (Or is not null) attributes.Add("or", Or.Select(Dimension.Of));
        if (Any.Length > 0) attributes.Add("any", Any);
        Value? condition = AndTrue ? node.Builder.Cast(operands[Input + 1]!, ElementType.Int64) : null;
        for (int i = 0; i < node.Results.Length; i++)
            if (node.Results[i] is { } result)
            {
                if (condition is not null) result = node.Builder.Emit("Expect", [result, condition], new AttributeList().Add("values", [Dimension.One]), result.Type, result.Shape);
                node.Results[i] = node.Builder.Emit("Expect", [result, given], attributes, result.Type, result.Shape, node.OutputName(i));
            }
        node.Note(DiagnosticCatalogue.DeclaredSizesTaken, node.OpType, operands[Input]!.Name);
    }

    /// <summary>Null if the operator has no such operand, the operand is no data, or what the model declares leaves a choice.</summary>
    /// <param name="node">The node.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="outputs">The declared shapes of its results; null where they are not numbers.</param>
    public static DeclaredSizes? Of(OnnxNode node, Value?[] operands, int[]?[] outputs)
    {
        if (node.Domain.Length > 0 || outputs.Length == 0) return null;
        int[] shape = outputs[0] ?? [];
        DeclaredSizes? found = node.OpType switch
        {
            "Loop" => OfLoop(operands, outputs),
            _ when outputs[0] is null => null,
            "ConstantOfShape" => new(0, Longs(shape)),
            "HannWindow" or "HammingWindow" or "BlackmanWindow" when shape is [var length] => new(0, [length]),
            _ when operands.Length < 2 || operands[0] is not { } x => null,
            "Reshape" => OfReshape(node, Lengths(operands[0]!), shape),
            "Expand" => OfExpand(Lengths(operands[0]!), Count(operands[1]), shape),
            "Tile" => Lengths(operands[0]!) is { } from && from.Length == shape.Length && from.Zip(shape).All(pair => pair.First > 0 && pair.Second % pair.First == 0) ? new(1, [.. from.Zip(shape, (a, b) => (long)(b / a))]) : null,
            "Unsqueeze" => Lengths(operands[0]!) is { } inner ? OfAxes(shape, inner, Count(operands[1])) : null,
            "Squeeze" => Lengths(operands[0]!) is { } outer ? OfAxes(outer, shape, Count(operands[1])) : null,
            "Split" => OfSplit(node, outputs),
            "TopK" => At(node, shape, -1),
            "OneHot" => At(node, shape, -1),
            "CenterCropPad" => new(1, [.. (Ints(node, "axes") ?? [.. Enumerable.Range(0, shape.Length).Select(axis => (long)axis)]).Select(axis => (long)shape[axis < 0 ? axis + shape.Length : axis])]),
            "AffineGrid" when shape.Length is 4 or 5 => new(1, [shape[0], 1, .. Longs(shape[1..^1])]) { Any = [1] },
            "MaxUnpool" => new(2, Longs(shape)),
            "Col2Im" when shape.Length > 2 => new(1, Longs(shape[2..])),
            _ => null,
        };
        // Only what is data, as many numbers as there are, and of whole numbers.
        return found is not null && found.Input < operands.Length && operands[found.Input] is { Constant: null, Dimensions: null, Unfollowed: null } given
            && (given.Type is ElementType.Int32 or ElementType.Int64 || given.IsFloat && node.OpType == "OneHot") && given.Count == found.Values.Length ? found : null;
    }

    private static DeclaredSizes OfReshape(OnnxNode node, int[]? from, int[] shape)
    {
        bool copies = node.Attribute("allowzero") is null or { Int: 0 } && from is not null;
        return new(1, Longs(shape)) { MayBeFree = true, Or = copies ? [.. shape.Select((length, axis) => axis < from!.Length && from[axis] == length ? 0L : length)] : null };
    }

    private static DeclaredSizes? OfExpand(int[]? from, long? count, int[] shape)
    {
        if (count is not { } given || given > shape.Length || from is null) return null;
        int[] last = shape[(shape.Length - (int)given)..];
        // 1 keeps a length.
        return new(1, Longs(last)) { Or = [.. last.Select((length, i) => i - last.Length + from.Length is >= 0 and var axis && from[axis] == length ? 1L : length)] };
    }

    private static DeclaredSizes? OfSplit(OnnxNode node, int[]?[] outputs)
    {
        long axis = node.Attribute("axis")?.Int ?? 0;
        int rank = outputs[0]!.Length;
        if (axis < 0) axis += rank;
        if (axis < 0 || axis >= rank || outputs.Any(shape => shape is null || shape.Length != rank)) return null;
        return new(1, [.. outputs.Select(shape => (long)shape![axis])]);
    }

    /// <summary>The length of the axis that an attribute names.</summary>
    private static DeclaredSizes? At(OnnxNode node, int[] shape, long absent)
    {
        long axis = node.Attribute("axis")?.Int ?? absent;
        if (axis < 0) axis += shape.Length;
        return axis >= 0 && axis < shape.Length ? new(1, [shape[axis]]) : null;
    }

    /// <summary>Axes of length 1 without which a shape is a shorter one. Whichever they are, the elements lie as they did.</summary>
    private static DeclaredSizes? OfAxes(int[] longer, int[] shorter, long? count)
    {
        if (count is not { } wanted || wanted != longer.Length - shorter.Length || longer.Length > MostAxes) return null;
        var sets = new List<long[]>();
        for (int dropped = 0; dropped < 1 << longer.Length && sets.Count < MostSets; dropped++)
        {
            if (BitOperations.PopCount((uint)dropped) != wanted) continue;
            int[] axes = [.. Enumerable.Range(0, longer.Length).Where(axis => (dropped >> axis & 1) != 0)];
            if (axes.All(axis => longer[axis] == 1) && longer.Where((_, axis) => (dropped >> axis & 1) == 0).SequenceEqual(shorter)) sets.Add(Longs(axes));
        }
        return sets.Count == 0 ? null : new(1, sets[0]) { Rank = longer.Length, Others = [.. sets.Skip(1)] };
    }

    /// <summary>As many turns as results are stacked.</summary>
    private static DeclaredSizes? OfLoop(Value?[] operands, int[]?[] outputs)
    {
        int carried = Math.Max(0, operands.Length - 2);
        if (carried >= outputs.Length || outputs[carried] is not [> 0 and var turns, ..]) return null;
        return new(0, [turns]) { AndTrue = operands.Length > 1 && operands[1] is { Constant: null, Dimensions: null, Unfollowed: null, Type: ElementType.Bool, Count: 1 } };
    }

    private static int[]? Lengths(Value x) => Shapes.Numbers(x.Shape);

    private static long? Count(Value? x) => x?.Count;

    private static long[]? Ints(OnnxNode node, string name) => node.Attribute(name)?.Ints is { Length: > 0 } ints ? ints : null;

    private static long[] Longs(int[] values) => Array.ConvertAll(values, v => (long)v);
}
