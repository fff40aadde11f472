// Written by `Lr2vq.Benchmarks -- costs`; edits are lost.
using System;

namespace Lr2vq.Kernels;

/// <summary>Nanoseconds for each <see cref="CostPart"/>, by vector width.</summary>
internal static partial class ConvCost
{
    private static ReadOnlySpan<double> Costs512 =>
    [
        2722,    // Call
        0.2663,    // Multiply
        0,    // Loop
        0.0931,    // Reload
        0.1766,    // Input
        1.93,    // Pick
        1.885,    // Output
        0.9507,    // ReadDense
        5.586,    // DecodeDense
        1.788,    // DecodeCodes
        2.509,    // DecodeLevels
        36.85,    // TileTwo
        15.67,    // WeightTwo
        116.6,    // TileFour
        32.33,    // WeightFour
        0.4176,    // Shuffle
        0,    // ProjectTile
        14.47,    // TableInput
        0.2043,    // TableMultiply
        0.1722,    // TableStore
        0.693,    // TableAdd
        2.138,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs256 =>
    [
        1800,    // Call
        0.2846,    // Multiply
        0,    // Loop
        0,    // Reload
        0.1821,    // Input
        0,    // Pick
        4.229,    // Output
        0.8012,    // ReadDense
        4.828,    // DecodeDense
        1.784,    // DecodeCodes
        3.138,    // DecodeLevels
        46.45,    // TileTwo
        33.1,    // WeightTwo
        131.8,    // TileFour
        51.56,    // WeightFour
        0,    // Shuffle
        0.2384,    // ProjectTile
        23.51,    // TableInput
        0.2247,    // TableMultiply
        0.3177,    // TableStore
        0.7646,    // TableAdd
        1.465,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs128 =>
    [
        5434,    // Call
        0.3916,    // Multiply
        0,    // Loop
        0.004707,    // Reload
        1.283,    // Input
        3.508,    // Pick
        3.857,    // Output
        0,    // ReadDense
        5.047,    // DecodeDense
        2.146,    // DecodeCodes
        4.831,    // DecodeLevels
        57.15,    // TileTwo
        34.65,    // WeightTwo
        190,    // TileFour
        43.29,    // WeightFour
        0,    // Shuffle
        0.5492,    // ProjectTile
        94.13,    // TableInput
        0.1121,    // TableMultiply
        1.158,    // TableStore
        1.458,    // TableAdd
        0,    // TableSum
    ];
}
