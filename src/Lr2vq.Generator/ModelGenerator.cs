using System;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Lr2vq.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Diagnostic = Microsoft.CodeAnalysis.Diagnostic;

namespace Lr2vq.Generator;

/// <summary>Turns the texts of a model into its class. A pipeline of values: no symbol, no syntax, nothing of the compilation but three
/// facts about its references, so that typing in an editor runs none of it again.</summary>
/// <remarks>An Interface makes the public side of a class (<c>NAME.g.cs</c>), its Plan the private side (<c>NAME.Steps.g.cs</c>).
/// The generator knows no operator: a step becomes a call by one convention.</remarks>
[Generator(LanguageNames.CSharp)]
public sealed class ModelGenerator : IIncrementalGenerator
{
    // Names of steps, so that tests can ask whether they ran.
    internal const string SurfaceStep = "Surface", PlanStep = "Plan", PairStep = "Pair", ReferencesStep = "References";

    /// <summary>Nullable references and static local functions; frameworks that the run time serves have 12 or later by default.</summary>
    private const LanguageVersion OldestLanguage = LanguageVersion.CSharp8;

    private const string RoleKey = "build_metadata.AdditionalFiles.Lr2vqRole";

    /// <inheritdoc />
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<Reading<Surface>> surfaces = Texts(context, "interface")
            .Select(static (file, cancel) => TextReading.Surface(file.Path, Read(file, cancel))).WithTrackingName(SurfaceStep);
        IncrementalValuesProvider<Reading<Steps>> plans = Texts(context, "plan")
            .Select(static (file, cancel) => TextReading.Steps(file.Path, Read(file, cancel))).WithTrackingName(PlanStep);
        IncrementalValueProvider<References> references = context.CompilationProvider
            .Select(static (compilation, _) => FindReferences(compilation)).WithTrackingName(ReferencesStep);
        IncrementalValueProvider<LanguageVersion> language = context.ParseOptionsProvider.Select(static (options, _) => ((CSharpParseOptions)options).LanguageVersion);

        Report(context, surfaces.Where(static r => r.Problem is not null).Select(static (r, _) => r.Problem!));
        Report(context, plans.Where(static r => r.Problem is not null).Select(static (r, _) => r.Problem!));

        IncrementalValuesProvider<(Surface Surface, LanguageVersion Language)> read =
            surfaces.Where(static r => r.Value is not null).Select(static (r, _) => r.Value!).Combine(language);
        context.RegisterSourceOutput(read.Where(static pair => pair.Language < OldestLanguage), static (output, pair) => output.ReportDiagnostic(
            Diagnostic.Create(Descriptor(DiagnosticCatalogue.LanguageVersionTooOld), Location.None, pair.Surface.FullName, pair.Language.ToDisplayString())));

        IncrementalValuesProvider<(Surface Surface, LanguageVersion Language)> spoken = read.Where(static pair => pair.Language >= OldestLanguage);
        IncrementalValuesProvider<Surface> good = spoken.Select(static (pair, _) => pair.Surface);
        IncrementalValueProvider<ImmutableArray<Steps>> steps =
            plans.Where(static r => r.Value is not null).Select(static (r, _) => r.Value!).Collect();
        IncrementalValueProvider<(bool HasRuntime, bool HasOnnxRuntime)> libraries = references.Select(static (r, _) => (r.HasRuntime, r.HasOnnxRuntime));

        context.RegisterSourceOutput(good.Combine(libraries), static (output, pair) =>
        {
            Surface surface = pair.Left;
            bool isThere = IsComplete(surface, pair.Right);
            if (isThere) output.AddSource(surface.HintName + ".g.cs", SourceText(SurfaceEmitter.Emit(surface)));
            if (isThere && PicturesEmitter.Emit(surface) is { } pictures) output.AddSource(surface.HintName + ".Pictures.g.cs", SourceText(pictures));
            if (!pair.Right.HasRuntime) output.ReportDiagnostic(Diagnostic.Create(Descriptor(DiagnosticCatalogue.RuntimeNotReferenced), Location.None, surface.FullName));
            else if (!isThere) output.ReportDiagnostic(Diagnostic.Create(Descriptor(DiagnosticCatalogue.OnnxRuntimeNotReferenced), Location.None, surface.FullName, PackageVersion));
        });

        context.RegisterSourceOutput(spoken.Combine(libraries), static (output, pair) =>
        {
            (Surface surface, LanguageVersion version) = pair.Left;
            if (!IsComplete(surface, pair.Right)) return;
            output.AddSource(surface.HintName + ".Async.g.cs", SourceText(AsyncEmitter.Emit(surface, version)));
            output.AddSource(surface.HintName + ".Interfaces.g.cs", SourceText(InterfaceEmitter.Emit(surface, version)));
        });

        IncrementalValuesProvider<(Surface Surface, Steps? Steps)> pairs = good.Combine(steps)
            .Select(static (pair, _) => (pair.Left, pair.Right.FirstOrDefault(s => s.Key == pair.Left.Key))).WithTrackingName(PairStep);
        context.RegisterSourceOutput(pairs.Combine(libraries), static (output, pair) =>
        {
            if (IsComplete(pair.Left.Surface, pair.Right))
                output.AddSource(pair.Left.Surface.HintName + ".Steps.g.cs", SourceText(StepsEmitter.Emit(pair.Left.Surface, pair.Left.Steps)));
        });

        context.RegisterSourceOutput(good.Combine(references), static (output, pair) =>
        {
            (Surface surface, References found) = pair;
            if (found.HasTensors && IsComplete(surface, (found.HasRuntime, found.HasOnnxRuntime)))
                output.AddSource(surface.HintName + ".Tensors.g.cs", SourceText(TensorsEmitter.Emit(surface)));
        });
    }

    /// <summary>The version of the packages that belong together; this assembly is in one of them.</summary>
    private static string PackageVersion { get; } = typeof(ModelGenerator).Assembly.GetName().Version.ToString(3);

    /// <summary>Whether the project references what a class is made of.</summary>
    private static bool IsComplete(Surface surface, (bool HasRuntime, bool HasOnnxRuntime) libraries) =>
        libraries.HasRuntime && (libraries.HasOnnxRuntime || !surface.UsesOnnxRuntime);

    private static IncrementalValuesProvider<AdditionalText> Texts(IncrementalGeneratorInitializationContext context, string role) =>
        context.AdditionalTextsProvider.Combine(context.AnalyzerConfigOptionsProvider)
            .Where(pair => HasRole(pair.Right, pair.Left, role)).Select(static (pair, _) => pair.Left);

    private static bool HasRole(AnalyzerConfigOptionsProvider options, AdditionalText file, string role) =>
        options.GetOptions(file).TryGetValue(RoleKey, out string? value) && string.Equals(value, role, StringComparison.OrdinalIgnoreCase);

    private static string Read(AdditionalText file, CancellationToken cancel) => file.GetText(cancel)?.ToString() ?? "";

    private static SourceText SourceText(string text) => Microsoft.CodeAnalysis.Text.SourceText.From(text, System.Text.Encoding.UTF8);

    private static References FindReferences(Compilation compilation)
    {
        bool runtime = false, tensors = false, onnxRuntime = false;
        foreach (AssemblyIdentity assembly in compilation.ReferencedAssemblyNames)
        {
            runtime |= assembly.Name == "Lr2vq.Runtime";
            onnxRuntime |= assembly.Name == "Lr2vq.OnnxRuntime";
            // Version 9 marks the types as experimental.
            tensors |= assembly.Name == "System.Numerics.Tensors" && assembly.Version.Major >= 10;
        }
        return new References(runtime, tensors, onnxRuntime);
    }

    private static void Report(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<Problem> problems) =>
        context.RegisterSourceOutput(problems, static (output, problem) => output.ReportDiagnostic(Diagnostic.Create(
            Descriptor(DiagnosticCatalogue.TextNotUnderstood),
            Location.Create(problem.Path, default, default), System.IO.Path.GetFileName(problem.Path), problem.Text)));

    private static DiagnosticDescriptor Descriptor(DiagnosticDefinition definition) => new(definition.Id, definition.Message,
        definition.Remedy.Length == 0 ? definition.Message : definition.Message + ". " + definition.Remedy, "Lr2vq",
        definition.Severity == Lr2vq.Diagnostics.DiagnosticSeverity.Error ? Microsoft.CodeAnalysis.DiagnosticSeverity.Error : Microsoft.CodeAnalysis.DiagnosticSeverity.Warning,
        isEnabledByDefault: true);
}
