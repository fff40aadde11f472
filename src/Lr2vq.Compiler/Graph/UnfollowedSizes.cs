using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>Elements that only the shapes of the inputs decide, in a way that expressions do not follow.</summary>
/// <param name="Node">The first node on the way whose result is not followed.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Symbols">The dimensions that decide, sorted.</param>
internal sealed record UnfollowedSizes(string Node, string Operator, IReadOnlyCollection<string> Symbols)
{
    /// <summary>Marks the results of a node that reads nothing but constants and what follows from shapes.</summary>
    public static void Mark(string node, string op, IReadOnlyList<Value?> inputs, IReadOnlyList<Value> outputs)
    {
        UnfollowedSizes? first = null;
        var symbols = new SortedSet<string>(System.StringComparer.Ordinal);
        foreach (Value? input in inputs)
        {
            if (input is null || input.Constant is not null) continue;
            if (input.Unfollowed is { } unfollowed)
            {
                first ??= unfollowed;
                symbols.UnionWith(unfollowed.Symbols);
                continue;
            }
            if (input.Dimensions is null && input.Reals is null) return;
            foreach (Dimension dimension in input.Dimensions ?? []) dimension.CollectSymbols(symbols);
            foreach (Real real in input.Reals ?? []) real.CollectSymbols(symbols);
        }
        foreach (Dimension dimension in outputs.SelectMany(output => output.Shape)) dimension.CollectSymbols(symbols);
        if (symbols.Count == 0) return;
        var made = new UnfollowedSizes(first?.Node ?? node, first?.Operator ?? op, symbols);
        foreach (Value output in outputs) output.Unfollowed = made;
    }
}
