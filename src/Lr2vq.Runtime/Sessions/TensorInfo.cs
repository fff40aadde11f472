using System;
using System.Collections.Generic;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Kernels;

namespace Lr2vq;

/// <summary>A weight of a model, as it is stored.</summary>
public sealed class TensorInfo
{
    private readonly TensorEntry _entry;

    internal TensorInfo(TensorEntry entry, TensorDescription description, IReadOnlyList<ConvForms> forms)
    {
        (_entry, Description, Forms) = (entry, description, forms);
        Shape = Array.AsReadOnly(entry.Shape);
    }

    /// <summary>Unique name; the ONNX initializer's where there is one.</summary>
    public string Name => _entry.Name;

    /// <summary>Shape, as ONNX has it.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Element type that the computation sees.</summary>
    public ElementType Type => _entry.Type;

    /// <summary>Byte format, e.g. <c>LowRankCodebook</c>.</summary>
    public string Format => _entry.Format.ToString();

    /// <summary>Parameters of the format, e.g. <c>k=256 m=8 d=4</c>.</summary>
    public string Parameters => Description.ToString();

    /// <summary>What <see cref="Parameters"/> spells out.</summary>
    internal TensorDescription Description { get; }

    /// <summary>How convolutions with this weight are computed, each way once; empty where the run time decides.</summary>
    internal IReadOnlyList<ConvForms> Forms { get; }

    /// <summary>Bytes in the artifact. What several tensors share counts for the first of them.</summary>
    public long StoredBytes => _entry.StoredBytes;

    /// <summary>Squared error of the stored weights ÷ squared length of the original ones, measured by the compressor; three digits.</summary>
    public float RelativeError => _entry.RelativeError;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Name} [{string.Join(",", Shape)}] {Format} {Parameters}: {StoredBytes} bytes");
}
