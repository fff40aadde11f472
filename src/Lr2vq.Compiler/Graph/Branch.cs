namespace Lr2vq.Graphs;

/// <summary>One side of an If, or the body of a Loop. Its nodes stand right before that node and are computed only where the side is taken, or again in each turn: only
/// they, and the If or Loop itself, may read what they make.</summary>
/// <param name="outer">What the If or Loop itself is in; null for nothing.</param>
internal sealed class Branch(Branch? outer)
{
    public Branch? Outer { get; set; } = outer;

    /// <summary>The number of a loop's turn; null for the side of an If.</summary>
    public Value? Turn { get; init; }

    /// <summary>Whether what is made in this branch is there wherever <paramref name="inner"/> is taken.</summary>
    public static bool Holds(Branch? branch, Branch? inner)
    {
        if (branch is null) return true;
        for (; inner is not null; inner = inner.Outer)
            if (inner == branch) return true;
        return false;
    }
}
