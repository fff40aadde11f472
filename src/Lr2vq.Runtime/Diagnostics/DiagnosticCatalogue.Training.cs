namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ41xx: training.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>Arguments: what is missing.</summary>
    public static readonly DiagnosticDefinition TrainingEngineMissing = new("LR2VQ4101", DiagnosticSeverity.Error,
        "libtorch cannot be loaded: {0}",
        "On Linux name a folder that has a newer C++ run time (Lr2vqCxxRuntime of the project, or the environment variable LR2VQ_CXX_RUNTIME; docs/training.md tells how to get one), or build on a newer system");

    /// <summary>Arguments: operator, how many steps.</summary>
    public static readonly DiagnosticDefinition OperatorNotTrainable = new("LR2VQ4102", DiagnosticSeverity.Error,
        "The network cannot be trained: {0} has no torch form ({1} steps)", "Compress the network without training");

    /// <summary>Arguments: option with its value, the option for data.</summary>
    public static readonly DiagnosticDefinition TuningNeedsData = new("LR2VQ4110", DiagnosticSeverity.Error,
        "{0} has no samples to tune with", "Give {1}: samples of the network's inputs, without labels, 100 or more; or leave {0} out");

    /// <summary>Arguments: option with its value, samples, samples needed.</summary>
    public static readonly DiagnosticDefinition TuningSamplesFew = new("LR2VQ4111", DiagnosticSeverity.Error,
        "{0} has {1} samples; a network that is tuned with fewer than {2} learns them by heart", "Give at least {2}, better some hundreds, or leave {0} out");

    /// <summary>Arguments: option with its value, what stands against it.</summary>
    public static readonly DiagnosticDefinition TuningPointless = new("LR2VQ4112", DiagnosticSeverity.Error,
        "{0} does not go with {1}", "Choose another preset or method, or leave {0} out");

    /// <summary>Arguments: option with its value, what to do.</summary>
    public static readonly DiagnosticDefinition TrainingPackageMissing = new("LR2VQ4114", DiagnosticSeverity.Error,
        "{0} needs the training package, which is not part of this one", "{1}");

    /// <summary>Arguments: file, reason, version of the tool.</summary>
    public static readonly DiagnosticDefinition TrainingPackageUnusable = new("LR2VQ4115", DiagnosticSeverity.Error,
        "The training package at '{0}' cannot be used: {1}", "Package and tool must be of one version: reference Lr2vq.Training {2}");

    /// <summary>Arguments: packages, reason.</summary>
    public static readonly DiagnosticDefinition TrainingLibrariesMissing = new("LR2VQ4116", DiagnosticSeverity.Error,
        "The libraries that training needs ({0}) could not be restored: {1}", "Make them available: a package source that has them, or a packages folder that holds them (docs/training.md)");

    /// <summary>Arguments: option with its value, measure of the result without tuning.</summary>
    public static readonly DiagnosticDefinition TuningBroughtNothing = new("LR2VQ4117", DiagnosticSeverity.Info,
        "{0} brought the answers on held-out samples no nearer, so the result without it is kept ({1})", "");

    /// <summary>Arguments: option with its value, tensors.</summary>
    public static readonly DiagnosticDefinition TensorsNotTuned = new("LR2VQ4118", DiagnosticSeverity.Info,
        "{0} leaves these tensors as they are, since their format is not trained: {1}", "");

    /// <summary>Arguments: option with its value, reason.</summary>
    public static readonly DiagnosticDefinition TuningNotPossible = new("LR2VQ4119", DiagnosticSeverity.Error,
        "{0} cannot tune this network: {1}", "Leave {0} out");

    /// <summary>Arguments: folder, reason.</summary>
    public static readonly DiagnosticDefinition CxxRuntimeUnusable = new("LR2VQ4120", DiagnosticSeverity.Error,
        "The C++ run time in '{0}' cannot be used: {1}", "LR2VQ_CXX_RUNTIME, or Lr2vqCxxRuntime of the project, names a folder with ld-linux-x86-64.so.2, libc.so.6, libstdc++.so.6 and libgcc_s.so.1 (docs/training.md)");

    /// <summary>Arguments: what is missing of the network's outputs.</summary>
    public static readonly DiagnosticDefinition TrainingWantsScores = new("LR2VQ4121", DiagnosticSeverity.Error,
        "The network cannot be trained with classes: {0}", "An output must be scores or probabilities of classes, [N, classes], a row for each sample");

    /// <summary>Arguments: sample, class, classes of the output.</summary>
    public static readonly DiagnosticDefinition LabelBeyondClasses = new("LR2VQ4122", DiagnosticSeverity.Error,
        "The class of '{0}' is {1}, but the network has {2} classes, 0 to {3}", "Correct the labels; a network of other classes needs another last layer before it is trained");

    /// <summary>Arguments: tensors.</summary>
    public static readonly DiagnosticDefinition TensorsNotTrained = new("LR2VQ4123", DiagnosticSeverity.Info,
        "These tensors stay as they are, since no tensor of the file has their values alone: {0}", "");

    /// <summary>Arguments: reason.</summary>
    public static readonly DiagnosticDefinition TrainingNotPossible = new("LR2VQ4124", DiagnosticSeverity.Error,
        "The network cannot be trained: {0}", "See docs/training.md for what can be trained");

    /// <summary>Arguments: quality as it came.</summary>
    public static readonly DiagnosticDefinition TrainingBroughtNothing = new("LR2VQ4125", DiagnosticSeverity.Warning,
        "The training brought the answers on held-out samples no nearer to the labels, so the file has the numbers that came ({0})", "Try another learning rate, more epochs, or more samples");

    /// <summary>Arguments: numbers of subvectors of each length.</summary>
    public static readonly DiagnosticDefinition DimensionsForTraining = new("LR2VQ4126", DiagnosticSeverity.Info,
        "Samples choose the codes of subvectors, which have so many dimensions: {0}; D sets another number", "");
}
