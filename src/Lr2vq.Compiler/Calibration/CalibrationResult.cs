using Lr2vq.Compression;

namespace Lr2vq.Calibration;

/// <summary>What a calibration made.</summary>
/// <param name="Compression">The tensors.</param>
/// <param name="HeldOut">How far the answers are from the original's on samples that nothing was fitted to.</param>
/// <param name="AreClasses">The distance is a divergence in nats; else the square of a relative change.</param>
/// <param name="BiasesCorrected">Bias correction was kept.</param>
/// <param name="AnswersStay">The distance is within what the aim allows, or what is usual where it asks for a size.</param>
internal sealed record CalibrationResult(CompressionResult Compression, AnswerChange HeldOut, bool AreClasses, bool BiasesCorrected, bool AnswersStay);
