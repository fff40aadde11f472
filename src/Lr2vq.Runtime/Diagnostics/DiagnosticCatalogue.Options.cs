namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ3xxx: options.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition OptionUnknown = new("LR2VQ3001", DiagnosticSeverity.Error,
        "'{0}' is not an option", "Known: {1}");

    public static readonly DiagnosticDefinition OptionValueUnknown = new("LR2VQ3002", DiagnosticSeverity.Error,
        "{0} cannot be '{1}'", "Known: {2}");

    public static readonly DiagnosticDefinition OptionNotInThisVersion = new("LR2VQ3003", DiagnosticSeverity.Error,
        "{0} = '{1}' is not part of this version", "Known: {2}");

    public static readonly DiagnosticDefinition OptionNumberInvalid = new("LR2VQ3004", DiagnosticSeverity.Error,
        "{0} cannot be '{1}'", "It is {2}");

    public static readonly DiagnosticDefinition OptionsExcludeEachOther = new("LR2VQ3005", DiagnosticSeverity.Error,
        "{0} are set together, but each decides the size", "Keep one of them");

    public static readonly DiagnosticDefinition OptionListInvalid = new("LR2VQ3006", DiagnosticSeverity.Error,
        "'{1}' in {0} is not understood", "{0} is a list such as {2}");

    public static readonly DiagnosticDefinition ConfigUnreadable = new("LR2VQ3007", DiagnosticSeverity.Error,
        "The settings in '{0}' cannot be read: {1}", "The file holds JSON such as {{ \"tensors\": {{ \"layer1.*\": {{ \"method\": \"rvq\", \"k\": 256 }} }} }}");

    public static readonly DiagnosticDefinition FixedDimensionUnknown = new("LR2VQ3008", DiagnosticSeverity.Error,
        "Dimensions names '{0}', but the model has no such symbolic dimension", "The model's symbolic dimensions: {1}");

    public static readonly DiagnosticDefinition InputUnknown = new("LR2VQ3009", DiagnosticSeverity.Error,
        "The model has no input '{0}'", "Its inputs: {1}");

    public static readonly DiagnosticDefinition InputMissing = new("LR2VQ3010", DiagnosticSeverity.Error,
        "The input '{0}' ({1}) has no value", "Give it with --input {0}=FILE.npy, or --random SEED for random values");

    public static readonly DiagnosticDefinition InputUnreadable = new("LR2VQ3011", DiagnosticSeverity.Error,
        "'{0}' cannot be used for the input '{1}': {2}", "Inputs are .npy files, or pictures (PNG, JPEG, BMP) for inputs with 1 or 3 channels");

    public static readonly DiagnosticDefinition FileUnwritable = new("LR2VQ3012", DiagnosticSeverity.Error,
        "'{0}' cannot be written: {1}", "Choose another place, or make room");

    public static readonly DiagnosticDefinition FileKindUnexpected = new("LR2VQ3013", DiagnosticSeverity.Error,
        "'{0}' is not {1}", "{2}");

    public static readonly DiagnosticDefinition RequestInvalid = new("LR2VQ3014", DiagnosticSeverity.Error,
        "The request '{0}' cannot be read: {1}", "It is written by the MSBuild task of the same version");
}
