namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ3xxx: options.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>Arguments: what was written, what is known, a better spelling in parentheses or nothing.</summary>
    public static readonly DiagnosticDefinition OptionUnknown = new("LR2VQ3001", DiagnosticSeverity.Error,
        "'{0}' is not an option{2}", "Known: {1}");

    /// <summary>Arguments: option, what was written, what is known, a better spelling in parentheses or nothing.</summary>
    public static readonly DiagnosticDefinition OptionValueUnknown = new("LR2VQ3002", DiagnosticSeverity.Error,
        "{0} cannot be '{1}'{3}", "Known: {2}");

    public static readonly DiagnosticDefinition OptionNotInThisVersion = new("LR2VQ3003", DiagnosticSeverity.Error,
        "{0} = '{1}' is not part of this version", "Known: {2}");

    public static readonly DiagnosticDefinition OptionNumberInvalid = new("LR2VQ3004", DiagnosticSeverity.Error,
        "{0} cannot be '{1}'", "It is {2}");

    public static readonly DiagnosticDefinition OptionsExcludeEachOther = new("LR2VQ3005", DiagnosticSeverity.Error,
        "{0} are set together, but each decides the size", "Keep one of them");

    public static readonly DiagnosticDefinition OptionListInvalid = new("LR2VQ3006", DiagnosticSeverity.Error,
        "'{1}' in {0} is not understood", "{0} is a list such as {2}");

    public static readonly DiagnosticDefinition ConfigUnreadable = new("LR2VQ3007", DiagnosticSeverity.Error,
        "The settings in '{0}' are not understood: {1}", "The file holds JSON such as {{ \"tensors\": {{ \"layer1.*\": {{ \"method\": \"rvq\", \"k\": 256 }} }} }}");

    public static readonly DiagnosticDefinition FixedDimensionUnknown = new("LR2VQ3008", DiagnosticSeverity.Error,
        "Dimensions names '{0}', but the model has no such symbolic dimension{2}", "The model's symbolic dimensions: {1}");

    public static readonly DiagnosticDefinition InputUnknown = new("LR2VQ3009", DiagnosticSeverity.Error,
        "The model has no input '{0}'{2}", "Its inputs: {1}");

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

    /// <summary>Arguments: pattern, model, a better spelling in parentheses or nothing.</summary>
    public static readonly DiagnosticDefinition ConfigPatternUnused = new("LR2VQ3015", DiagnosticSeverity.Error,
        "'{0}' matches no tensor of '{1}'{2}", "'lr2vq inspect' lists the names; correct the pattern (* and ? stand for any characters), or remove it");

    /// <summary>Arguments: setting, reason.</summary>
    public static readonly DiagnosticDefinition SettingNotUsed = new("LR2VQ3016", DiagnosticSeverity.Warning,
        "{0} has no effect: {1}", "Leave it out, or correct what it was meant for");

    /// <summary>Arguments: setting, value, which tensors and why.</summary>
    public static readonly DiagnosticDefinition SettingOverridden = new("LR2VQ3017", DiagnosticSeverity.Info,
        "{0} '{1}' is not used for {2}", "A method that the Config gives to a tensor by name stands above such a rule, but not above its shape");

    /// <summary>Arguments: file, reason, remedy.</summary>
    public static readonly DiagnosticDefinition OutputRefused = new("LR2VQ3018", DiagnosticSeverity.Error,
        "'{0}' is not written: {1}", "{2}");

    /// <summary>Arguments: pattern, what has no such name, a better spelling in parentheses or nothing.</summary>
    public static readonly DiagnosticDefinition NothingMatches = new("LR2VQ3019", DiagnosticSeverity.Error,
        "'{0}' matches nothing in '{1}'{2}", "'lr2vq inspect' without it lists the names");

    /// <summary>Arguments: network, reason.</summary>
    public static readonly DiagnosticDefinition InputsDoNotFit = new("LR2VQ3020", DiagnosticSeverity.Error,
        "'{0}' does not take these inputs: {1}", "Give inputs whose lengths fit the network and each other; 'lr2vq inspect' shows its inputs");

    /// <summary>Arguments: file, how many labels, output, how many classes.</summary>
    public static readonly DiagnosticDefinition LabelsDoNotFit = new("LR2VQ3021", DiagnosticSeverity.Error,
        "'{0}' has {1} labels, but the output '{2}' has {3} classes", "Give a file with one line for each class, in the order of the classes");

    /// <summary>Arguments: first network, second network, reason.</summary>
    public static readonly DiagnosticDefinition CompareRefused = new("LR2VQ3022", DiagnosticSeverity.Error,
        "'{0}' and '{1}' cannot be compared: {2}", "Compare two forms of one network: a model, its artifact, its export");

    /// <summary>Arguments: option, what was written.</summary>
    public static readonly DiagnosticDefinition TimeLimitInvalid = new("LR2VQ3030", DiagnosticSeverity.Error,
        "{0} cannot be '{1}'", "It is a time hours:minutes:seconds, such as 00:05:00, from 00:00:10 to 168:00:00");

    /// <summary>Arguments: what was written, the model's inputs, a better spelling in parentheses or nothing.</summary>
    public static readonly DiagnosticDefinition ConstantUnknown = new("LR2VQ3040", DiagnosticSeverity.Error,
        "Constants names '{0}', but the model has no such input{2}", "The model's inputs: {1}");

    /// <summary>Arguments: input, its type and shape, what was written, what is wrong, what helps.</summary>
    public static readonly DiagnosticDefinition ConstantInvalid = new("LR2VQ3041", DiagnosticSeverity.Error,
        "Constants cannot give the input '{0}' ({1}) the value '{2}': {3}", "{4}");

    /// <summary>Arguments: option, input.</summary>
    public static readonly DiagnosticDefinition DataOfConstant = new("LR2VQ3042", DiagnosticSeverity.Error,
        "{0} has data for the input '{1}', which Constants fixes", "Leave them out of {0}, or do not fix the input");

    /// <summary>Arguments: file, inputs.</summary>
    public static readonly DiagnosticDefinition ArraysOfConstants = new("LR2VQ3043", DiagnosticSeverity.Info,
        "The arrays of '{0}' for the inputs {1} are not used: Constants fixes these", "Leave them out of the file if they say something else");
}
