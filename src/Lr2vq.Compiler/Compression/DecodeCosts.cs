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
    /// <summary>Those with scales of input channels, too. A basis hides the rest.</summary>
    ScaledLevels, ScaledShiftedLevels, ScaledWideLevels, ScaledBasis,
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
            DecodeKind.Levels => new(0.533, 0.28),
            DecodeKind.ShiftedLevels => new(1.311, 0.642),
            DecodeKind.WideLevels => new(0.946, 0.31),
            DecodeKind.Basis => new(1.568, 0.28),
            DecodeKind.ShiftedBasis => new(1.996, 0.642),
            DecodeKind.WideBasis => new(1.561, 0.31),
            DecodeKind.ScaledLevels => new(1.582, 0.283),
            DecodeKind.ScaledShiftedLevels => new(2.13, 0.668),
            DecodeKind.ScaledWideLevels => new(1.351, 0.312),
            DecodeKind.ScaledBasis => new(1.648, 0.283),
            DecodeKind.Panels => new(1.131, 0.558),
            DecodeKind.Fp32 => new(1.344, 0.497),
            DecodeKind.Half => new(3.607, 3.974),
            DecodeKind.Int8 => new(2.421, 0.271),
            DecodeKind.Scalar => new(0.712, 0.975),
            DecodeKind.Codes => new(0.843, 0.776),
            DecodeKind.LongCodes => new(0.764, 0.414),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        }
        : kind switch
        {
            DecodeKind.Levels => new(0.964, 0.537),
            DecodeKind.ShiftedLevels => new(2.353, 1.175),
            DecodeKind.WideLevels => new(1.736, 0.568),
            DecodeKind.Basis => new(2.893, 0.537),
            DecodeKind.ShiftedBasis => new(3.77, 1.175),
            DecodeKind.WideBasis => new(3.053, 0.568),
            DecodeKind.ScaledLevels => new(2.636, 0.535),
            DecodeKind.ScaledShiftedLevels => new(3.366, 1.207),
            DecodeKind.ScaledWideLevels => new(2.269, 0.546),
            DecodeKind.ScaledBasis => new(3.023, 0.535),
            DecodeKind.Panels => new(1.055, 0.812),
            DecodeKind.Fp32 => new(1.328, 0.513),
            DecodeKind.Half => new(3.59, 4.236),
            DecodeKind.Int8 => new(2.333, 0.49),
            DecodeKind.Scalar => new(0.849, 1.378),
            DecodeKind.Codes => new(1.017, 0.777),
            DecodeKind.LongCodes => new(0.905, 0.414),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    public static unsafe DecodeKind KindOf(WeightTensor weight) => weight switch
    {
        TransformTensor { HasBasis: true, HasColumnScales: true } => DecodeKind.ScaledBasis,
        TransformTensor { HasBasis: true } levels => levels.IsWide ? DecodeKind.WideBasis : levels.IsShifted ? DecodeKind.ShiftedBasis : DecodeKind.Basis,
        TransformTensor { HasColumnScales: true } levels => levels.IsWide ? DecodeKind.ScaledWideLevels : levels.IsShifted ? DecodeKind.ScaledShiftedLevels : DecodeKind.ScaledLevels,
        TransformTensor levels => levels.IsWide ? DecodeKind.WideLevels : levels.IsShifted ? DecodeKind.ShiftedLevels : DecodeKind.Levels,
        CodebookTensor codes => codes.SubvectorLength < 8 ? DecodeKind.Codes : DecodeKind.LongCodes,
        DenseTensor { Encoding: DenseEncoding.Int8 } => DecodeKind.Int8,
        DenseTensor { Encoding: DenseEncoding.Fp16 or DenseEncoding.BFloat16 } => DecodeKind.Half,
        _ when weight.PanelAt(0, 0) != null => DecodeKind.Panels,
        DenseTensor => DecodeKind.Fp32,
        _ => DecodeKind.Scalar,
    };
}
