namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ5xxx: artifacts.</summary>
internal static partial class DiagnosticCatalogue
{
}
