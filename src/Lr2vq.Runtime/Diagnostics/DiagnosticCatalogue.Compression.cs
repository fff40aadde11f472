namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ4xxx: compression and calibration data.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition WeightErrorHigh = new("LR2VQ4001", DiagnosticSeverity.Warning,
        "The relative error of the weights is {0}, above the limit of {1}; largest shares, each with its own relative error: {2}",
        "Accuracy may fall: choose a smaller ratio or another preset, or raise MaxError if the results are good enough");

    public static readonly DiagnosticDefinition WantsTraining = new("LR2VQ4002", DiagnosticSeverity.Warning,
        "Such compression needs training, which was not asked for; the relative error of the weights is {0}, largest shares, each with its own relative error: {1}",
        "Set FineTune, use the outputs for size and speed only, or choose the preset Balanced");

    public static readonly DiagnosticDefinition SizeOutOfReach = new("LR2VQ4003", DiagnosticSeverity.Error,
        "{0} bytes are asked for, but the smallest artifact with these settings has {1}",
        "Choose a smaller TargetRatio or a larger MaxBytes, or settings that compress further");

    public static readonly DiagnosticDefinition SizeNotUsed = new("LR2VQ4004", DiagnosticSeverity.Info,
        "The artifact has {0} of the {1} bytes that are allowed: finer settings than these do not exist", "");

    /// <summary>Arguments: form, tensor, forms that serve.</summary>
    public static readonly DiagnosticDefinition FormNotServed = new("LR2VQ4005", DiagnosticSeverity.Warning,
        "The form {0} does not serve the convolution with '{1}', which takes another", "Forms that serve it: {2}");

    /// <summary>Arguments: bytes of the artifact, bytes of the model, what takes them.</summary>
    public static readonly DiagnosticDefinition LargerThanModel = new("LR2VQ4006", DiagnosticSeverity.Warning,
        "The artifact has {0} bytes, more than the {1} of the model; most are taken by {2}",
        "Choose a preset that compresses further, or ship the model as it is");

    /// <summary>Arguments: output, relative error, limit.</summary>
    public static readonly DiagnosticDefinition OutputErrorHigh = new("LR2VQ4007", DiagnosticSeverity.Error,
        "The relative error of the output '{0}' is {1}, above the limit of {2}", "Compress less, or raise --max-error if the results are good enough");

    /// <summary>Arguments: output, change, limit, layers.</summary>
    public static readonly DiagnosticDefinition OutputChanged = new("LR2VQ4008", DiagnosticSeverity.Warning,
        "The output '{0}' changes by {1} generated inputs, more than {2}; layers to blame: {3}",
        "Compress less (a smaller TargetRatio or Step, the preset Balanced), or give the layers named a finer method in a Config file");

    /// <summary>Arguments: output, change, limit, layers.</summary>
    public static readonly DiagnosticDefinition OutputBeyondMaxError = new("LR2VQ4009", DiagnosticSeverity.Error,
        "The output '{0}' changes by {1} generated inputs, more than the {2} that MaxError allows; layers to blame: {3}",
        "Compress less, give the layers named a finer method in a Config file, or raise MaxError (the square of the change) if the results are good enough");

    /// <summary>Arguments: reason.</summary>
    public static readonly DiagnosticDefinition OutputsNotMeasured = new("LR2VQ4010", DiagnosticSeverity.Warning,
        "What compression does to the outputs could not be measured: {0}",
        "Fix symbolic dimensions with Dimensions if the lengths are at fault, and compare outputs yourself (lr2vq compare --data)");

    /// <summary>Arguments: output, change, limit, divergence, bytes of a result within the limit, bytes of this one, MaxError for that, layers.</summary>
    public static readonly DiagnosticDefinition ClassesKept = new("LR2VQ4011", DiagnosticSeverity.Warning,
        "The output '{0}' changes by {1} generated inputs, more than {2}; its classes stay (divergence {3} nats). Within {2} the artifact would have {4} bytes instead of {5}; layers to blame: {7}",
        "Set MaxError={6} if the values themselves matter and not only which is largest, or give calibration data; a larger MaxError accepts this result");

    /// <summary>Arguments: bytes reached, bytes aimed at, output, its change there.</summary>
    public static readonly DiagnosticDefinition TinyStopped = new("LR2VQ4012", DiagnosticSeverity.Info,
        "Tiny stops at {0} bytes: with {1} the output '{2}' would change by {3} of its size, which leaves little of the answers",
        "Give calibration data, which makes the same network smaller with less loss, or set TargetRatio to have that size all the same");

    /// <summary>Arguments: output, limit, bytes, bytes without the limit, layers, more about the output.</summary>
    public static readonly DiagnosticDefinition SizeHeld = new("LR2VQ4013", DiagnosticSeverity.Info,
        "The output '{0}'{5} is kept within {1}, which takes {2} bytes instead of {3}; most of them are in {4}",
        "Set TargetRatio to have it smaller all the same, give calibration data, or accept more change with MaxError (its square)");

    /// <summary>Arguments: output, its change.</summary>
    public static readonly DiagnosticDefinition RangeUnknown = new("LR2VQ4014", DiagnosticSeverity.Warning,
        "Nothing tells the range of the pictures that go in. Outputs are kept for fractions (0 to 1, or −1 to 1); for bytes (0 to 255) the output '{0}' changes by about {1}",
        "Say what pictures go through, with Range, Mean and Std (Range=\"0,1\" if they are fractions), or give calibration data");

    /// <summary>Arguments: bytes allowed, bytes reached, change of the answers.</summary>
    public static readonly DiagnosticDefinition CalibratedSizeMissed = new("LR2VQ4020", DiagnosticSeverity.Warning,
        "{0} bytes are asked for, but the smallest artifact with these settings has {1}, which was written; on held-out samples its answers have {2}",
        "Choose a smaller TargetRatio or a larger MaxBytes, or settings that compress further");

    /// <summary>Arguments: change of the answers, bytes.</summary>
    public static readonly DiagnosticDefinition CalibratedDropMissed = new("LR2VQ4021", DiagnosticSeverity.Warning,
        "No step keeps the answers as near to the original's as is asked for; the best result was written: on held-out samples {0}, in {1} bytes",
        "Give more calibration data, allow a larger MaxDrop, or choose a finer method for the layers that the sensitivity names");

    /// <summary>Arguments: change of the answers.</summary>
    public static readonly DiagnosticDefinition CalibratedAnswersFar = new("LR2VQ4022", DiagnosticSeverity.Warning,
        "The answers on held-out samples are far from the original's: {0}", "Choose a smaller TargetRatio, or give MaxDrop instead, which finds the smallest file that keeps them");

    /// <summary>Arguments: weights with factors, weights that could have some, loss on calibration data before and after, on held-out samples before and after.</summary>
    public static readonly DiagnosticDefinition JointLoss = new("LR2VQ4023", DiagnosticSeverity.Info,
        "Joint low-rank optimization: {0} of {1} weights are factors; loss on the calibration data {2} before and {3} after, on samples held out {4} and {5}", "");

    /// <summary>Arguments: tolerance.</summary>
    public static readonly DiagnosticDefinition JointFoundNothing = new("LR2VQ4024", DiagnosticSeverity.Warning,
        "Joint low-rank optimization found no weight that becomes smaller with a loss that rises by at most {0} nats; all are stored without loss",
        "Give a size (TargetRatio, MaxBytes), or take joint-compact with MaxDrop; outputs that are no classes always lose a little");

    /// <summary>Arguments: path, reason.</summary>
    public static readonly DiagnosticDefinition ArtifactNotWritten = new("LR2VQ4090", DiagnosticSeverity.Error,
        "The artifact '{0}' cannot be written: {1}", "Choose a folder that can be written to, with room for it");

    /// <summary>Arguments: path, reason.</summary>
    public static readonly DiagnosticDefinition ArtifactNotExported = new("LR2VQ4091", DiagnosticSeverity.Error,
        "The artifact '{0}' cannot be exported: {1}", "");

    /// <summary>Arguments: step, operator, name, reason.</summary>
    public static readonly DiagnosticDefinition StepNotExported = new("LR2VQ4092", DiagnosticSeverity.Error,
        "Step {0} ({1} '{2}') cannot be exported: {3}", "Compress the model again with this version");
}
