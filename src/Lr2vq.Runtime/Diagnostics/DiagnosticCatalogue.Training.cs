namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ41xx: training.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>Arguments: what is missing.</summary>
    public static readonly DiagnosticDefinition TrainingEngineMissing = new("LR2VQ4101", DiagnosticSeverity.Error,
        "libtorch cannot be loaded: {0}", "Train on such a system, or leave training out");

    /// <summary>Arguments: operator, how many steps.</summary>
    public static readonly DiagnosticDefinition OperatorNotTrainable = new("LR2VQ4102", DiagnosticSeverity.Error,
        "The network cannot be trained: {0} has no torch form ({1} steps)", "Compress the network without training");
}
