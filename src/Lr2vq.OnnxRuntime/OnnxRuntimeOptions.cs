using System;

namespace Lr2vq.OnnxRuntime;

/// <summary>How a model is loaded into ONNX Runtime, and how its sessions work. Plain <see cref="SessionOptions"/> do as well, where nothing of ONNX
/// Runtime's own is to be set.</summary>
/// <remarks><see cref="SessionOptions.Threads"/>, if set, are ONNX Runtime's threads within an operator; results may depend on their number.
/// <see cref="SessionOptions.MaxMemory"/> bounds the decoded tensors of the model; what ONNX Runtime takes for itself is not counted.
/// <see cref="SessionOptions.CachedShapes"/> means nothing here.</remarks>
public sealed class OnnxRuntimeOptions : SessionOptions
{
    /// <summary>The defaults.</summary>
    public OnnxRuntimeOptions()
    {
    }

    /// <summary>The same as others.</summary>
    /// <param name="options">Copied.</param>
    public OnnxRuntimeOptions(SessionOptions options) : base(options) => Configure = (options as OnnxRuntimeOptions)?.Configure;

    /// <summary>Sets ONNX Runtime's own options: execution providers, graph optimizations, libraries of operators. Called once, before the model is loaded
    /// and after <see cref="SessionOptions.Threads"/>; null, the default, leaves them as ONNX Runtime has them.</summary>
    /// <remarks>But for one: <c>session.x64quantprecision</c> is set before, so that networks in int8 give the same answers on x64 processors without VNNI,
    /// where ONNX Runtime would let sums of products of u8 and i8 saturate. Set it to 0 here for its faster products.</remarks>
    public Action<Microsoft.ML.OnnxRuntime.SessionOptions>? Configure { get; set; }

    internal override string? Backend => "ONNX Runtime";
}
