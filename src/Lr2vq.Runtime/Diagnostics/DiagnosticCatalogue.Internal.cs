namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ9xxx: internal errors.</summary>
internal static partial class DiagnosticCatalogue
{
}
