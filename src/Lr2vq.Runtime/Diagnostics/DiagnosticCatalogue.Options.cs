namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ3xxx: options.</summary>
internal static partial class DiagnosticCatalogue
{
}
