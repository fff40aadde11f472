using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;

namespace Lr2vq.Compression;

/// <summary>Ways in which weights lie in memory, as far as their time differs.</summary>
internal enum DecodeKind
{
    /// <summary>Bytes times scales of rows.</summary>
    Levels,
    /// <summary>The same, levels moved towards 0.</summary>
    ShiftedLevels,
    /// <summary>Levels of 16 bits.</summary>
    WideLevels,
    /// <summary>The same three behind a basis of kernel taps.</summary>
    Basis, ShiftedBasis, WideBasis,
    /// <summary>fp32 in the order of panels.</summary>
    Panels,
    /// <summary>fp32, row by row.</summary>
    Fp32,
    /// <summary>fp16 or bf16.</summary>
    Half,
    Int8,
    /// <summary>Levels with scales of groups, and whatever has no kind of its own.</summary>
    Scalar,
    /// <summary>Codes of subvectors shorter than 8, and longer.</summary>
    Codes, LongCodes,
}

/// <summary>What a vector of 16 weights costs.</summary>
/// <param name="Decode">Nanoseconds to decode it into a panel.</param>
/// <param name="Product">The same, multiplied with one row too, the shortest way that the format has.</param>
internal readonly record struct DecodeCost(double Decode, double Product);

/// <summary>Costs of formats, which <c>Lr2vq.Benchmarks -- formats</c> measures: a test holds them against <c>docs/measurements/formats.json</c>.</summary>
internal static class DecodeCosts
{
    /// <summary>Of one of the two widths of vectors that are predicted for.</summary>
    public static DecodeCost Of(DecodeKind kind, Isa isa) => isa == Isa.Vector512
        ? kind switch
        {
            DecodeKind.Levels => new(0.551, 0.816),
            DecodeKind.ShiftedLevels => new(1.752, 1.814),
            DecodeKind.WideLevels => new(1.249, 1.452),
            DecodeKind.Basis => new(1.622, 0.816),
            DecodeKind.ShiftedBasis => new(2.083, 1.814),
            DecodeKind.WideBasis => new(1.644, 1.452),
            DecodeKind.Panels => new(1.361, 0.733),
            DecodeKind.Fp32 => new(1.395, 0.552),
            DecodeKind.Half => new(29.331, 30.226),
            DecodeKind.Int8 => new(2.277, 2.588),
            DecodeKind.Scalar => new(0.859, 1.042),
            DecodeKind.Codes => new(0.892, 0.824),
            DecodeKind.LongCodes => new(0.786, 0.423),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        }
        : kind switch
        {
            DecodeKind.Levels => new(0.978, 1.495),
            DecodeKind.ShiftedLevels => new(2.525, 3.092),
            DecodeKind.WideLevels => new(1.975, 2.623),
            DecodeKind.Basis => new(3.074, 1.495),
            DecodeKind.ShiftedBasis => new(3.934, 3.092),
            DecodeKind.WideBasis => new(4.385, 2.623),
            DecodeKind.Panels => new(1.857, 0.858),
            DecodeKind.Fp32 => new(1.342, 0.604),
            DecodeKind.Half => new(29.703, 30.413),
            DecodeKind.Int8 => new(2.326, 2.902),
            DecodeKind.Scalar => new(0.919, 1.578),
            DecodeKind.Codes => new(1.073, 0.82),
            DecodeKind.LongCodes => new(0.939, 0.426),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    public static unsafe DecodeKind KindOf(WeightTensor weight) => weight switch
    {
        TransformTensor { HasBasis: true } levels => levels.IsWide ? DecodeKind.WideBasis : levels.IsShifted ? DecodeKind.ShiftedBasis : DecodeKind.Basis,
        TransformTensor levels => levels.IsWide ? DecodeKind.WideLevels : levels.IsShifted ? DecodeKind.ShiftedLevels : DecodeKind.Levels,
        CodebookTensor codes => codes.SubvectorLength < 8 ? DecodeKind.Codes : DecodeKind.LongCodes,
        DenseTensor { Encoding: DenseEncoding.Int8 } => DecodeKind.Int8,
        DenseTensor { Encoding: DenseEncoding.Fp16 or DenseEncoding.BFloat16 } => DecodeKind.Half,
        _ when weight.PanelAt(0, 0) != null => DecodeKind.Panels,
        DenseTensor => DecodeKind.Fp32,
        _ => DecodeKind.Scalar,
    };
}
