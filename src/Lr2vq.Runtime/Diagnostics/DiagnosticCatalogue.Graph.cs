namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ2xxx: unsupported or invalid graphs.</summary>
internal static partial class DiagnosticCatalogue
{
}
