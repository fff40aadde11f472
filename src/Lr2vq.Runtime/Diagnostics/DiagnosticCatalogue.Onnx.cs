namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ1xxx: reading ONNX files.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition ModelFileMissing = new("LR2VQ1001", DiagnosticSeverity.Error,
        "The model file '{0}' does not exist{1}", "Check the path; it is relative to the project, or to the current directory on the command line");

    public static readonly DiagnosticDefinition ModelFileUnreadable = new("LR2VQ1002", DiagnosticSeverity.Error,
        "'{0}' cannot be read: {1}", "Check the file's permissions and whether another program holds it");

    public static readonly DiagnosticDefinition ModelIsDirectory = new("LR2VQ1003", DiagnosticSeverity.Error,
        "'{0}' is a directory", "Name the .onnx file itself; a TensorFlow SavedModel is exported to ONNX with tf2onnx first");

    public static readonly DiagnosticDefinition ModelFileEmpty = new("LR2VQ1004", DiagnosticSeverity.Error,
        "'{0}' is empty (0 bytes), or no regular file", "Export or download the model again");

    public static readonly DiagnosticDefinition GitLfsPointer = new("LR2VQ1005", DiagnosticSeverity.Error,
        "'{0}' is a Git LFS pointer, not the file itself{1}", "Run 'git lfs install' and 'git lfs pull' in its repository");

    public static readonly DiagnosticDefinition NotOnnx = new("LR2VQ1006", DiagnosticSeverity.Error,
        "'{0}' is not an ONNX model; it looks like {1}", "{2}");

    public static readonly DiagnosticDefinition ModelDamaged = new("LR2VQ1007", DiagnosticSeverity.Error,
        "'{0}' is truncated or damaged at byte {1}: {2}", "Export or download the model again");

    public static readonly DiagnosticDefinition ModelWithoutGraph = new("LR2VQ1008", DiagnosticSeverity.Error,
        "'{0}' is not a complete ONNX model: it has no {1}", "Export or download the model again");

    public static readonly DiagnosticDefinition OpsetUnsupported = new("LR2VQ1009", DiagnosticSeverity.Error,
        "The model uses opset {0} of the ONNX operators; opset {1} to {2} are supported",
        "Convert the model with onnx.version_converter.convert_version(model, 17), or export it with another opset");

    public static readonly DiagnosticDefinition NestedTooDeep = new("LR2VQ1010", DiagnosticSeverity.Error,
        "'{0}' nests messages deeper than {1} levels at byte {2}", "Export the model again; no exporter nests that deeply");

    public static readonly DiagnosticDefinition TensorDimensionsInvalid = new("LR2VQ1011", DiagnosticSeverity.Error,
        "Tensor '{0}' has the dimensions [{1}]: {2}", "Export the model again");

    public static readonly DiagnosticDefinition TensorLengthMismatch = new("LR2VQ1012", DiagnosticSeverity.Error,
        "Tensor '{0}' {1} [{2}] needs {3}, but its data has {4}", "The file is damaged; export or download the model again");

    public static readonly DiagnosticDefinition TensorTypeUnsupported = new("LR2VQ1013", DiagnosticSeverity.Error,
        "Tensor '{0}' has the element type {1}, which is not supported", "Export the model with float32 or float16 weights");

    public static readonly DiagnosticDefinition ExternalFileMissing = new("LR2VQ1014", DiagnosticSeverity.Error,
        "The file '{0}' with the data of {1} cannot be opened: {2}", "Put the external data file beside the model, under the name that the model has for it");

    public static readonly DiagnosticDefinition ExternalPathRefused = new("LR2VQ1015", DiagnosticSeverity.Error,
        "Tensor '{0}' has its data in '{1}', which is {2}", "External data must lie in the model's directory or below; save the model again with relative locations");

    public static readonly DiagnosticDefinition ExternalRangeInvalid = new("LR2VQ1016", DiagnosticSeverity.Error,
        "Tensor '{0}' has its data in '{1}', {2}", "The data file does not belong to this model or is truncated; export or download both again");

    public static readonly DiagnosticDefinition FileChanged = new("LR2VQ1017", DiagnosticSeverity.Error,
        "'{0}' changed its length from {1} to {2} bytes while it was read", "Start again when nothing writes to the file");

    public static readonly DiagnosticDefinition InitializerDuplicate = new("LR2VQ1018", DiagnosticSeverity.Error,
        "The initializer '{0}' is there {1} times", "Names must be unique; export the model again");

    public static readonly DiagnosticDefinition ValueDuplicate = new("LR2VQ1019", DiagnosticSeverity.Error,
        "The value '{0}' is made twice: by {1} and by {2}", "Names must be unique; export the model again");

    public static readonly DiagnosticDefinition ValueUndefined = new("LR2VQ1020", DiagnosticSeverity.Error,
        "{0} reads '{1}', which no node, input or initializer makes", "The model is incomplete; export it again");

    public static readonly DiagnosticDefinition GraphCycle = new("LR2VQ1021", DiagnosticSeverity.Error,
        "The graph has a cycle: {0}", "A network must be acyclic; export the model again");

    public static readonly DiagnosticDefinition OutputUndefined = new("LR2VQ1022", DiagnosticSeverity.Error,
        "The model's output '{0}' is made by no node", "The model is incomplete; export it again");

    public static readonly DiagnosticDefinition FunctionRecursive = new("LR2VQ1023", DiagnosticSeverity.Error,
        "The local function {0} calls itself: {1}", "Recursion is not possible in ONNX; export the model again");

    public static readonly DiagnosticDefinition FunctionTooLarge = new("LR2VQ1024", DiagnosticSeverity.Error,
        "With its local functions inlined the model has more than {0} nodes", "Export the model without functions");

    public static readonly DiagnosticDefinition FunctionInvalid = new("LR2VQ1025", DiagnosticSeverity.Error,
        "The local function {0} {1}", "Export the model without functions, or again");

    public static readonly DiagnosticDefinition SparseInitializer = new("LR2VQ1026", DiagnosticSeverity.Error,
        "The initializer '{0}' is sparse, which is not supported", "Store it as a dense tensor");

    public static readonly DiagnosticDefinition PortTypeUnsupported = new("LR2VQ1027", DiagnosticSeverity.Error,
        "The {0} '{1}' is {2}, not a tensor of a known element type", "Tensors only are supported: stack a sequence into one tensor before the export, or cut the model in front of it with onnx.utils.extract_model");

    public static readonly DiagnosticDefinition WeightsNotFinite = new("LR2VQ1028", DiagnosticSeverity.Error,
        "Tensor '{0}' has {1} NaN and {2} infinite values of {3}, the first at index {4}",
        "Training diverged, or the export to 16 bits overflowed; use a checkpoint with finite weights");

    public static readonly DiagnosticDefinition PortDuplicate = new("LR2VQ1030", DiagnosticSeverity.Error,
        "The model has two {0}s named '{1}'", "Names must be unique; export the model again");

    public static readonly DiagnosticDefinition PortDimensionInvalid = new("LR2VQ1031", DiagnosticSeverity.Error,
        "The {0} '{1}' has the dimension {2}", "Dimensions are between 0 and 2147483647, or symbols; export the model again");

    public static readonly DiagnosticDefinition OpsetMissing = new("LR2VQ1032", DiagnosticSeverity.Error,
        "{0} is of the domain '{1}', for which the model imports no opset", "Export the model again");

    public static readonly DiagnosticDefinition MoreProblems = new("LR2VQ1033", DiagnosticSeverity.Error,
        "The model has {0} more problems of this kind: {1}", "");

    public static readonly DiagnosticDefinition NameMissing = new("LR2VQ1034", DiagnosticSeverity.Error,
        "{0} has no {1}", "Export the model again");

    public static readonly DiagnosticDefinition AttributeInvalid = new("LR2VQ1035", DiagnosticSeverity.Error,
        "The attribute '{0}' of {1} {2}", "Export the model again");

    public static readonly DiagnosticDefinition PortWithoutShape = new("LR2VQ1036", DiagnosticSeverity.Error,
        "The input '{0}' has no shape, not even a rank", "Export the model with the shapes of its inputs; single dimensions may be symbolic");
}
