using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Sessions;

/// <summary>Which steps find sizes and which need them, while a network is read: nobody needs one that no step before has found.</summary>
internal sealed class SizeTable(Plan plan)
{
    private readonly HashSet<string> _declared = Declared(plan);
    private readonly Dictionary<string, int> _found = new(StringComparer.Ordinal);
    private readonly List<PlanSize> _all = [];

    /// <summary>Of the steps so far, in their order.</summary>
    public PlanSize[] All => [.. _all];

    /// <summary>Indices of the sizes on which the step depends.</summary>
    /// <param name="step">The step that comes next.</param>
    /// <param name="inputs">Indices of its inputs; −1 for one that is absent.</param>
    /// <param name="values">The values so far.</param>
    /// <exception cref="FormatException">One is not found before, or its own is part of an expression.</exception>
    public int[] Needs(PlanStep step, int[] inputs, List<NetworkValue> values) =>
        // Most networks have none: what follows is not even compiled.
        _declared.Count == 0 ? [] : Find(step, inputs, values);

    private int[] Find(PlanStep step, int[] inputs, List<NetworkValue> values)
    {
        string? own = step.Size?.Identifier;
        // A length of what it finds is the size or has nothing to do with it: the memory that it was given holds no other.
        foreach (Dimension dimension in step.Outputs.SelectMany(output => output.Shape))
            if (own is not null && dimension.ToString() != own && Dimension.SizesIn(dimension.ToString()).Contains(own)) throw new FormatException($"the length {dimension} is more than its size");
        IEnumerable<string> expressions = [
            .. inputs.Where(input => input >= 0).SelectMany(input => values[input].Shape ?? []).Select(dimension => dimension.ToString()),
            .. step.Outputs.SelectMany(output => output.Shape).Select(dimension => dimension.ToString()).Where(text => text != own),
            step.Size?.Bound.ToString() ?? "",
        ];
        IEnumerable<string> names = expressions.SelectMany(Dimension.SizesIn)
            .Concat(step.Attributes.Pairs.SelectMany(pair => Dimension.SizesIn(pair.Value)).Where(_declared.Contains));
        return [.. names.Distinct(StringComparer.Ordinal).Select(name => _found.TryGetValue(name, out int index) ? index : throw new FormatException($"the size {name} is not known before it"))];
    }

    private static HashSet<string> Declared(Plan plan)
    {
        HashSet<string> declared = [];
        foreach (PlanStep step in plan.Steps)
            if (step.Size is { } size) declared.Add(size.Identifier);
        return declared;
    }

    /// <summary>Index of the size that the step finds; −1 for none.</summary>
    public int Find(PlanStep step)
    {
        if (step.Size is not { } size) return -1;
        _found.Add(size.Identifier, _all.Count);
        _all.Add(size);
        return _all.Count - 1;
    }
}
