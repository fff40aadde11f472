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
            DecodeKind.Levels => new(0.557, 0.857),
            DecodeKind.ShiftedLevels => new(1.355, 1.664),
            DecodeKind.WideLevels => new(0.993, 1.248),
            DecodeKind.Basis => new(1.61, 0.857),
            DecodeKind.ShiftedBasis => new(2.008, 1.664),
            DecodeKind.WideBasis => new(1.651, 1.248),
            DecodeKind.ScaledLevels => new(1.64, 1.854),
            DecodeKind.ScaledShiftedLevels => new(2.001, 2.337),
            DecodeKind.ScaledWideLevels => new(1.37, 1.68),
            DecodeKind.ScaledBasis => new(1.68, 1.854),
            DecodeKind.Panels => new(1.186, 0.784),
            DecodeKind.Fp32 => new(1.489, 0.552),
            DecodeKind.Half => new(28.322, 28.501),
            DecodeKind.Int8 => new(2.163, 2.5),
            DecodeKind.Scalar => new(0.715, 1.002),
            DecodeKind.Codes => new(0.838, 0.793),
            DecodeKind.LongCodes => new(0.771, 0.403),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        }
        : kind switch
        {
            DecodeKind.Levels => new(0.966, 1.498),
            DecodeKind.ShiftedLevels => new(2.494, 3.019),
            DecodeKind.WideLevels => new(1.877, 2.559),
            DecodeKind.Basis => new(3.044, 1.498),
            DecodeKind.ShiftedBasis => new(3.817, 3.019),
            DecodeKind.WideBasis => new(3.195, 2.559),
            DecodeKind.ScaledLevels => new(2.524, 3.062),
            DecodeKind.ScaledShiftedLevels => new(3.295, 3.929),
            DecodeKind.ScaledWideLevels => new(2.258, 2.874),
            DecodeKind.ScaledBasis => new(3.167, 3.062),
            DecodeKind.Panels => new(1.926, 0.994),
            DecodeKind.Fp32 => new(1.485, 0.549),
            DecodeKind.Half => new(28.672, 29.173),
            DecodeKind.Int8 => new(2.25, 2.843),
            DecodeKind.Scalar => new(0.888, 1.704),
            DecodeKind.Codes => new(1.015, 0.769),
            DecodeKind.LongCodes => new(0.895, 0.392),
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
