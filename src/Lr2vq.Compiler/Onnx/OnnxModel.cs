using System;
using System.Collections.Generic;

namespace Lr2vq.Onnx;

/// <summary>An ONNX model: structure in memory, tensor payloads in the mapped file (and its external files) until they are read.</summary>
/// <remarks>As <see cref="OnnxFile.Open"/> returns it, nodes are in topological order and calls of local functions are replaced by their bodies.</remarks>
internal sealed class OnnxModel : IDisposable
{
    private readonly List<IDisposable> _files = [];

    public long IrVersion { get; set; }
    public string ProducerName { get; set; } = "";
    public string ProducerVersion { get; set; } = "";
    public string Domain { get; set; } = "";
    public long ModelVersion { get; set; }
    public string DocString { get; set; } = "";

    /// <summary>Version by domain; the ONNX operators' domain is the empty string (never <c>ai.onnx</c>).</summary>
    public Dictionary<string, int> OpsetImports { get; } = new(StringComparer.Ordinal);

    /// <summary>Version of the ONNX operators.</summary>
    public int Opset => OpsetImports.GetValueOrDefault("");

    public OnnxGraph Graph { get; set; } = new();

    /// <summary>Local functions as the file has them; their calls are already inlined in <see cref="Graph"/>.</summary>
    public List<OnnxFunction> Functions { get; } = [];

    public List<KeyValuePair<string, string>> Metadata { get; } = [];

    /// <summary>Bytes of the file and of the external files it uses: what compression ratios are measured against.</summary>
    public long OriginalBytes { get; internal set; }

    /// <summary>Paths of the file and of the external files it uses, the latter sorted.</summary>
    public IReadOnlyList<string> Files { get; internal set; } = [];

    internal void Own(IDisposable file) => _files.Add(file);

    /// <summary>Closes the files; tensors cannot be read afterwards.</summary>
    public void Dispose()
    {
        foreach (IDisposable file in _files) file.Dispose();
        _files.Clear();
    }
}
