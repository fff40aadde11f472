using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Testing;
using Xunit;
using OnnxTensor = Lr2vq.Onnx.OnnxTensor;

namespace Lr2vq.Tests.Onnx;

/// <summary>A folder with a model in it, and what the reader says of it.</summary>
internal sealed class OnnxCase : IDisposable
{
    private OnnxModel? _model;

    public string Folder { get; } = Directory.CreateTempSubdirectory("lr2vq-onnx-").FullName;

    public string ModelPath => Path.Combine(Folder, "model.onnx");

    public OnnxCase(byte[]? model = null)
    {
        if (model is not null) File.WriteAllBytes(ModelPath, model);
    }

    public OnnxCase(OnnxBuilder model) : this(model.Build())
    {
    }

    public void Add(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>The model, which must be readable.</summary>
    public OnnxModel Read()
    {
        var bag = new DiagnosticBag();
        _model = OnnxFile.Open(ModelPath, bag);
        Assert.True(bag.All.Count == 0, string.Join('\n', bag.All));
        Assert.NotNull(_model);
        return _model;
    }

    public OnnxTensor Initializer(string name) => (_model ?? Read()).Graph.Initializers.Single(tensor => tensor.Name == name);

    /// <summary>The diagnostics of a model that must be refused, quickly and by both readers where the header is concerned.</summary>
    public IReadOnlyList<Diagnostic> Refused()
    {
        var bag = new DiagnosticBag();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using OnnxModel? model = OnnxFile.Open(ModelPath, bag);
        Assert.Null(model);
        Assert.True(bag.HasErrors);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 5000);
        foreach (Diagnostic diagnostic in bag.All)
        {
            Assert.StartsWith("LR2VQ1", diagnostic.Id, StringComparison.Ordinal);
            Assert.Equal(ModelPath, diagnostic.Place.File);
            Assert.DoesNotContain('\n', diagnostic.ToString());
        }
        return bag.All;
    }

    /// <summary>The one diagnostic of a model that must be refused.</summary>
    public Diagnostic RefusedWith(DiagnosticDefinition kind)
    {
        Diagnostic only = Assert.Single(Refused());
        Assert.True(kind.Id == only.Id, only.ToString());
        return only;
    }

    public void Dispose()
    {
        _model?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
