namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ32xx: calibration data, labels and pre-processing.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>Arguments: option, part, reason.</summary>
    public static readonly DiagnosticDefinition CalibrationDataMissing = new("LR2VQ3201", DiagnosticSeverity.Error,
        "{0} names '{1}': {2}", "Give files, folders or patterns such as calib/*.jpg or calib/**/*.png, NAME=… for an input of several; they are relative to the project, on the command line to the current folder");

    /// <summary>Arguments: file, reason.</summary>
    public static readonly DiagnosticDefinition CalibrationFileDamaged = new("LR2VQ3202", DiagnosticSeverity.Error,
        "'{0}' cannot be read as calibration data: {1}", "Replace the file, or take it out of the data: none is left out in silence");

    /// <summary>Arguments: file, reason.</summary>
    public static readonly DiagnosticDefinition CalibrationFileMisfit = new("LR2VQ3203", DiagnosticSeverity.Error,
        "'{0}' does not suit the network: {1}", "Give data in the type and shape of the input; 'lr2vq inspect' on the .onnx shows its inputs");

    /// <summary>Arguments: option, input, its type and shape.</summary>
    public static readonly DiagnosticDefinition CalibrationInputMissing = new("LR2VQ3204", DiagnosticSeverity.Error,
        "{0} has nothing for the input '{1}' ({2})", "Give values for each input, as in {0}=\"image=calib/*.jpg;{1}=values.npy\"; a single sample serves all the others");

    /// <summary>Arguments: option, input, its samples, another input, its samples.</summary>
    public static readonly DiagnosticDefinition CalibrationCountsDiffer = new("LR2VQ3205", DiagnosticSeverity.Error,
        "{0} has {2} samples for the input '{1}' and {4} for '{3}'", "Give as many for each input, or one that serves all");

    /// <summary>Arguments: option, samples, samples needed.</summary>
    public static readonly DiagnosticDefinition CalibrationSamplesFew = new("LR2VQ3206", DiagnosticSeverity.Error,
        "{0} holds {1} samples; fewer than {2} say too little about a network", "Give at least {2}, better 100, or leave the option out");

    /// <summary>Arguments: file, reason.</summary>
    public static readonly DiagnosticDefinition CalibrationLabelsMisfit = new("LR2VQ3207", DiagnosticSeverity.Error,
        "The classes of the samples in '{0}' do not match the calibration data: {1}", "A line is FILE,CLASS, or the class of one sample after the other; a class is a number from 0 or a name in Labels");

    /// <summary>Arguments: option, a mean and a standard deviation as they are given, a range.</summary>
    public static readonly DiagnosticDefinition PicturesAsTheyAre = new("LR2VQ3208", DiagnosticSeverity.Warning,
        "The pictures of {0} go in as red, green, blue from 0 to 1, since nothing says how the network wants them",
        "Give mean and standard deviation, or a range, as the network was trained, such as {1}; {2} says that this is right");

    /// <summary>Arguments: option, what it needs.</summary>
    public static readonly DiagnosticDefinition OptionNeedsOther = new("LR2VQ3209", DiagnosticSeverity.Error,
        "{0} is set without {1}", "Give {1}, or leave {0} out");

    /// <summary>Arguments: file, reason.</summary>
    public static readonly DiagnosticDefinition LabelsUnreadable = new("LR2VQ3210", DiagnosticSeverity.Error,
        "The names of classes in '{0}' cannot be read: {1}", "Labels names a text file with the name of a class on each line, in the order of the classes");

    /// <summary>Arguments: first option, second option, reason.</summary>
    public static readonly DiagnosticDefinition PreProcessingContradicts = new("LR2VQ3211", DiagnosticSeverity.Error,
        "{0} and {1} contradict each other: {2}", "Keep one of them");

    /// <summary>Arguments: input, reason.</summary>
    public static readonly DiagnosticDefinition PreProcessingMisfit = new("LR2VQ3212", DiagnosticSeverity.Error,
        "The pre-processing does not suit the input '{0}': {1}", "");
}
