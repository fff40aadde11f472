// Written by `Lr2vq.Benchmarks -- costs`; edits are lost.
using System;

namespace Lr2vq.Kernels;

/// <summary>Nanoseconds for each <see cref="CostPart"/>, by vector width.</summary>
internal static partial class ConvCost
{
    private static ReadOnlySpan<double> Costs512 =>
    [
        2556,    // Call
        0.2907,    // Multiply
        0,    // Loop
        0.08427,    // Reload
        0,    // Input
        0.4528,    // Output
        5.842,    // DecodeDense
        1.821,    // DecodeCodes
        2.917,    // DecodeLevels
        49.94,    // InputTwo
        32.91,    // OutputTwo
        12.4,    // WeightTwo
        141.6,    // InputFour
        117.3,    // OutputFour
        27.49,    // WeightFour
        0.7096,    // Shuffle
        0,    // ProjectTile
        0.32,    // TableMultiply
        0.6,    // TableStore
        0.62,    // TableAdd
        2.6,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs256 =>
    [
        2977,    // Call
        0.2971,    // Multiply
        1.902,    // Loop
        0.0008906,    // Reload
        0.4838,    // Input
        0.7385,    // Output
        5.486,    // DecodeDense
        1.847,    // DecodeCodes
        3.251,    // DecodeLevels
        27.16,    // InputTwo
        37.78,    // OutputTwo
        16.01,    // WeightTwo
        92.69,    // InputFour
        128.9,    // OutputFour
        35.71,    // WeightFour
        0,    // Shuffle
        0.2325,    // ProjectTile
        0.34,    // TableMultiply
        0.6,    // TableStore
        0.7,    // TableAdd
        2.6,    // TableSum
    ];

    private static ReadOnlySpan<double> Costs128 =>
    [
        2264,    // Call
        0.3057,    // Multiply
        7.219,    // Loop
        0,    // Reload
        1.162,    // Input
        2.129,    // Output
        5.81,    // DecodeDense
        2.105,    // DecodeCodes
        4.198,    // DecodeLevels
        0,    // InputTwo
        82.93,    // OutputTwo
        27.44,    // WeightTwo
        79.54,    // InputFour
        236.8,    // OutputFour
        32.81,    // WeightFour
        0,    // Shuffle
        0.4759,    // ProjectTile
        0.69,    // TableMultiply
        0.7,    // TableStore
        1.21,    // TableAdd
        2.5,    // TableSum
    ];
}
