using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Calibration;

namespace Lr2vq.Accuracy;

/// <summary>A row of the table, and what it must reach.</summary>
/// <param name="Options">As in a project: <c>Preset=Balanced;TargetRatio=8</c>.</param>
/// <param name="Calibrated">Whether the network's calibration data is given too.</param>
internal sealed record TableSetting(string Options, bool Calibrated = false)
{
    /// <summary>fp32: the weights exactly as they are, through our own run time.</summary>
    public static TableSetting Original { get; } = new("Preset=Lossless");

    /// <summary>Presets without data.</summary>
    public static TableSetting Balanced { get; } = new("Preset=Balanced");

    public static TableSetting Fast { get; } = new("Preset=Fast");

    public static TableSetting Tiny { get; } = new("Preset=Tiny");

    /// <summary>What calibration does.</summary>
    public CalibrationParts Parts { get; init; } = CalibrationParts.All;

    /// <summary>The parts in words: <c>Feedback, Bias</c>; nothing without data.</summary>
    public string Method => !Calibrated ? "" : Parts switch { CalibrationParts.None => "none", CalibrationParts.All => "all", _ => Parts.ToString() };

    /// <summary>Samples of the calibration data; null for as many as all rows of the network have.</summary>
    public int? Samples { get; init; }

    /// <summary>Least right answers.</summary>
    public int? Least { get; init; }

    /// <summary>Least ratio.</summary>
    public double? LeastRatio { get; init; }

    /// <summary>Most points that may be lost.</summary>
    public double? MostLost { get; init; }

    /// <summary>Highest KL.</summary>
    public double? MostKl { get; init; }

    public static TableSetting Ratio(double ratio, bool calibrated) => new(FormattableString.Invariant($"TargetRatio={ratio}"), calibrated) { LeastRatio = ratio };

    /// <summary>The papers' methods without training, at sizes at which they can be compared. They promise nothing.</summary>
    public static IReadOnlyList<TableSetting> Methods { get; } =
    [
        .. ((double[])[4, 8, 16]).SelectMany(ratio => ((string Word, bool Calibrated)[])[("svd", false), ("svd-gram", true), ("qswd", false), ("joint", true), ("joint-compact", true)],
            (ratio, method) => Of(method.Word, ratio, method.Calibrated)),
        .. ((double[])[8, 16]).SelectMany(ratio => ((string Word, bool Calibrated)[])[("bgd", true), ("pqf", false)], (ratio, method) => Of(method.Word, ratio, method.Calibrated)),
        new("Method=binary"), new("Method=binary;K=8"), new("Method=joint", Calibrated: true), new("Method=joint-compact", Calibrated: true),
    ];

    /// <summary>A row with data, and the same trained afterwards.</summary>
    /// <param name="tuning">What is added to the options of the second.</param>
    public static IReadOnlyList<TableSetting> Tuned(string options, string tuning, double? mostLost, int? samples = null) =>
        [new(options, Calibrated: true) { Samples = samples }, new($"{options};{tuning}", Calibrated: true) { Samples = samples, MostLost = mostLost }];

    private static TableSetting Of(string method, double ratio, bool calibrated) => new(FormattableString.Invariant($"Method={method};TargetRatio={ratio}"), calibrated);

    /// <summary>What a row misses; nothing if it keeps the promises.</summary>
    public IEnumerable<string> Missed(AccuracyRow row, AccuracyRow original)
    {
        double lost = 100.0 * (original.Correct - row.Correct) / row.Count;
        if (row.Correct < Least) yield return Text($"{row.Correct} right, promised are {Least}");
        // A target may be met from above only.
        if (row.Ratio < LeastRatio) yield return Text($"{row.Ratio:0.00}x, promised are {LeastRatio}x");
        // Points are counted in whole answers.
        if (lost > MostLost + 1e-9) yield return Text($"{lost:0.00} points lost, promised are at most {MostLost}");
        if (row.Kl > MostKl) yield return Text($"KL {row.Kl:0.0000}, promised are at most {MostKl}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
