using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;

namespace Lr2vq.Accuracy;

/// <summary>What a build says of the loss.</summary>
internal static class GateFigures
{
    /// <summary>Warnings of stage 4 that are not about the loss.</summary>
    private static readonly DiagnosticDefinition[] s_others = [DiagnosticCatalogue.FormNotServed, DiagnosticCatalogue.LargerThanModel];

    /// <summary>Relative L2 of each output on the inputs that the build generated; null where it measured nothing.</summary>
    public static IReadOnlyList<double>? Predicted(CompressedModel compressed) => compressed.Meta.Outputs.Count == 0 ? null : [.. compressed.Meta.Outputs.Select(o => o.Mean)];

    public static bool Warned(DiagnosticBag bag) =>
        bag.All.Any(d => d.Severity == DiagnosticSeverity.Warning && d.Id.StartsWith("LR2VQ4", System.StringComparison.Ordinal) && !s_others.Contains(d.Definition));
}
