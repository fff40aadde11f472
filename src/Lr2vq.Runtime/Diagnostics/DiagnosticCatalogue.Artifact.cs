namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ5xxx: artifacts.</summary>
internal static partial class DiagnosticCatalogue
{
    private const string CompressAgain = "Compress the model again, or fetch the artifact again";

    /// <summary>The bytes are something else.</summary>
    public static readonly DiagnosticDefinition NotAnArtifact = new("LR2VQ5001", DiagnosticSeverity.Error,
        "{0} is not an .lr2vq artifact: {1}", "");

    /// <summary>The artifact was written for a newer reader.</summary>
    public static readonly DiagnosticDefinition NewerArtifact = new("LR2VQ5002", DiagnosticSeverity.Error,
        "The artifact needs a reader of format version {0}; this one knows versions up to {1}", "Update Lr2vq.Runtime");

    /// <summary>More or fewer bytes than the header says.</summary>
    public static readonly DiagnosticDefinition ArtifactLength = new("LR2VQ5003", DiagnosticSeverity.Error,
        "The artifact has {0} bytes where its header says {1}", CompressAgain);

    /// <summary>A section contradicts itself or the file.</summary>
    public static readonly DiagnosticDefinition InvalidSection = new("LR2VQ5004", DiagnosticSeverity.Error,
        "Section '{0}' of the artifact is damaged: {1}", CompressAgain);

    /// <summary>The content of a section is not what was written.</summary>
    public static readonly DiagnosticDefinition SectionHash = new("LR2VQ5005", DiagnosticSeverity.Error,
        "Section '{0}' of the artifact is damaged: its content does not match its hash", CompressAgain);

    /// <summary>A section that every artifact has is not there.</summary>
    public static readonly DiagnosticDefinition MissingSection = new("LR2VQ5006", DiagnosticSeverity.Error,
        "The artifact has no section '{0}'", CompressAgain);

    /// <summary>The Plan cannot be read or executed.</summary>
    public static readonly DiagnosticDefinition InvalidPlan = new("LR2VQ5007", DiagnosticSeverity.Error,
        "Section 'plan' of the artifact is not valid: {0}", CompressAgain);

    /// <summary>A class was given the artifact of another network.</summary>
    public static readonly DiagnosticDefinition OtherModel = new("LR2VQ5008", DiagnosticSeverity.Error,
        "The artifact holds the model '{0}' with structure {1}; this class was generated for structure {2}",
        "Compress the model that the class was generated from, with the same version of Lr2vq.Build");

    /// <summary>A step of the Plan cannot be made into an operator.</summary>
    public static readonly DiagnosticDefinition InvalidStep = new("LR2VQ5009", DiagnosticSeverity.Error,
        "Step {0} ({1} '{2}') of section 'plan' is not valid: {3}", CompressAgain);

    /// <summary>The payload of a tensor contradicts its directory entry.</summary>
    public static readonly DiagnosticDefinition InvalidTensor = new("LR2VQ5010", DiagnosticSeverity.Error,
        "Tensor '{0}' of the artifact {1}", CompressAgain);

    /// <summary>A tensor in a format of a newer version.</summary>
    public static readonly DiagnosticDefinition UnknownFormat = new("LR2VQ5011", DiagnosticSeverity.Error,
        "Tensor '{0}' of the artifact has format {1}, which this version does not know", "Update Lr2vq.Runtime");

    /// <summary>The Plan names a weight that the directory lacks, or has with another shape.</summary>
    public static readonly DiagnosticDefinition MissingTensor = new("LR2VQ5012", DiagnosticSeverity.Error,
        "The artifact has no tensor '{0}' as the Plan needs it: {1}", CompressAgain);

    /// <summary>An operator that this version does not have.</summary>
    public static readonly DiagnosticDefinition UnknownOperator = new("LR2VQ5013", DiagnosticSeverity.Error,
        "Step {0} of section 'plan' uses the operator {1}, which this version does not know", "Update Lr2vq.Runtime");

    /// <summary>Arguments: the inputs with their shapes, node, operator, the rule, what would fit.</summary>
    public static readonly DiagnosticDefinition InputMisfit = new("LR2VQ5014", DiagnosticSeverity.Error,
        "The network cannot be computed for {0}: at node '{1}' ({2}) {3}", "{4}");

    /// <summary>Arguments: the inputs that the indices come from, node, operator, the index and its bounds.</summary>
    public static readonly DiagnosticDefinition InputIndex = new("LR2VQ5015", DiagnosticSeverity.Error,
        "The network cannot be computed for the values of input {0}: at node '{1}' ({2}) {3}", "Give values within these bounds");

    /// <summary>Arguments: bytes, for which inputs, what makes the largest tensor, its shape, bytes allowed.</summary>
    public static readonly DiagnosticDefinition MemoryLimit = new("LR2VQ5016", DiagnosticSeverity.Error,
        "A session would need {0} bytes{1}, the largest for {2} [{3}]; {4} are allowed",
        "Give smaller inputs, or set SessionOptions.MaxMemory if the model is to be trusted with more");

    /// <summary>Arguments: node, operator, the rule, the node that found a size, its operator, the size.</summary>
    public static readonly DiagnosticDefinition SizeMisfit = new("LR2VQ5018", DiagnosticSeverity.Error,
        "The network cannot be computed for these input values: at node '{0}' ({1}) {2}, after node '{3}' ({4}) found {5}",
        "Give values in which it finds as many as the network expects, or export the model with a constant size there");

    /// <summary>Arguments: bytes, bytes allowed.</summary>
    public static readonly DiagnosticDefinition WeightMemory = new("LR2VQ5017", DiagnosticSeverity.Error,
        "The weights of the artifact need at least {0} bytes of memory; {1} are allowed",
        "Set SessionOptions.MaxMemory if the model is to be trusted with more");
}
