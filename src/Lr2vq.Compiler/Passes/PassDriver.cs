using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Graphs;

namespace Lr2vq.Passes;

/// <summary>Applies the rules, in a fixed order, until none changes anything; then assigns layouts.</summary>
internal static class PassDriver
{
    /// <summary>No network needs more rounds; a pair of rules that undo each other would.</summary>
    private const int MostRounds = 100;

    private static readonly RewriteRule[] Simplify =
    [
        new RemoveNoOps(), new ReadThroughExpand(), new MergeReshapes(), new MergeTransposes(), new MergeEqualNodes(), new FuseRounding(),
        new RecognizeHardSwish(), new RecognizeSwish(), new RecognizeGelu(), new RecognizeLayerNormalization(), new RecognizeGlobalAveragePool(),
        new MergeBatchNormScale(), new FoldBatchNorm(), new FoldChannelScale(), new FoldChannelOffset(), new MoveReshapeDown(), new FoldScalarForward(), new FoldIntoMatMul(),
    ];

    /// <summary>Those that leave constants apart which another one of them would make one of: each weight stays one of the file's, and training can put it back.</summary>
    private static readonly RewriteRule[] SimplifyApart = [.. Simplify.Where(rule => rule is not (MergeBatchNormScale or FoldChannelScale or FoldChannelOffset or FoldScalarForward))];

    /// <summary>First, while constants are still those that were quantized.</summary>
    private static readonly RewriteRule[] Integers = [new RemoveNoOps(), new FuseIntegers()];

    /// <summary>Later, since the rules above look for the single operators.</summary>
    private static readonly RewriteRule[] Fuse = [new SpellOutBatchNorm(), new FuseResidual(), new FuseActivation(), new FuseOffset(), new FuseAttention()];

    /// <summary>Optimizes in place.</summary>
    /// <param name="log">Receives a line for each rewrite; may be null.</param>
    /// <param name="keepsApart">Whether the file's constants stay apart, but for BatchNormalizations, which are folded.</param>
    /// <param name="keepsIntegers">Whether what was quantized is computed in integers, where there are operators for it; else its weights are floats.</param>
    /// <param name="cancellation">Looked at between rules.</param>
    public static void Optimize(Graph graph, ICollection<string>? log = null, bool keepsApart = false, bool keepsIntegers = false, CancellationToken cancellation = default)
    {
        RewriteRule[] simplify = keepsApart ? SimplifyApart : Simplify;
        graph.RemoveUnused();
        if (keepsIntegers) Run(graph, Integers, log, cancellation);
        Run(graph, simplify, log, cancellation);
        Run(graph, Fuse, log, cancellation);
        Run(graph, simplify, log, cancellation);
        Run(graph, Fuse, log, cancellation);
        cancellation.ThrowIfCancellationRequested();
        MaterializeSizes.Apply(graph);
        UnfoldConstants.Apply(graph);
        graph.RemoveUnused();
        cancellation.ThrowIfCancellationRequested();
        AssignLayouts.Apply(graph);
        graph.Verify();
    }

    /// <summary>Applies some rules to a fixed point.</summary>
    public static void Run(Graph graph, IReadOnlyList<RewriteRule> rules, ICollection<string>? log = null, CancellationToken cancellation = default)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            bool changed = false;
            foreach (RewriteRule rule in rules)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (Node node in graph.Nodes.ToArray())
                {
                    if (node.Place is null || rule.TryRewrite(graph, node) is not { } because) continue;
                    log?.Add(rule.GetType().Name + ": " + because);
                    changed = true;
                }
            }
            if (!changed) return;
            graph.RemoveUnused();
            graph.Verify();
        }
    }
}
