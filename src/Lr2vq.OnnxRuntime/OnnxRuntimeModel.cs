using System;
using System.Collections.Generic;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Ort = Microsoft.ML.OnnxRuntime;

namespace Lr2vq.OnnxRuntime;

/// <summary>A model that ONNX Runtime computes: the base of classes that are generated with <c>Backend="OnnxRuntime"</c>, and of
/// <see cref="OnnxRuntimeRunner"/>. Any number of threads may use it at once.</summary>
public abstract class OnnxRuntimeModel : PooledModel<OnnxRuntimeSession>
{
    private readonly ArtifactReader _artifact;

    /// <summary>Loads a model: opens the artifact, verifies it, decodes its tensors and hands them to ONNX Runtime. No file is written.</summary>
    /// <param name="source">Where the artifact is.</param>
    /// <param name="structureHash">Structure hash of the network that the class was generated for; empty to accept any.</param>
    /// <param name="options">Options, <see cref="OnnxRuntimeOptions"/> for those of ONNX Runtime; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact is damaged, newer, another model's, or none for ONNX Runtime, which may refuse it too.</exception>
    /// <exception cref="System.IO.FileNotFoundException">There is no such file or resource.</exception>
    protected OnnxRuntimeModel(ModelSource source, string structureHash, SessionOptions? options) : base(options ?? new SessionOptions())
    {
        _artifact = Open(source, structureHash, options);
        try
        {
            Describe(_artifact, structureHash);
            ArtifactSkeleton skeleton = _artifact.Skeleton ?? throw new InvalidArtifactException(DiagnosticCatalogue.NoSkeleton.At(new(File: _artifact.Name)));
            if (PortTypes.Unpassed(Plan, _artifact.Name) is { } problem) throw new InvalidArtifactException(problem);
            (InputNames, OutputNames, WeightBytes) = (Names(Plan.Inputs), Names(Plan.Outputs), skeleton.Length);
            Inference = Load(skeleton);
            Complete();
        }
        catch
        {
            _artifact.Dispose();
            throw;
        }
    }

    internal Ort.InferenceSession Inference { get; }

    internal string[] InputNames { get; }

    internal string[] OutputNames { get; }

    /// <summary>Bytes of the tensors that ONNX Runtime was handed; how it keeps them is not known.</summary>
    internal override long WeightBytes { get; }

    private protected override OnnxRuntimeSession Make() => new(this);

    private protected override void Free()
    {
        Inference.Dispose();
        _artifact.Dispose();
    }

    private unsafe Ort.InferenceSession Load(ArtifactSkeleton skeleton)
    {
        using NativeArena memory = new() { Limit = Options.MemoryFor(_artifact.Length, 0) };
        byte* data = SkeletonTensors.DecodeAll(_artifact, skeleton, memory);
        using Ort.SessionOptions native = new();
        if (Options.GivenThreads is { } threads) native.IntraOpNumThreads = threads;
        // Without it, sums of two products of u8 and i8 saturate on x64 without VNNI: other answers, in silence.
        native.AddSessionConfigEntry("session.x64quantprecision", "1");
        (Options as OnnxRuntimeOptions)?.Configure?.Invoke(native);
        try
        {
            TensorHandover.Add(native, data, skeleton.Length + 1);
            return new Ort.InferenceSession(skeleton.Model.ToArray(), native);
        }
        catch (Exception problem) when (problem is Ort.OnnxRuntimeException or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.RefusedByOnnxRuntime.At(new(File: _artifact.Name), problem.Message.Trim().TrimEnd('.')), problem);
        }
    }

    private static string[] Names(IReadOnlyList<PlanPort> ports)
    {
        string[] names = new string[ports.Count];
        for (int i = 0; i < names.Length; i++) names[i] = ports[i].Name;
        return names;
    }
}
