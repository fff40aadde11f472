namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ6xxx: build integration and caches.</summary>
internal static partial class DiagnosticCatalogue
{
}
