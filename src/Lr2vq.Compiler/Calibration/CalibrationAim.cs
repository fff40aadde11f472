using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Compression;

namespace Lr2vq.Calibration;

/// <summary>What a calibrated compression is to reach: a size, a step, or answers that stay. At most one of them.</summary>
internal sealed record CalibrationAim
{
    /// <summary>Divergence up to which answers are as good as the original's, if nothing else is said.</summary>
    public const double UsualDivergence = 0.02;

    /// <summary>Relative change of other outputs, likewise.</summary>
    public const double UsualChange = 0.03;

    /// <summary>Divergence that goes with a lost point in the networks measured.</summary>
    private const double DivergenceOfPoint = 0.05;

    /// <summary>Most bytes of the artifact.</summary>
    public long? Bytes { get; init; }

    /// <summary>The global step.</summary>
    public double? Step { get; init; }

    /// <summary>Points of the answers that may be lost.</summary>
    public double? Points { get; init; }

    /// <summary>Whether answers are within the aim, or what is usual where it asks for something else.</summary>
    public bool IsMetBy(AnswerChange change, bool areClasses) => change.Distance <= MostDistance(areClasses) && !(change.Lost > Points);

    /// <summary>The largest distance that is within the aim.</summary>
    /// <param name="areClasses">Distances are divergences; else squares of relative changes.</param>
    public double MostDistance(bool areClasses) => Points is { } points
        ? areClasses ? DivergenceOfPoint * points : points * points / 10_000
        : areClasses ? UsualDivergence : UsualChange * UsualChange;
}
