using System;
using System.Collections.Generic;
using System.Linq;
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
    /// <summary>Elements that are right too, one for each; null for none.</summary>
    public long[]? Or { get; init; }

    /// <summary>One −1 is right too.</summary>
    public bool MayBeFree { get; init; }

    /// <summary>They are axes of so many dimensions, in any order, which may count from the end; 0: they are lengths.</summary>
    public int Rank { get; init; }

    /// <summary>Places that may hold anything; empty for none.</summary>
    public int[] Any { get; init; } = [];

    /// <summary>The operands with what is taken in place of the data.</summary>
    public Value?[] In(Value?[] operands)
    {
        Value given = operands[Input]!;
        Value?[] changed = [.. operands];
        changed[Input] = Value.Of(given.Name, ConstantTensor.Of(given.Type, Shapes.Numbers(given.Shape)!, Values) ?? throw new GraphException("the declared shape of its result is too large"));
        return changed;
    }

    /// <summary>Lets the results pass only where the data are that.</summary>
    public void Guard(NodeContext node, Value?[] operands)
    {
        AttributeList attributes = new AttributeList().Add("values", Values.Select(Dimension.Of)).Flag("free", MayBeFree).Add("rank", Rank, 0);
        if (Or is not null) attributes.Add("or", Or.Select(Dimension.Of));
        if (Any.Length > 0) attributes.Add("any", Any);
        for (int i = 0; i < node.Results.Length; i++)
            if (node.Results[i] is { } result) node.Results[i] = node.Builder.Emit("Expect", [result, operands[Input]], attributes, result.Type, result.Shape, node.OutputName(i));
        node.Note(DiagnosticCatalogue.DeclaredSizesTaken, node.OpType, operands[Input]!.Name);
    }

    /// <summary>Null if the operator has no such operand, the operand is no data, or what the model declares leaves a choice.</summary>
    /// <param name="node">The node.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="outputs">The declared shapes of its results; null where they are not numbers.</param>
    public static DeclaredSizes? Of(OnnxNode node, Value?[] operands, int[]?[] outputs)
    {
        if (node.Domain.Length > 0 || outputs.Length == 0 || outputs[0] is not { } shape) return null;
        DeclaredSizes? found = node.OpType switch
        {
            "ConstantOfShape" => new(0, Longs(shape)),
            "HannWindow" or "HammingWindow" or "BlackmanWindow" when shape is [var length] => new(0, [length]),
            _ when operands.Length < 2 || operands[0] is not { } x => null,
            "Reshape" => OfReshape(node, Lengths(operands[0]!), shape),
            "Expand" => OfExpand(Lengths(operands[0]!), Count(operands[1]), shape),
            "Tile" => Lengths(operands[0]!) is { } from && from.Length == shape.Length && from.Zip(shape).All(pair => pair.First > 0 && pair.Second % pair.First == 0) ? new(1, [.. from.Zip(shape, (a, b) => (long)(b / a))]) : null,
            "Unsqueeze" => OfAxes(Axes(shape, length => length == 1), Count(operands[1]), shape.Length),
            "Squeeze" => Lengths(operands[0]!) is { } from ? OfAxes(Axes(from, length => length == 1), Count(operands[1]), from.Length) : null,
            "Split" => OfSplit(node, outputs),
            "TopK" => At(node, shape, -1),
            "OneHot" => At(node, shape, -1),
            "CenterCropPad" => new(1, [.. (Ints(node, "axes") ?? [.. Enumerable.Range(0, shape.Length).Select(axis => (long)axis)]).Select(axis => (long)shape[axis < 0 ? axis + shape.Length : axis])]),
            "AffineGrid" when shape.Length is 4 or 5 => new(1, [shape[0], 1, .. Longs(shape[1..^1])]) { Any = [1] },
            "Resize" when operands.Length == 4 && node.Attribute("keep_aspect_ratio_policy") is null or { String: "stretch" } =>
                new(3, [.. (Ints(node, "axes") ?? [.. Enumerable.Range(0, shape.Length).Select(axis => (long)axis)]).Select(axis => (long)shape[axis < 0 ? axis + shape.Length : axis])]),
            _ when node.OpType.StartsWith("Reduce", StringComparison.Ordinal) => Lengths(operands[0]!) is { } from && Count(operands[1]) is { } count ? OfReduction(node, from, count, shape) : null,
            _ => null,
        };
        // Only what is data, as many numbers as there are, and of whole numbers.
        return found is not null && found.Input < operands.Length && operands[found.Input] is { Constant: null, Dimensions: null, Unfollowed: null, Type: ElementType.Int32 or ElementType.Int64 } given
            && given.Count == found.Values.Length ? found : null;
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

    private static DeclaredSizes? OfReduction(OnnxNode node, int[] from, long count, int[] shape)
    {
        if (count == 0) return new(1, []);
        if (count > from.Length) return null;
        if (node.Attribute("keepdims") is null or { Int: not 0 }) return shape.Length == from.Length ? OfAxes([.. Axes(from, (length, axis) => shape[axis] == 1 && length != 1)], count, from.Length) : null;
        // Axes without which the shape is the declared one: only if there is one choice.
        if (shape.Length + count != from.Length || from.Length > 8) return null;
        DeclaredSizes? only = null;
        for (int kept = 0; kept < 1 << from.Length; kept++)
        {
            int[] axes = [.. Enumerable.Range(0, from.Length).Where(axis => (kept >> axis & 1) == 0)];
            if (axes.Length != count || !from.Where((_, axis) => (kept >> axis & 1) != 0).SequenceEqual(shape)) continue;
            if (only is not null) return null;
            only = OfAxes(axes, count, from.Length);
        }
        return only;
    }

    private static DeclaredSizes? OfAxes(int[] axes, long? count, int rank) => axes.Length == count ? new(1, Longs(axes)) { Rank = rank } : null;

    private static int[] Axes(int[] shape, Func<int, bool> fits) => Axes(shape, (length, _) => fits(length));

    private static int[] Axes(int[] shape, Func<int, int, bool> fits) => [.. Enumerable.Range(0, shape.Length).Where(axis => fits(shape[axis], axis))];

    private static int[]? Lengths(Value x) => Shapes.Numbers(x.Shape);

    private static long? Count(Value? x) => x?.Count;

    private static long[]? Ints(OnnxNode node, string name) => node.Attribute(name)?.Ints is { Length: > 0 } ints ? ints : null;

    private static long[] Longs(int[] values) => Array.ConvertAll(values, v => (long)v);
}
