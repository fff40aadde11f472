// Written by `Lr2vq.Benchmarks -- costs`; edits are lost.
using System;

namespace Lr2vq.Kernels;

/// <summary>Nanoseconds for each <see cref="CostPart"/>, by vector width.</summary>
internal static partial class ConvCost
{
    private static ReadOnlySpan<double> Costs512 =>
    [
        2736,    // Call
        0.2744,    // Multiply
        0,    // Loop
        0.07726,    // Reload
        0.1045,    // Input
        0,    // Pick
        2.889,    // Output
        5.78,    // DecodeDense
        1.844,    // DecodeCodes
        3.618,    // DecodeLevels
        40.29,    // TileTwo
        14.62,    // WeightTwo
        129.2,    // TileFour
        31.27,    // WeightFour
        0.5221,    // Shuffle
        0,    // ProjectTile
        19.93,    // TableInput
        0.185,    // TableMultiply
        0.2181,    // TableStore
        0.6948,    // TableAdd
        2.227,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs256 =>
    [
        677.8,    // Call
        0.2935,    // Multiply
        0,    // Loop
        0.006097,    // Reload
        0.2666,    // Input
        0,    // Pick
        4.508,    // Output
        6.487,    // DecodeDense
        1.913,    // DecodeCodes
        3.961,    // DecodeLevels
        49.1,    // TileTwo
        34.36,    // WeightTwo
        145.8,    // TileFour
        54.11,    // WeightFour
        0,    // Shuffle
        0.3072,    // ProjectTile
        24.18,    // TableInput
        0.2612,    // TableMultiply
        0.04824,    // TableStore
        0.7751,    // TableAdd
        2.068,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs128 =>
    [
        2135,    // Call
        0.2767,    // Multiply
        7.229,    // Loop
        0.01071,    // Reload
        2.43,    // Input
        0,    // Pick
        8.569,    // Output
        5.923,    // DecodeDense
        2.351,    // DecodeCodes
        5.974,    // DecodeLevels
        61.96,    // TileTwo
        41.91,    // WeightTwo
        214.5,    // TileFour
        48.69,    // WeightFour
        0,    // Shuffle
        0.3106,    // ProjectTile
        119.8,    // TableInput
        0.01396,    // TableMultiply
        1.415,    // TableStore
        1.539,    // TableAdd
        0,    // TableSum
    ];
}
