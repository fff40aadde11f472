using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>A small rewrite: looks at one node, changes the graph around it.</summary>
internal abstract class RewriteRule
{
    /// <summary>Rewrites if it can.</summary>
    /// <returns>Why it did, for the log; null if it changed nothing.</returns>
    public abstract string? TryRewrite(Graph graph, Node node);
}
