using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using System.Threading;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;

namespace Lr2vq.Tool.Training;

/// <summary>The assembly that trains. The tool does not have it: a project, or a person, brings it.</summary>
internal sealed class TrainingPackage
{
    private const string Tuner = "Lr2vq.Training.FineTuning.FineTuner", LibraryList = "libraries.txt";

    private readonly TrainingSource _source;
    private readonly string _path;

    private TrainingPackage(TrainingSource source, string path, string version) => (_source, _path, Version) = (source, path, version);

    /// <summary>Identity of the code that trains. Known without loading it, so that a cache serves who has no libtorch.</summary>
    public string Version { get; }

    /// <param name="title">The option that asks for it, for messages.</param>
    /// <param name="isOption">Whether that is an option, which may be left out.</param>
    /// <returns>Null, with a diagnostic, if there is none.</returns>
    public static TrainingPackage? Find(TrainingSource source, string title, DiagnosticBag bag, bool isOption = true)
    {
        if (source.Assembly is not { } path)
        {
            bag.Add(DiagnosticCatalogue.TrainingPackageMissing.At(isOption ? new DiagnosticPlace { Option = "FineTune" } : default, title, source.Remedy));
            return null;
        }
        try
        {
            using PEReader file = new(File.OpenRead(path));
            MetadataReader metadata = file.GetMetadataReader();
            return new TrainingPackage(source, path, metadata.GetGuid(metadata.GetModuleDefinition().Mvid).ToString("N"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or BadImageFormatException or InvalidOperationException)
        {
            bag.Add(Unusable(path, problem.Message));
            return null;
        }
    }

    /// <summary>What tunes. Restores the libraries if need be.</summary>
    /// <returns>Null, with a diagnostic, if it cannot be loaded.</returns>
    public IFineTuner? Load(Action<string> say, DiagnosticBag bag, CancellationToken cancellation)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(_path))!;
        try
        {
            if (TrainingLibraries.Read(Path.Combine(folder, LibraryList), bag) is not { } libraries) return null;
            if (libraries.Get(_source, say, bag, cancellation) is not { } folders) return null;
            Assembly assembly = new Context([folder, .. folders]).LoadFromAssemblyPath(Path.GetFullPath(_path));
            if (ToolVersion.Of(assembly) is var version && version != ToolVersion.Package)
            {
                bag.Add(Unusable(_path, $"it is of version {version}"));
                return null;
            }
            return (IFineTuner)Activator.CreateInstance(assembly.GetType(Tuner, throwOnError: true)!, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, [folders], null)!;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or BadImageFormatException or TypeLoadException or MissingMemberException or InvalidCastException)
        {
            bag.Add(Unusable(_path, problem.Message));
            return null;
        }
    }

    private static Diagnostic Unusable(string path, string reason) => DiagnosticCatalogue.TrainingPackageUnusable.At(default, path, reason.TrimEnd('.'), ToolVersion.Package);

    /// <summary>Assemblies of ours are those of the tool, others those of the folders.</summary>
    private sealed class Context(IReadOnlyList<string> folders) : AssemblyLoadContext(TrainingSource.PackageId)
    {
        protected override Assembly? Load(AssemblyName name) => name.Name!.StartsWith("Lr2vq.", StringComparison.Ordinal) ? null
            : folders.Select(f => Path.Combine(f, name.Name + ".dll")).FirstOrDefault(File.Exists) is { } path ? LoadFromAssemblyPath(path) : null;
    }
}
