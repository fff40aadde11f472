using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Lr2vq.Generator.Tests;

/// <summary>Drives the generator as the compiler does.</summary>
internal static class GeneratorRun
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp12, DocumentationMode.Diagnose);

    /// <summary>What a project of net8.0 references, as far as it matters here.</summary>
    public static IReadOnlyList<MetadataReference> Framework { get; } = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(p => Path.GetDirectoryName(p) == Path.GetDirectoryName(typeof(object).Assembly.Location))
        .Select(p => (MetadataReference)MetadataReference.CreateFromFile(p)).ToArray();

    public static MetadataReference Runtime { get; } = MetadataReference.CreateFromFile(Metadata("RuntimeAssembly"));

    public static MetadataReference OnnxRuntime { get; } = MetadataReference.CreateFromFile(Metadata("OnnxRuntimeAssembly"));

    public static string Metadata(string key) => typeof(GeneratorRun).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;

    public static CSharpCompilation Compilation(string source = "", params MetadataReference[] more) => Compilation(LanguageVersion.CSharp12, source, more);

    public static CSharpCompilation Compilation(LanguageVersion language, string source, params MetadataReference[] more) => CSharpCompilation.Create("App",
        [CSharpSyntaxTree.ParseText(source, s_parse.WithLanguageVersion(language), "/app/Program.cs")], [.. Framework, .. more],
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: language < LanguageVersion.CSharp8 ? NullableContextOptions.Disable : NullableContextOptions.Enable, warningLevel: 9999,
            specificDiagnosticOptions: new Dictionary<string, ReportDiagnostic> { ["CS1701"] = ReportDiagnostic.Suppress }));

    public static GeneratorDriver Driver(params TestText[] texts) => CSharpGeneratorDriver.Create([new ModelGenerator().AsSourceGenerator()],
        texts, s_parse, new TestOptions(), new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>Runs the generator and returns each file by its name.</summary>
    public static Dictionary<string, string> Sources(Compilation compilation, params TestText[] texts) =>
        Driver(texts).RunGenerators(compilation).GetRunResult().Results[0].GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());

    /// <summary>Everything that the compiler has to say about the project with the generated code: errors and warnings.</summary>
    public static ImmutableArray<Diagnostic> Compile(Compilation compilation, params TestText[] texts)
    {
        Driver(texts).WithUpdatedParseOptions((CSharpParseOptions)compilation.SyntaxTrees.First().Options).RunGeneratorsAndUpdateCompilation(compilation, out Compilation after, out ImmutableArray<Diagnostic> own);
        return [.. own, .. after.GetDiagnostics().Where(d => d.Severity is DiagnosticSeverity.Error or DiagnosticSeverity.Warning)];
    }

    public static TestText Interface(string text, string name = "tiny") => new("/app/obj/lr2vq/" + name + ".interface.txt", text, "interface");

    public static TestText Plan(string text, string name = "tiny") => new("/app/obj/lr2vq/" + name + ".plan.txt", text, "plan");

    /// <summary>An additional file with its role.</summary>
    internal sealed class TestText(string path, string text, string role) : AdditionalText
    {
        public string Role { get; } = role;

        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text.ReplaceLineEndings("\n"));
    }

    private sealed class TestOptions : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Pairs([]);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) =>
            new Pairs(new() { ["build_metadata.AdditionalFiles.Lr2vqRole"] = ((TestText)textFile).Role });

        private sealed class Pairs(Dictionary<string, string> pairs) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => pairs.TryGetValue(key, out value);
        }
    }
}
