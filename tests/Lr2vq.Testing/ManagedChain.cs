using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Export;
using Lr2vq.Options;

namespace Lr2vq.Testing;

/// <summary>The whole chain: .onnx → Plan → .lr2vq → outputs, for comparison with <see cref="OrtOracle"/>.</summary>
internal sealed class ManagedChain : IDisposable
{
    private readonly PlanRunner _model;
    private readonly ModelSession _session;

    /// <param name="path">The .onnx file.</param>
    /// <param name="options">How to compress; null keeps the weights exactly.</param>
    /// <param name="session">How to run.</param>
    /// <exception cref="DiagnosticException">The model cannot be compressed.</exception>
    public ManagedChain(string path, ModelOptions? options = null, SessionOptions? session = null)
    {
        // In a folder of its own: whoever writes an artifact looks through the folder for what a killed process left, and the system's may be full.
        string folder = Directory.CreateTempSubdirectory("lr2vq-test-").FullName, artifact = Path.Combine(folder, "network.lr2vq");
        try
        {
            Compressed = Compress(path, artifact, options ?? Exact);
            Artifact = File.ReadAllBytes(artifact);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        _model = PlanRunner.Load(Artifact, session);
        _session = _model.CreateSession();
    }

    /// <summary>Weights exactly as they are.</summary>
    public static ModelOptions Exact { get; } = new() { Compression = new CompressionOptions { Preset = Preset.Lossless, Threads = 1 } };

    public CompressedModel Compressed { get; }

    /// <summary>The bytes of the .lr2vq.</summary>
    public byte[] Artifact { get; }

    /// <summary>A model in memory, weights exactly as they are.</summary>
    /// <exception cref="DiagnosticException">The model cannot be compressed.</exception>
    public static ManagedChain Of(byte[] onnx, SessionOptions? session = null, ModelOptions? options = null)
    {
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-test-" + Guid.NewGuid().ToString("n") + ".onnx");
        try
        {
            File.WriteAllBytes(path, onnx);
            return new ManagedChain(path, options, session);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Runs a model in memory once.</summary>
    public static HostTensor[] Run(byte[] onnx, params (string Name, HostTensor Value)[] inputs)
    {
        using ManagedChain chain = Of(onnx);
        return chain.Run(inputs);
    }

    /// <summary>The artifact as an .onnx file.</summary>
    /// <exception cref="DiagnosticException">The export refuses it.</exception>
    public byte[] Export()
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-export-").FullName, artifact = Path.Combine(folder, "network.lr2vq"), exported = Path.Combine(folder, "network.onnx");
        try
        {
            File.WriteAllBytes(artifact, Artifact);
            DiagnosticBag bag = new();
            return DenseExport.Export(artifact, exported, bag) ? File.ReadAllBytes(exported) : throw new DiagnosticException(bag.All);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Whether the Plan has an input; those that nothing uses may be gone.</summary>
    public bool HasInput(string name) => _model.Info.Inputs.Any(port => port.Name == name);

    /// <summary>Runs; outputs in the model's order.</summary>
    public HostTensor[] Run(params (string Name, HostTensor Value)[] inputs)
    {
        List<string> names = [.. _model.Info.Inputs.Select(port => port.Name)];
        foreach ((string name, HostTensor value) in inputs) Set(names.IndexOf(name), value);
        _session.Run();
        return [.. _model.Info.Outputs.Select((port, i) => Get(i, port.Type))];
    }

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }

    private static CompressedModel Compress(string path, string artifact, ModelOptions options)
    {
        DiagnosticBag bag = new();
        CompressedModel? made = ModelCompressor.Compress(path, artifact, options, null, bag, default);
        bag.ThrowIfErrors();
        return made ?? throw new InvalidOperationException("the compressor made nothing and said nothing");
    }

    private void Set(int index, HostTensor value)
    {
        switch (ElementTypes.SizeOf(value.Type))
        {
            case 8 when value.Type == ElementType.Int64: SetAs<long>(index, value); break;
            case 8 when value.Type == ElementType.UInt64: SetAs<ulong>(index, value); break;
            case 8: SetAs<double>(index, value); break;
            case 4 when value.Type == ElementType.Float32: SetAs<float>(index, value); break;
            case 4 when value.Type == ElementType.Int32: SetAs<int>(index, value); break;
            case 4: SetAs<uint>(index, value); break;
            case 2 when value.Type == ElementType.Float16: SetAs<Half>(index, value); break;
            case 2 when value.Type == ElementType.Int16: SetAs<short>(index, value); break;
            case 2: SetAs<ushort>(index, value); break;
            case 1 when value.Type == ElementType.Bool: SetAs<bool>(index, value); break;
            case 1 when value.Type is ElementType.Int8 or ElementType.Int4: SetAs<sbyte>(index, value); break;
            default: SetAs<byte>(index, value); break;
        }
    }

    private void SetAs<T>(int index, HostTensor value) where T : unmanaged =>
        _session.SetInput(index, MemoryMarshal.Cast<byte, T>(value.Bytes), value.Shape);

    private HostTensor Get(int index, ElementType type)
    {
        byte[] bytes = type switch
        {
            ElementType.Float32 => Bytes<float>(index),
            ElementType.Float64 => Bytes<double>(index),
            ElementType.Float16 => Bytes<Half>(index),
            ElementType.BFloat16 or ElementType.UInt16 => Bytes<ushort>(index),
            ElementType.Int64 => Bytes<long>(index),
            ElementType.UInt64 => Bytes<ulong>(index),
            ElementType.Int32 => Bytes<int>(index),
            ElementType.UInt32 => Bytes<uint>(index),
            ElementType.Int16 => Bytes<short>(index),
            ElementType.Int8 or ElementType.Int4 => Bytes<sbyte>(index),
            ElementType.Bool => Bytes<bool>(index),
            _ => Bytes<byte>(index),
        };
        return new HostTensor(type, _session.OutputShape(index).ToArray(), bytes);
    }

    private byte[] Bytes<T>(int index) where T : unmanaged => MemoryMarshal.AsBytes(_session.Output<T>(index)).ToArray();
}
