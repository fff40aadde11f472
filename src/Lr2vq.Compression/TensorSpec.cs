using Lr2vq.Compression.Methods;

namespace Lr2vq.Compression;

/// <summary>What kind of bytes a tensor becomes.</summary>
internal enum TensorTreatment
{
    /// <summary>Not f32: without loss.</summary>
    Raw,
    /// <summary>One number everywhere.</summary>
    Fill,
    Fp32,
    /// <summary>fp32 without loss, in the shortest form.</summary>
    Exact,
    /// <summary>fp16 if that loses next to nothing and is shorter, else fp32.</summary>
    Bias,
    Fp16,
    BFloat16,
    Int8,
    Lossless,
    /// <summary>Uniform levels with the global step, entropy-coded.</summary>
    Transform,
    /// <summary>Uniform levels with group scales.</summary>
    Uniform,
    /// <summary>Exact scalar k-means with group scales.</summary>
    ScalarKMeans,
    /// <summary>One codebook, exact or low-rank.</summary>
    Vector,
    Residual,
    /// <summary>Signs with a scale for each group; <see cref="TensorSpec.Bits"/> stages.</summary>
    Binary,
    /// <summary>Two factors: <see cref="TensorSpec.LowRank"/>.</summary>
    LowRank,
    /// <summary>Sparse coefficients in a dictionary: <see cref="TensorSpec.Sparse"/>.</summary>
    Sparse,
}

/// <summary>The decision for one tensor.</summary>
internal sealed record TensorSpec(TensorTreatment Treatment, CompressionMethod Method)
{
    /// <summary>A step of the tensor's own instead of the global one.</summary>
    public double? Step { get; init; }

    /// <summary>True to force a basis in front of the levels, false to forbid it, null to decide by bytes.</summary>
    public bool? Basis { get => IsPlain ? false : field; init; }

    /// <summary>Levels have scales of rows and nothing else, neither a basis nor scales of columns: they are decoded in a third of the time.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Levels may be coded by a trellis, where that saves bytes.</summary>
    public bool Trellis { get; init; }

    /// <summary>Bits of uniform levels, or stages of signs.</summary>
    public int Bits { get; init; }

    /// <summary>Weights that share a scale.</summary>
    public int Group { get; init; }

    /// <summary>Entries that were asked for, before they are limited by the number of subvectors.</summary>
    public int K { get; init; }

    public VectorShape? Vector { get; init; }

    public LowRankShape? LowRank { get; init; }

    public SparseShape? Sparse { get; init; }

    /// <summary>Tensors with the same number above 0 share a codebook.</summary>
    public int Share { get; init; }

    /// <summary>int8 because the tensor is small or sensitive, not because it was asked for: finer where int8 would lose a column.</summary>
    public bool IsSpared { get; init; }

    /// <summary>Free to take another K, stages or bits to meet a size; false for what the user or the papers fix.</summary>
    public bool IsFlexible { get; init; }

    /// <summary>d̃ was left open and chosen: it may be chosen again.</summary>
    public bool HasOpenRank { get; init; }
}
