namespace Lr2vq.Diagnostics;

/// <summary>What concerns the back end of ONNX Runtime, of every stage.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>What helps where only the compiler cannot take a network.</summary>
    public const string OrOnnxRuntime = "Or let ONNX Runtime compute the network: Backend=\"OnnxRuntime\" on the item, with <PackageReference Include=\"Lr2vq.OnnxRuntime\" /> (docs/backends.md)";

    /// <summary>Arguments: why.</summary>
    public static readonly DiagnosticDefinition ChangeNotMeasured = new("LR2VQ2030", DiagnosticSeverity.Warning,
        "The network is given to ONNX Runtime as it is, and how far compression changes its outputs was not measured, since only networks that the compiler takes are run here: {0}",
        "Compare before you ship: 'lr2vq export' writes the model with the compressed weights; Preset=\"Lossless\" changes nothing");

    /// <summary>Arguments: the setting as the user writes it, why.</summary>
    public static readonly DiagnosticDefinition NeedsOwnNetwork = new("LR2VQ2031", DiagnosticSeverity.Error,
        "{0} runs the network, and the compiler does not take this one: {1}",
        "Remove the setting; what the compiler does not take is compressed for ONNX Runtime by its weights alone");

    /// <summary>Arguments: node, operator, what it has.</summary>
    public static readonly DiagnosticDefinition NotCarried = new("LR2VQ2032", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) has {2}; an artifact cannot carry that to ONNX Runtime", "Export the model without it");

    /// <summary>Arguments: input or output, its name, its type.</summary>
    public static readonly DiagnosticDefinition PortNotPassed = new("LR2VQ2033", DiagnosticSeverity.Error,
        "The {0} '{1}' has elements of type {2}, which ONNX Runtime's package for .NET does not pass",
        "Leave out Backend, or let the model itself cast there: to such a type behind its input, from one in front of its output");

    /// <summary>The Plan is one step, the whole network.</summary>
    public static readonly DiagnosticDefinition ForOnnxRuntimeAlone = new("LR2VQ5030", DiagnosticSeverity.Error,
        "The artifact is for ONNX Runtime alone: the compiler does not take its network, and this would compute it without",
        "Use the class that Backend=\"OnnxRuntime\" generates, or OnnxRuntimeRunner of the package Lr2vq.OnnxRuntime; 'lr2vq export' writes it as .onnx");

    /// <summary>The artifact was made for the managed back end.</summary>
    public static readonly DiagnosticDefinition NoSkeleton = new("LR2VQ5031", DiagnosticSeverity.Error,
        "The artifact holds no model for ONNX Runtime", "Compress the model with Backend=\"OnnxRuntime\"");

    /// <summary>Arguments: what ONNX Runtime says.</summary>
    public static readonly DiagnosticDefinition RefusedByOnnxRuntime = new("LR2VQ5032", DiagnosticSeverity.Error,
        "ONNX Runtime does not load the model: {0}", "Try the .onnx itself in the same version of ONNX Runtime; operators of libraries are registered in OnnxRuntimeOptions.Configure");

    /// <summary>Arguments: class, version of the package.</summary>
    public static readonly DiagnosticDefinition OnnxRuntimeNotReferenced = new("LR2VQ6030", DiagnosticSeverity.Error,
        "The class {0} is computed by ONNX Runtime (Backend=\"OnnxRuntime\"), and this project does not reference the package for that",
        "Add <PackageReference Include=\"Lr2vq.OnnxRuntime\" Version=\"{1}\" /> to the project");
}
