using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Testing.NodeTests;
using Xunit;

namespace Lr2vq.Tests.NodeTests;

/// <summary>What compiles can be compressed too: the default preset runs original and compressed network on inputs that it makes.</summary>
public sealed class NodeCompressionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("node-compression").FullName;

    public static TheoryData<string> Versions => [.. NodeData.Versions];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Versions))]
    public void Every_case_that_compiles_is_compressed(string version)
    {
        List<string> failures = [];
        int compressed = 0;
        foreach (NodeCase sample in NodeData.Cases(version).SelectMany(NodeCase.Read))
        {
            if (sample.WithConstants() is not { } constants) continue;
            string model = Path.Combine(_folder, "model.onnx");
            File.WriteAllBytes(model, constants.ModelBytes);
            DiagnosticBag exact = Compress(model, new CompressionOptions { Method = CompressionMethod.Fp32, Threads = 1 }), bag = Compress(model, new CompressionOptions { Threads = 1 });
            if (!bag.HasErrors) compressed++;
            else if (!exact.HasErrors || bag.All.Any(d => d.Id.StartsWith("LR2VQ9", StringComparison.Ordinal)))
                failures.Add($"{sample.Name}: {string.Join("; ", bag.All.Where(d => d.Severity == DiagnosticSeverity.Error))}");
        }
        Assert.True(failures.Count == 0, $"{failures.Count} cases\n" + string.Join('\n', failures));
        Assert.True(compressed > 100, $"only {compressed} cases were compressed");
    }

    private DiagnosticBag Compress(string model, CompressionOptions options)
    {
        DiagnosticBag bag = new();
        ModelCompressor.Compress(model, Path.Combine(_folder, "model.lr2vq"), new ModelOptions { Compression = options }, null, bag, default);
        return bag;
    }
}
