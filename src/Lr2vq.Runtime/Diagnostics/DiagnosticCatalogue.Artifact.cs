namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ5xxx: artifacts.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>The payload of a tensor contradicts its directory entry.</summary>
    public static readonly DiagnosticDefinition InvalidTensor = new("LR2VQ5010", DiagnosticSeverity.Error,
        "Tensor '{0}' {1}", "The artifact is damaged; compress the model again");
}
