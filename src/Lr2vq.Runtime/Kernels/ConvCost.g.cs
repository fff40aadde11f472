// Written by `Lr2vq.Benchmarks -- costs`; edits are lost.
using System;

namespace Lr2vq.Kernels;

/// <summary>Nanoseconds for each <see cref="CostPart"/>, by vector width.</summary>
internal static partial class ConvCost
{
    private static ReadOnlySpan<double> Costs512 =>
    [
        2992,    // Call
        0.2869,    // Multiply
        0,    // Loop
        0.07693,    // Reload
        0.04245,    // Input
        0,    // Pick
        1.745,    // Output
        6.544,    // DecodeDense
        1.994,    // DecodeCodes
        2.832,    // DecodeLevels
        44.84,    // TileTwo
        23.21,    // WeightTwo
        149,    // TileFour
        38.9,    // WeightFour
        0.9945,    // Shuffle
        0,    // ProjectTile
        25.27,    // TableInput
        0.1843,    // TableMultiply
        0.1496,    // TableStore
        0.7495,    // TableAdd
        1.594,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs256 =>
    [
        933.6,    // Call
        0.3099,    // Multiply
        0,    // Loop
        0.0123,    // Reload
        0,    // Input
        0,    // Pick
        2.747,    // Output
        6.745,    // DecodeDense
        2.027,    // DecodeCodes
        2.829,    // DecodeLevels
        48.71,    // TileTwo
        34.86,    // WeightTwo
        168,    // TileFour
        69.56,    // WeightFour
        0,    // Shuffle
        0.3917,    // ProjectTile
        37.32,    // TableInput
        0.1689,    // TableMultiply
        0.358,    // TableStore
        0.897,    // TableAdd
        1.202,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs128 =>
    [
        577.7,    // Call
        0.2945,    // Multiply
        6.831,    // Loop
        0.01517,    // Reload
        0.2045,    // Input
        0,    // Pick
        5.736,    // Output
        6.348,    // DecodeDense
        2.358,    // DecodeCodes
        4.714,    // DecodeLevels
        54.05,    // TileTwo
        26.84,    // WeightTwo
        212.7,    // TileFour
        48.08,    // WeightFour
        0,    // Shuffle
        0.6542,    // ProjectTile
        108.3,    // TableInput
        0.07875,    // TableMultiply
        1.128,    // TableStore
        1.543,    // TableAdd
        0,    // TableSum
    ];
}
