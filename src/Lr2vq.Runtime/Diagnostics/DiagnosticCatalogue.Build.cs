using static Lr2vq.Diagnostics.DiagnosticSeverity;

namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ6xxx: build integration and caches.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition LanguageNotSupported = new("LR2VQ6001", Error,
        "Lr2vqModel items work in C# projects only; this project's language is '{0}'",
        "Move the models to a C# class library and reference it from here");

    public static readonly DiagnosticDefinition TargetFrameworkTooOld = new("LR2VQ6002", Error,
        "A project with Lr2vqModel items must target net8.0 or later; this one targets '{0}'",
        "Raise TargetFramework, or move the models to a library that targets net8.0");

    public static readonly DiagnosticDefinition SdkTooOld = new("LR2VQ6003", Error,
        "Compressing models needs the .NET SDK 10.0 or later; this build uses SDK {0}",
        "Install the .NET 10 SDK (apps may still target net8.0) and look whether a global.json asks for an older one");

    public static readonly DiagnosticDefinition ModelTwice = new("LR2VQ6005", Error,
        "The models '{0}' and '{1}' would both become the class {2}",
        "Set ClassName or Namespace on one of the items");

    public static readonly DiagnosticDefinition ToolMissing = new("LR2VQ6006", Error,
        "The tool '{0}' does not exist",
        "Restore the package Lr2vq.Build again, or correct the property Lr2vqToolPath");

    public static readonly DiagnosticDefinition ToolNotStarted = new("LR2VQ6007", Error,
        "The tool could not be started with '{0}': {1}",
        "Install the .NET 10 runtime, or set DOTNET_HOST_PATH to the dotnet program that has it");

    public static readonly DiagnosticDefinition ToolFailed = new("LR2VQ6008", Error,
        "The tool ended with code {0} and without a result for '{1}'. Last lines: {2}",
        "Run 'lr2vq build \"@{3}\"' to see more; if the lines do not name a cause, report it with that file");

    public static readonly DiagnosticDefinition FileNotWritten = new("LR2VQ6009", Error,
        "'{0}' cannot be written: {1}",
        "Free space, or make the folder of intermediate files writable");

    public static readonly DiagnosticDefinition NativeAotWithoutInstructionSet = new("LR2VQ6010", Warning,
        "PublishAot is on and IlcInstructionSet is empty: the native program will not use AVX2 or newer instructions, and networks run several times slower",
        "Set IlcInstructionSet in the project to x86-64-v3 (net10.0) or x86-x64-v3 (earlier frameworks): AVX2, processors since 2013; a program made for v4 does not start on a processor without AVX-512");

    public static readonly DiagnosticDefinition RuntimeNotReferenced = new("LR2VQ6011", Error,
        "The class {0} needs the assembly Lr2vq.Runtime, which this project does not reference",
        "Reference the package Lr2vq.Runtime, or remove PrivateAssets and IncludeAssets from the reference to Lr2vq.Build");

    public static readonly DiagnosticDefinition TextNotUnderstood = new("LR2VQ6012", Error,
        "'{0}' is not understood: {1}",
        "It is made by the build; delete the folder 'obj' and build again");

    public static readonly DiagnosticDefinition ElementTypeNotSupported = new("LR2VQ6013", Error,
        "'{0}' has the element type {1}, which a class cannot take",
        "Cut the part of the network that works on text off before it is exported");

    public static readonly DiagnosticDefinition StoredUncompressed = new("LR2VQ6014", Info,
        "Lr2vqEnabled is false: '{0}' is stored uncompressed",
        "Do not ship this build");

    public static readonly DiagnosticDefinition LanguageVersionTooOld = new("LR2VQ6015", Error,
        "The class {0} is written in C# 8; this project's LangVersion is {1}",
        "Set LangVersion to 8.0 or later, or remove it: every framework that is supported has a later default");

    public static readonly DiagnosticDefinition RunTimeStaysPrivate = new("LR2VQ6016", Warning,
        "This library references Lr2vq.Build with PrivateAssets, so projects and packages that use the library do not get the run time and fail when they start",
        "Add <PackageReference Include=\"Lr2vq.Runtime\" Version=\"{0}\" /> to this project");

    public static readonly DiagnosticDefinition ReportIncomplete = new("LR2VQ6017", Warning,
        "The report of '{0}' shows neither answers nor times: {1}",
        "Name CalibrationData, or fix symbolic dimensions with Dimensions; 'lr2vq report' takes values and shapes of inputs");
}
