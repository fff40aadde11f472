using System.Collections.Generic;
using Lr2vq.Codecs;
using Lr2vq.Kernels;

namespace Lr2vq;

/// <summary>A weight of a model, as it is stored.</summary>
public sealed class TensorInfo
{
    internal TensorInfo()
    {
    }

    /// <summary>Unique name; the ONNX initializer's where there is one.</summary>
    public required string Name { get; init; }

    /// <summary>Shape, as ONNX has it.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>Element type that the computation sees.</summary>
    public required ElementType Type { get; init; }

    /// <summary>Byte format, e.g. <c>LowRankCodebook</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Parameters of the format, e.g. <c>k=256 m=8 d=4</c>.</summary>
    public string Parameters => Description.ToString();

    /// <summary>What <see cref="Parameters"/> spells out.</summary>
    internal TensorDescription Description { get; init; } = TensorDescription.Empty;

    /// <summary>How convolutions with this weight are computed, each way once; empty where the run time decides.</summary>
    internal IReadOnlyList<ConvForms> Forms { get; init; } = [];

    /// <summary>Bytes in the artifact. What several tensors share counts for the first of them.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Squared error of the stored weights ÷ squared length of the original ones, measured by the compressor; three digits.</summary>
    public required float RelativeError { get; init; }

    /// <inheritdoc/>
    public override string ToString() => System.FormattableString.Invariant(
        $"{Name} [{string.Join(",", Shape)}] {Format} {Parameters}: {StoredBytes} bytes");
}
