using static Lr2vq.Diagnostics.DiagnosticSeverity;

namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ31xx: options of the generated class.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition ClassNameInvalid = new("LR2VQ3101", Error,
        "ClassName '{0}' cannot be the name of a class",
        "Use letters, digits and underscores, no digit first, no C# keyword, and none of the members that every model class has (Create, Load, Predict, Session, Names, …)");

    public static readonly DiagnosticDefinition NamespaceInvalid = new("LR2VQ3102", Error,
        "Namespace '{0}' is not a C# namespace",
        "Use identifiers with dots between, for example Shop.Vision");

    public static readonly DiagnosticDefinition RenameUnknown = new("LR2VQ3103", Error,
        "Rename names '{0}', which is neither an input nor an output of the model{2}",
        "Known: {1}");

    public static readonly DiagnosticDefinition RenameInvalid = new("LR2VQ3104", Error,
        "Rename gives '{0}' the name '{1}', which is not a C# identifier or is given twice",
        "Use letters, digits and underscores, no digit first, and each name once");

    /// <summary>Arguments: property, known ones, a better spelling in parentheses.</summary>
    public static readonly DiagnosticDefinition PropertyMisspelt = new("LR2VQ3105", Error,
        "'{0}' is not a property of Lr2vq.Build{2}",
        "Known: {1}");

    /// <summary>Arguments: property, known ones.</summary>
    public static readonly DiagnosticDefinition PropertyUnknown = new("LR2VQ3106", Warning,
        "'{0}' begins as the properties of Lr2vq.Build do, but none is called so",
        "Known: {1}. Give a property of your own another prefix, or add LR2VQ3106 to NoWarn");

    /// <summary>Arguments: item, known ones, a better spelling in parentheses.</summary>
    public static readonly DiagnosticDefinition ItemMisspelt = new("LR2VQ3121", Error,
        "'{0}' is not an item of Lr2vq.Build{2}",
        "Known: {1}");

    /// <summary>Arguments: item, known ones.</summary>
    public static readonly DiagnosticDefinition ItemUnknown = new("LR2VQ3122", Warning,
        "'{0}' begins as the items of Lr2vq.Build do, but none is called so",
        "Known: {1}. Give an item of your own another prefix, or add LR2VQ3122 to NoWarn");

    public static readonly DiagnosticDefinition PatternWithoutFile = new("LR2VQ3123", Warning,
        "The pattern '{0}' of a Lr2vqModel matches no file, so the project has no network",
        "Correct the pattern, or add LR2VQ3123 to NoWarn if there may be none");
}
