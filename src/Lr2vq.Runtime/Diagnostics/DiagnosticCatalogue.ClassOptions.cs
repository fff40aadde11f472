using static Lr2vq.Diagnostics.DiagnosticSeverity;

namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ31xx: options of the generated class, which the task reads itself.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition MetadataUnknown = new("LR2VQ3101", Error,
        "Lr2vqModel has no metadata '{0}'",
        "Known: {1}");

    public static readonly DiagnosticDefinition ClassOptionUnknown = new("LR2VQ3102", Error,
        "{0} cannot be '{1}'",
        "Known: {2}");

    public static readonly DiagnosticDefinition ClassNameInvalid = new("LR2VQ3103", Error,
        "ClassName '{0}' cannot be the name of a class",
        "Use letters, digits and underscores, no digit first, no C# keyword, and none of the members that every model class has (Create, Load, Predict, Session, Names, …)");

    public static readonly DiagnosticDefinition NamespaceInvalid = new("LR2VQ3104", Error,
        "Namespace '{0}' is not a C# namespace",
        "Use identifiers with dots between, for example Shop.Vision");

    public static readonly DiagnosticDefinition PairsInvalid = new("LR2VQ3105", Error,
        "{0} cannot be read: '{1}' is not of the form name=value",
        "Write pairs with semicolons between, for example {2}");

    public static readonly DiagnosticDefinition RenameUnknown = new("LR2VQ3106", Error,
        "Rename names '{0}', which is neither an input nor an output of the model",
        "Known: {1}");

    public static readonly DiagnosticDefinition RenameInvalid = new("LR2VQ3107", Error,
        "Rename gives '{0}' the name '{1}', which is not a C# identifier or is given twice",
        "Use letters, digits and underscores, no digit first, and each name once");

    public static readonly DiagnosticDefinition DimensionUnknown = new("LR2VQ3108", Error,
        "Dimensions names '{0}', which is not a symbolic dimension of an input",
        "Known: {1}");

    public static readonly DiagnosticDefinition DimensionInvalid = new("LR2VQ3109", Error,
        "Dimensions gives '{0}' the length '{1}'",
        "Use a whole number from 1 to 2147483647");

    public static readonly DiagnosticDefinition BuildPropertyInvalid = new("LR2VQ3110", Error,
        "The property {0} cannot be '{1}'",
        "Use {2}");
}
