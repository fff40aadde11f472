namespace Lr2vq.Graphs;

/// <summary>One side of an If. Its nodes stand right before that node and are computed only where the side is taken: only they, and the If itself, may read
/// what they make.</summary>
/// <param name="outer">The side that the If itself is in; null for none.</param>
internal sealed class Branch(Branch? outer)
{
    public Branch? Outer { get; set; } = outer;

    /// <summary>Whether what is made in this branch is there wherever <paramref name="inner"/> is taken.</summary>
    public static bool Holds(Branch? branch, Branch? inner)
    {
        if (branch is null) return true;
        for (; inner is not null; inner = inner.Outer)
            if (inner == branch) return true;
        return false;
    }
}
