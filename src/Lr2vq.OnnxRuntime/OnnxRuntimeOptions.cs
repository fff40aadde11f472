using System;

namespace Lr2vq.OnnxRuntime;

/// <summary>How a model is loaded into ONNX Runtime.</summary>
public sealed class OnnxRuntimeOptions
{
    private long? _maxMemory;
    private int _maxSessions = Environment.ProcessorCount;

    /// <summary>Sets ONNX Runtime's own options: threads, execution providers, graph optimizations, libraries of operators. Called once, before the
    /// model is loaded; null, the default, leaves them as ONNX Runtime has them.</summary>
    public Action<Microsoft.ML.OnnxRuntime.SessionOptions>? Configure { get; set; }

    /// <summary>Verify the hash of every section when the artifact is opened; true by default.</summary>
    public bool VerifyHashes { get; set; } = true;

    /// <summary>How many calls of <c>Predict</c> compute at once, at most; the processors that the process may use by default. Others wait.</summary>
    public int MaxSessions
    {
        get => _maxSessions;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxSessions = value;
        }
    }

    /// <summary>Most bytes that the decoded tensors of a model may take. Null, the default, means 256 MiB and 1,024 times the bytes of the artifact,
    /// but no more than the memory that the process may use. What ONNX Runtime takes for itself is not counted.</summary>
    public long? MaxMemory
    {
        get => _maxMemory;
        set
        {
            if (value is { } bytes) ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
            _maxMemory = value;
        }
    }
}
