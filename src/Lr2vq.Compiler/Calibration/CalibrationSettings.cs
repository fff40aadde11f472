using System.Collections.Generic;
using Lr2vq.Evaluation;

namespace Lr2vq.Calibration;

/// <summary>What a calibration has to go by.</summary>
/// <param name="Samples">Inputs like those that the network will meet.</param>
/// <param name="Aim">What is to be reached.</param>
/// <param name="Parts">What is done for it.</param>
internal sealed record CalibrationSettings(IReadOnlyList<InputSample> Samples, CalibrationAim Aim, CalibrationParts Parts = CalibrationParts.All)
{
    /// <summary>The right class of each sample; null if nobody says.</summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>Multiplications of coding all weights again (<see cref="BiasCorrection.WorkOf"/>) up to which everything that is tried is refined; beyond, only what was chosen: networks
    /// of 25 million weights with a hundred pictures.</summary>
    public double MostWorkOfRefining { get; init; } = 8e11;
}
