using System.Collections.Generic;
using Lr2vq.Kernels;

namespace Lr2vq.Compression;

/// <summary>What the user wants, when he does not say how.</summary>
internal enum Preset
{
    /// <summary>Largest step whose relative error stays at most 0.001; about 6x, no visible loss.</summary>
    Balanced,
    /// <summary>Builds in seconds: uniform 6 bit with group scales, 4-5x.</summary>
    Fast,
    /// <summary>10x without data.</summary>
    Tiny,
    /// <summary>The papers' regime, 19-43x; wants training.</summary>
    Lr2vq,
    /// <summary>fp32 exactly, entropy-packed.</summary>
    Lossless,
}

/// <summary>The search that finds a tensor's factors.</summary>
internal enum CompressionMethod
{
    /// <summary>What the preset uses for this tensor.</summary>
    Auto,
    /// <summary>Uniform levels with group scales.</summary>
    Uniform,
    /// <summary>Exact scalar k-means with group scales (m = 1), or exact vector quantization (m above 1).</summary>
    KMeans,
    /// <summary>Product quantization: exact vector quantization, one codebook for a tensor.</summary>
    Pq,
    /// <summary>Residual vector quantization.</summary>
    Rvq,
    /// <summary>Uniform step, entropy coded.</summary>
    Ecsq,
    /// <summary>The same in the basis of the tensor's kernel taps.</summary>
    TcEcsq,
    /// <summary>Low-rank representation vector quantization.</summary>
    Lr2vq,
    /// <summary>Signs with a scale for each row or group, several stages added where K is above 2.</summary>
    Binary,
    /// <summary>Two factors by singular value decomposition; D is the rank.</summary>
    Svd,
    /// <summary>The same with the least error of the outputs, by the Gram of the inputs of calibration data.</summary>
    SvdGram,
    /// <summary>Ranks of all tensors together by the loss that is measured, which never rises; wants calibration data.</summary>
    Joint,
    /// <summary>The same, as small as a tolerance of the loss allows.</summary>
    JointCompact,
    /// <summary>Vector quantization whose distances are those of the outputs (And the Bit Goes Down); wants calibration data.</summary>
    Bgd,
    /// <summary>Vector quantization of channels that are put into a better order first (Permute, Quantize, and Fine-tune).</summary>
    Pqf,
    /// <summary>Quantized sparse decomposition: M, K atoms, D coefficients other than 0 a subvector.</summary>
    Qswd,
    /// <summary>int8 with a scale for each output channel.</summary>
    Int8,
    /// <summary>fp16.</summary>
    Fp16,
    /// <summary>bf16.</summary>
    BFloat16,
    /// <summary>fp32 as it is.</summary>
    Fp32,
    /// <summary>fp32 exactly, entropy-packed.</summary>
    Lossless,
}

/// <summary>Whether uniform levels are coded by a trellis, which takes fewer bytes at the same error and longer to compress.</summary>
internal enum TrellisUse
{
    /// <summary>Where a preset chooses uniform levels; not where ecsq or tc-ecsq were asked for.</summary>
    Auto,
    /// <summary>For all uniform levels with an entropy code.</summary>
    On,
    Off,
}

/// <summary>How weights are cut into subvectors.</summary>
internal enum Slicing
{
    /// <summary>Spatial for k×k kernels, input channels for the rest.</summary>
    Auto,
    /// <summary>Along the row: input channels, then kernel taps.</summary>
    Spatial,
    /// <summary>Along the input channels of one kernel tap.</summary>
    InputChannel,
    /// <summary>Along the output channels.</summary>
    OutputChannel,
    /// <summary>The papers' small regime: 3×3 m = 9, 1×1 m = 4, classifier m = 4.</summary>
    PapersSmall,
    /// <summary>The papers' large regime: 3×3 m = 18, 1×1 m = 4 (8 in bottleneck networks), classifier m = 4.</summary>
    PapersLarge,
}

/// <summary>Clustering dimensionality d̃.</summary>
/// <param name="Value">A number; 0 for the whole subvector (<c>m</c>), −1 for the rule of the tool (<c>auto</c>).</param>
internal readonly record struct ClusteringDimensionality(int Value)
{
    public static ClusteringDimensionality Auto => new(-1);
    public static ClusteringDimensionality Whole => new(0);
}

/// <summary>Settings for the tensors whose names match.</summary>
/// <param name="Pattern">A name, or a glob with * and ?.</param>
internal sealed record TensorOverride(string Pattern)
{
    public CompressionMethod? Method { get; init; }
    public Slicing? Slicing { get; init; }
    public int? K { get; init; }
    public int? M { get; init; }
    public ClusteringDimensionality? D { get; init; }
    public double? Step { get; init; }
    /// <summary>How a convolution with this weight is computed, where that serves it; null for <see cref="CompressionOptions.Form"/>.</summary>
    public ConvForm? Form { get; init; }
    /// <summary>Uniform levels are <see cref="TensorSpec.IsPlain"/>.</summary>
    public bool IsPlain { get; init; }
}

/// <summary>How to compress. What is null or Auto comes from the preset, tensor by tensor.</summary>
internal sealed record CompressionOptions
{
    public Preset Preset { get; init; }
    public CompressionMethod Method { get; init; }
    public Slicing Slicing { get; init; }
    /// <summary>Entries of a codebook, or levels of a scalar format.</summary>
    public int? K { get; init; }
    /// <summary>Length of a subvector.</summary>
    public int? M { get; init; }
    public ClusteringDimensionality? D { get; init; }
    /// <summary>Step of uniform levels, in units of the root mean square of a row.</summary>
    public double? Step { get; init; }
    /// <summary>Bytes of the given model ÷ bytes of the artifact. At most one of this, <see cref="MaxBytes"/> and <see cref="Step"/>.</summary>
    public double? TargetRatio { get; init; }
    public long? MaxBytes { get; init; }
    /// <summary>Relative error of the weights above which a warning names them, and of an output above which there is no artifact; null for the preset's limits.</summary>
    public double? MaxError { get; init; }
    public TrellisUse Trellis { get; init; }
    /// <summary>Relative error of the weights that Balanced aims at; null for 0.001, which wants a look at the outputs.</summary>
    public double? WeightError { get; init; }
    public int Seed { get; init; }
    /// <summary>How convolutions are computed, where that serves them; by default the artifact names the fastest form of each.</summary>
    public ConvForm Form { get; init; }
    /// <summary>Threads; 0 for all processors. The result does not depend on it.</summary>
    public int Threads { get; init; }
    /// <summary>The last match decides.</summary>
    public IReadOnlyList<TensorOverride> Overrides { get; init; } = [];
    /// <summary>Settings that were found for single tensors, by name; they stand above <see cref="Overrides"/>.</summary>
    public IReadOnlyDictionary<string, TensorOverride> Found { get; init; } = new Dictionary<string, TensorOverride>();
}
