using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.OnnxRuntime;
using Lr2vq.Options;

namespace Lr2vq.Testing;

/// <summary>From an .onnx through an artifact for ONNX Runtime to a session of the back end, and to the model that is exported of it.</summary>
internal sealed class OnnxRuntimeChain : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-backend-").FullName;
    private readonly OnnxRuntimeRunner _model;
    private readonly OnnxRuntimeSession _session;

    /// <param name="path">The .onnx file.</param>
    /// <param name="preset">How to compress.</param>
    /// <param name="optimize">Whether ONNX Runtime may rewrite the graph, here and in the oracle.</param>
    /// <param name="choices">Dimensions and inputs to fix.</param>
    public OnnxRuntimeChain(string path, Preset preset = Preset.Fast, bool optimize = true, FixedInputs? choices = null)
    {
        string artifact = Path.Combine(_folder, "a.lr2vq"), exported = Path.Combine(_folder, "a.onnx");
        Said = new DiagnosticBag();
        ModelOptions options = new() { Backend = Backend.OnnxRuntime, Fixed = choices ?? FixedInputs.None, Compression = new CompressionOptions { Preset = preset, Threads = 1 } };
        Compressed = ModelCompressor.Compress(path, artifact, options, null, Said, CancellationToken.None) ?? throw new DiagnosticException(Said.All);
        if (!DenseExport.Export(artifact, exported, Said)) throw new DiagnosticException(Said.All);
        Artifact = File.ReadAllBytes(artifact);
        Optimize = optimize;
        Exported = new OrtOracle(exported, optimize: optimize);
        _model = OnnxRuntimeRunner.Load(Artifact, Options());
        _session = _model.CreateSession();
    }

    public static OnnxRuntimeChain Of(byte[] onnx, Preset preset = Preset.Fast, bool optimize = true, FixedInputs? choices = null)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-model-").FullName;
        try
        {
            string path = Path.Combine(folder, "m.onnx");
            File.WriteAllBytes(path, onnx);
            return new OnnxRuntimeChain(path, preset, optimize, choices);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public CompressedModel Compressed { get; }

    public DiagnosticBag Said { get; }

    public byte[] Artifact { get; }

    public OrtOracle Exported { get; }

    public OnnxRuntimeRunner Model => _model;

    public bool Optimize { get; }

    /// <summary>The options of the oracle.</summary>
    public OnnxRuntimeOptions Options() => new()
    {
        Configure = native =>
        {
            native.IntraOpNumThreads = 1;
            native.InterOpNumThreads = 1;
            native.LogSeverityLevel = Microsoft.ML.OnnxRuntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
            if (!Optimize) native.GraphOptimizationLevel = Microsoft.ML.OnnxRuntime.GraphOptimizationLevel.ORT_DISABLE_ALL;
        },
    };

    /// <summary>Runs the session; outputs in the model's order.</summary>
    public HostTensor[] Run(params (string Name, HostTensor Value)[] inputs)
    {
        for (int i = 0; i < _model.Info.Inputs.Count; i++)
        {
            HostTensor value = inputs.First(input => input.Name == _model.Info.Inputs[i].Name).Value;
            Set(i, value);
        }
        _session.Run();
        List<HostTensor> outputs = [];
        for (int i = 0; i < _model.Info.Outputs.Count; i++)
            outputs.Add(new HostTensor(_model.Info.Outputs[i].Type, _session.OutputShape(i).ToArray(), Bytes(i, _model.Info.Outputs[i].Type)));
        return [.. outputs];
    }

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
        Exported.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Set(int index, HostTensor value)
    {
        switch (value.Type)
        {
            case ElementType.Float32: _session.SetInput<float>(index, value.Values<float>(), value.Shape); break;
            case ElementType.Float16: _session.SetInput<Half>(index, value.Values<Half>(), value.Shape); break;
            case ElementType.Float64: _session.SetInput<double>(index, value.Values<double>(), value.Shape); break;
            case ElementType.Int64: _session.SetInput<long>(index, value.Values<long>(), value.Shape); break;
            case ElementType.Int32: _session.SetInput<int>(index, value.Values<int>(), value.Shape); break;
            case ElementType.UInt8: _session.SetInput<byte>(index, value.Values<byte>(), value.Shape); break;
            case ElementType.Bool: _session.SetInput<bool>(index, value.Values<bool>(), value.Shape); break;
            default: throw new NotSupportedException(value.Type.ToString());
        }
    }

    private byte[] Bytes(int index, ElementType type) => type switch
    {
        ElementType.Float32 => Raw(_session.Output<float>(index)),
        ElementType.Float16 => Raw(_session.Output<Half>(index)),
        ElementType.Float64 => Raw(_session.Output<double>(index)),
        ElementType.Int64 => Raw(_session.Output<long>(index)),
        ElementType.Int32 => Raw(_session.Output<int>(index)),
        ElementType.UInt8 => Raw(_session.Output<byte>(index)),
        ElementType.Bool => Raw(_session.Output<bool>(index)),
        _ => throw new NotSupportedException(type.ToString()),
    };

    private static byte[] Raw<T>(ReadOnlySpan<T> values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();
}
