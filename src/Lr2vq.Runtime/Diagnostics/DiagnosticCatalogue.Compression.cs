namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ4xxx: compression and calibration data.</summary>
internal static partial class DiagnosticCatalogue
{
}
