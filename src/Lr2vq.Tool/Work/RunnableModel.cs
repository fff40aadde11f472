using System;
using System.IO;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Tool.Work;

/// <summary>A network that runs: an artifact, or an .onnx whose weights are taken as they are.</summary>
internal sealed class RunnableModel : IDisposable
{
    private readonly string? _folder;

    private RunnableModel(string path, PlanRunner runner, string? folder) => (Path, Runner, _folder) = (path, runner, folder);

    public string Path { get; }

    public PlanRunner Runner { get; }

    public Plan Plan => Runner.Network.Plan;

    /// <summary>Whether the weights are those of an .onnx.</summary>
    public bool IsOnnx => _folder is not null;

    /// <param name="path">The file.</param>
    /// <param name="choices">Dimensions and inputs of an .onnx that are fixed.</param>
    /// <param name="bag">Receives what is wrong with an .onnx.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Null if the bag got an error.</returns>
    /// <exception cref="InvalidArtifactException">The artifact is damaged.</exception>
    /// <exception cref="DiagnosticException">The file cannot be opened.</exception>
    public static RunnableModel? Open(string path, FixedInputs choices, DiagnosticBag bag, CancellationToken cancellation)
    {
        bool isOnnx = path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && !ArtifactFile.IsArtifact(path);
        if (!isOnnx) return new RunnableModel(path, ArtifactFile.Guard(path, () => PlanRunner.Load(path)), null);
        string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
        try
        {
            string artifact = System.IO.Path.Combine(folder, "model.lr2vq");
            ModelOptions options = new() { Fixed = choices, Compression = new CompressionOptions { Method = CompressionMethod.Fp32 } };
            DiagnosticBag found = new();
            CompressedModel? made = ModelCompressor.Compress(path, artifact, options, null, found, cancellation);
            // Nobody keeps that artifact, so its size is of no interest.
            foreach (Diagnostic diagnostic in found.All)
                if (diagnostic.Definition != DiagnosticCatalogue.LargerThanModel) bag.Add(diagnostic);
            if (made is not null) return new RunnableModel(path, PlanRunner.Load(artifact, new SessionOptions { VerifyHashes = false }), folder);
            Directory.Delete(folder, recursive: true);
            return null;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        Runner.Dispose();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }
}
