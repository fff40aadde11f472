namespace Lr2vq.Artifacts;

/// <summary>What a call takes in the steps that read weights, predicted, in units of the time with exact weights.</summary>
/// <param name="Size">With the fewest bytes.</param>
/// <param name="Speed">As the artifact is.</param>
internal sealed record PredictedTime(double Size, double Speed);
