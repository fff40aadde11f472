namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ9xxx: internal errors.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition InternalError = new("LR2VQ9001", DiagnosticSeverity.Error,
        "Internal error: {0} ({1}) {2}", "This is a bug in Lr2vq.Build; report it with this text and, if you may, the model");

    public static readonly DiagnosticDefinition OutOfMemory = new("LR2VQ9002", DiagnosticSeverity.Error,
        "There is not enough memory: {0}", "Use a machine with more memory, or close other programs");
}
