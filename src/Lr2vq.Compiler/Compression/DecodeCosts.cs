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
            DecodeKind.Levels => new(0.527, 0.277),
            DecodeKind.ShiftedLevels => new(1.607, 0.643),
            DecodeKind.WideLevels => new(0.973, 0.312),
            DecodeKind.Basis => new(1.575, 0.277),
            DecodeKind.ShiftedBasis => new(1.985, 0.643),
            DecodeKind.WideBasis => new(1.556, 0.312),
            DecodeKind.ScaledLevels => new(1.542, 0.283),
            DecodeKind.ScaledShiftedLevels => new(2.046, 0.655),
            DecodeKind.ScaledWideLevels => new(1.375, 0.325),
            DecodeKind.ScaledBasis => new(1.625, 0.283),
            DecodeKind.Panels => new(1.059, 0.542),
            DecodeKind.Fp32 => new(1.229, 0.485),
            DecodeKind.Half => new(2.321, 2.32),
            DecodeKind.Int8 => new(2.409, 0.27),
            DecodeKind.Scalar => new(0.741, 0.987),
            DecodeKind.Codes => new(0.875, 0.768),
            DecodeKind.LongCodes => new(0.762, 0.405),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        }
        : kind switch
        {
            DecodeKind.Levels => new(0.926, 0.52),
            DecodeKind.ShiftedLevels => new(2.344, 1.178),
            DecodeKind.WideLevels => new(1.659, 0.569),
            DecodeKind.Basis => new(2.926, 0.52),
            DecodeKind.ShiftedBasis => new(3.728, 1.178),
            DecodeKind.WideBasis => new(2.991, 0.569),
            DecodeKind.ScaledLevels => new(2.578, 0.529),
            DecodeKind.ScaledShiftedLevels => new(3.263, 1.195),
            DecodeKind.ScaledWideLevels => new(2.214, 0.569),
            DecodeKind.ScaledBasis => new(2.999, 0.529),
            DecodeKind.Panels => new(1.029, 0.753),
            DecodeKind.Fp32 => new(1.218, 0.489),
            DecodeKind.Half => new(2.315, 3.112),
            DecodeKind.Int8 => new(2.444, 0.492),
            DecodeKind.Scalar => new(0.846, 1.339),
            DecodeKind.Codes => new(1.047, 0.772),
            DecodeKind.LongCodes => new(0.896, 0.405),
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
