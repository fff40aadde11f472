using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Rules that many shape rules share.</summary>
internal static class Shapes
{
    /// <summary>The shape of an element-wise result; null if the shapes cannot be broadcast.</summary>
    public static Dimension[]? Broadcast(Dimension[] a, Dimension[] b)
    {
        var shape = new Dimension[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            Dimension left = i <= a.Length ? a[^i] : Dimension.One, right = i <= b.Length ? b[^i] : Dimension.One;
            if (Broadcast(left, right) is not { } dimension) return null;
            shape[^i] = dimension;
        }
        return shape;
    }

    /// <summary>One dimension of an element-wise result; null if the lengths differ and neither is 1.</summary>
    /// <remarks>Two expressions in the same symbols that are not provably equal (the two ways of a network that halves and doubles)
    /// must be equal wherever the network works at all: the simpler one is taken, and the run time compares the numbers.</remarks>
    public static Dimension? Broadcast(Dimension left, Dimension right)
    {
        if (left.Equals(right) || right.Equals(Dimension.One)) return left;
        if (left.Equals(Dimension.One)) return right;
        if (left.IsConstant && right.IsConstant) return null;
        if (left.IsConstant) return left;
        if (right.IsConstant) return right;
        var leftSymbols = new HashSet<string>();
        var rightSymbols = new HashSet<string>();
        left.CollectSymbols(leftSymbols);
        right.CollectSymbols(rightSymbols);
        return leftSymbols.SetEquals(rightSymbols) ? Simpler(left, right) : Dimension.Broadcast(left, right);
    }

    /// <summary>One of two dimensions that must be equal: a number rather than an expression, else the shorter text.</summary>
    public static Dimension Simpler(Dimension left, Dimension right)
    {
        if (left.IsConstant) return left;
        if (right.IsConstant) return right;
        string l = left.ToString(), r = right.ToString();
        return l.Length < r.Length || l.Length == r.Length && string.CompareOrdinal(l, r) <= 0 ? left : right;
    }

    /// <summary>False if two dimensions certainly differ.</summary>
    public static bool MayBeEqual(Dimension left, Dimension right) => !(left.IsConstant && right.IsConstant) || left.Value == right.Value;

    /// <summary>The product of dimensions.</summary>
    public static Dimension Product(IEnumerable<Dimension> dimensions) => dimensions.Aggregate(Dimension.One, (product, d) => product * d);

    /// <summary>Elements of a shape of numbers.</summary>
    /// <exception cref="OverflowException">More than any computer has.</exception>
    public static long Count(IReadOnlyList<Dimension> shape)
    {
        long count = 1;
        foreach (Dimension dimension in shape)
        {
            if (dimension.Value > int.MaxValue || count > long.MaxValue / 16 / Math.Max(1, dimension.Value))
                throw new OverflowException($"[{string.Join(",", shape)}] has too many elements");
            count *= Math.Max(1, dimension.Value);
        }
        return shape.Any(dimension => dimension.Value == 0) ? 0 : count;
    }

    /// <summary>Refuses a result that no input shape can have.</summary>
    /// <exception cref="GraphException">A length is negative.</exception>
    /// <exception cref="OverflowException">It has too many elements.</exception>
    public static void CheckResult(IReadOnlyList<Dimension> shape)
    {
        if (shape.Count > PlanParser.MaximumRank) throw new GraphException($"its result would have {shape.Count} dimensions; {PlanParser.MaximumRank} are supported");
        foreach (Dimension dimension in shape)
            if (dimension.UpperBound() < 0) throw new GraphException($"its result would have the shape [{string.Join(",", shape)}]");
        Count([.. shape.Where(dimension => dimension.IsConstant)]);
    }

    /// <summary>The numbers of a shape without symbols; null if there is one.</summary>
    public static int[]? Numbers(IReadOnlyList<Dimension> shape)
    {
        var numbers = new int[shape.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!shape[i].IsConstant || shape[i].Value is < 0 or > int.MaxValue) return null;
            numbers[i] = (int)shape[i].Value;
        }
        return numbers;
    }
}
