// Written by `Lr2vq.Benchmarks -- costs`; edits are lost.
using System;

namespace Lr2vq.Kernels;

/// <summary>Nanoseconds for each <see cref="CostPart"/>, by vector width.</summary>
internal static partial class ConvCost
{
    private static ReadOnlySpan<double> Costs512 =>
    [
        852.6,    // Call
        0.3148,    // Multiply
        0,    // Loop
        0.07057,    // Reload
        0,    // Input
        0.4534,    // Output
        6.62,    // DecodeDense
        4.254,    // DecodeCodes
        1.963,    // DecodeLevels
        0,    // InputTwo
        55.82,    // OutputTwo
        7.534,    // WeightTwo
        43.01,    // InputFour
        155.1,    // OutputFour
        25.36,    // WeightFour
        0.5703,    // Shuffle
        0,    // ProjectTile
    ];

    private static ReadOnlySpan<double> Costs256 =>
    [
        3997,    // Call
        0.293,    // Multiply
        2.183,    // Loop
        0,    // Reload
        0.5213,    // Input
        0.8638,    // Output
        5.931,    // DecodeDense
        4.273,    // DecodeCodes
        3.092,    // DecodeLevels
        88.39,    // InputTwo
        6.544,    // OutputTwo
        18.3,    // WeightTwo
        269.3,    // InputFour
        38.27,    // OutputFour
        38.8,    // WeightFour
        0,    // Shuffle
        0.3589,    // ProjectTile
    ];

    private static ReadOnlySpan<double> Costs128 =>
    [
        1028,    // Call
        0.3624,    // Multiply
        3.994,    // Loop
        0,    // Reload
        0.9541,    // Input
        2.198,    // Output
        6.032,    // DecodeDense
        4.274,    // DecodeCodes
        5.194,    // DecodeLevels
        142.2,    // InputTwo
        3.844,    // OutputTwo
        16.62,    // WeightTwo
        504,    // InputFour
        6.472,    // OutputFour
        28.79,    // WeightFour
        0,    // Shuffle
        0.5482,    // ProjectTile
    ];
}
