using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Skeletons;

/// <summary>A network planned for the back end that the options name.</summary>
/// <param name="Network">Plan and weights.</param>
/// <param name="Skeleton">The section for ONNX Runtime; null for the managed back end.</param>
/// <param name="OnlyBecause">Why the compiler does not take the network, which ONNX Runtime then computes alone; null if it does.</param>
internal sealed record BackendPlan(PlannedNetwork Network, byte[]? Skeleton, string? OnlyBecause);

/// <summary>Plans for a back end: where the compiler takes a network, its Plan is kept for ONNX Runtime too; else the model goes as it is.</summary>
internal static class BackendPlanner
{
    /// <summary>What stops the compiler but not ONNX Runtime. The rest is wrong with the model or the options.</summary>
    private static readonly HashSet<DiagnosticDefinition> OfCompiler =
    [
        DiagnosticCatalogue.UnsupportedOperator, DiagnosticCatalogue.UnsupportedForm, DiagnosticCatalogue.DataDependentShape, DiagnosticCatalogue.UnsupportedType,
        DiagnosticCatalogue.ShapeTooLarge, DiagnosticCatalogue.ShapeNotFollowed, DiagnosticCatalogue.ConditionUnknown, DiagnosticCatalogue.RankUnknown,
        DiagnosticCatalogue.DeclaredDifferently, DiagnosticCatalogue.StepNotExported,
    ];

    /// <param name="model">The model; it stays open as long as the weights are read.</param>
    /// <param name="name">Name of the network.</param>
    /// <param name="file">The file as the user gave it.</param>
    /// <param name="options">Back end and dimensions.</param>
    /// <param name="bag">Receives all problems.</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <returns>Null if the bag got an error.</returns>
    public static BackendPlan? Plan(OnnxModel model, string name, string? file, ModelOptions options, DiagnosticBag bag, CancellationToken cancellation)
    {
        if (options.Backend == Backend.Managed)
            return Planner.Plan(model, name, file, options.Fixed, bag, keepsIntegers: options.KeepsIntegers, cancellation: cancellation) is { } network ? new BackendPlan(network, null, null) : null;
        var found = new DiagnosticBag();
        PlannedNetwork? planned = Planner.Plan(model, name, file, options.Fixed, found, cancellation: cancellation);
        SkeletonBuild? whole = planned is null ? null : SkeletonOfPlan.Make(planned, ModelCompressor.ToolVersion, found);
        if (whole is not null || found.All.Any(problem => problem.Severity == DiagnosticSeverity.Error && !OfCompiler.Contains(problem.Definition)))
        {
            foreach (Diagnostic problem in found.All) bag.Add(problem);
            return whole is null ? null : Passed(new BackendPlan(whole.Network, whole.Section, null), file, bag);
        }
        string because = found.All.First(problem => problem.Severity == DiagnosticSeverity.Error).Text;
        // The remedy is being taken.
        int remedy = because.IndexOf(". " + DiagnosticCatalogue.OrOnnxRuntime, StringComparison.Ordinal);
        if (remedy >= 0) because = because[..remedy];
        foreach (Diagnostic note in found.All.Where(problem => problem.Severity != DiagnosticSeverity.Error && problem.Definition != DiagnosticCatalogue.ComputedInSingle)) bag.Add(note);
        return SkeletonOfModel.Make(model, name, file, options.Fixed, bag) is { } build ? Passed(new BackendPlan(build.Network, build.Section, because.TrimEnd('.')), file, bag) : null;
    }

    /// <summary>Null, with an error, if a port has a type that is not passed to ONNX Runtime.</summary>
    private static BackendPlan? Passed(BackendPlan plan, string? file, DiagnosticBag bag)
    {
        if (PortTypes.Unpassed(plan.Network.Plan, file) is not { } problem) return plan;
        bag.Add(problem);
        return null;
    }

    /// <summary>Refuses settings that run a network which only ONNX Runtime computes.</summary>
    public static void Check(BackendPlan plan, ModelOptions options, DiagnosticBag bag)
    {
        if (plan.OnlyBecause is not { } reason) return;
        (string Option, bool IsSet)[] settings =
        [
            ("CalibrationData", options.Calibration is not null), ("MaxDrop", options.MaxDrop is not null), ("FineTune", options.FineTune != FineTuneMode.None),
            ("Optimize", options.OptimizesSpeed), ("Report", options.Report),
        ];
        foreach ((string option, bool _) in settings.Where(setting => setting.IsSet))
            bag.Add(DiagnosticCatalogue.NeedsOwnNetwork.At(new DiagnosticPlace { Option = option }, options.Spelling.Of(option), reason));
    }

    /// <summary>Whether an artifact has the Plan and the skeleton that its model gives. A cache may hold another's.</summary>
    public static bool IsOf(ArtifactReader artifact, BackendPlan plan) =>
        PlanText.Write(plan.Network.Plan) == artifact.PlanText && (plan.Skeleton ?? []).AsSpan().SequenceEqual(artifact.Skeleton is { } skeleton ? skeleton.Section.Span : []);
}
