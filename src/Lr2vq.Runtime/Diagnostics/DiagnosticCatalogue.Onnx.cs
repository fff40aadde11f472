namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ1xxx: reading ONNX files.</summary>
internal static partial class DiagnosticCatalogue
{
}
