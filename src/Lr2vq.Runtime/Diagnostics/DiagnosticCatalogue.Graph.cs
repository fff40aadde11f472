namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ2xxx: unsupported or invalid graphs.</summary>
internal static partial class DiagnosticCatalogue
{
    /// <summary>Arguments: node, operator, domain, opset, nodes that use it, what helps.</summary>
    public static readonly DiagnosticDefinition UnsupportedOperator = new("LR2VQ2001", DiagnosticSeverity.Error,
        "Node '{0}' uses the operator {1} (domain '{2}', opset {3}; nodes that use it: {4}), which is not supported",
        "{5}. " + OrOnnxRuntime);

    /// <summary>Arguments: node, operator, what is wrong.</summary>
    public static readonly DiagnosticDefinition InvalidNode = new("LR2VQ2002", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) is invalid: {2}", "Check the model with onnx.checker, or export it again");

    /// <summary>Arguments: node, operator, what is not supported.</summary>
    public static readonly DiagnosticDefinition UnsupportedForm = new("LR2VQ2003", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) uses a form of the operator that is not supported: {2}", "Export the model in another way. " + OrOnnxRuntime);

    /// <summary>Arguments: node, operator, what depends on data, whose data it is or nothing, what helps.</summary>
    public static readonly DiagnosticDefinition DataDependentShape = new("LR2VQ2004", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) needs {2}, which depends on the data{3}", "{4}. " + OrOnnxRuntime);

    /// <summary>Arguments: node, operator, element type.</summary>
    public static readonly DiagnosticDefinition UnsupportedType = new("LR2VQ2005", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) computes on elements of type {2}, which is not supported", "Export the model with 32-bit floats and 32- or 64-bit integers. " + OrOnnxRuntime);

    /// <summary>Arguments: input, what is wrong.</summary>
    public static readonly DiagnosticDefinition UnsupportedInput = new("LR2VQ2006", DiagnosticSeverity.Error,
        "The input or output '{0}' {1}", "Export the model with tensors of known rank");

    /// <summary>Arguments: node, operator, reason.</summary>
    public static readonly DiagnosticDefinition ShapeTooLarge = new("LR2VQ2007", DiagnosticSeverity.Error,
        "The shape that node '{0}' ({1}) computes cannot be followed: {2}", "Fix dimensions with the option Dimensions, e.g. Dimensions=\"N=1;H=640\"");

    /// <summary>Arguments: name, the known names, a better spelling in parentheses or nothing.</summary>
    public static readonly DiagnosticDefinition UnknownDimension = new("LR2VQ2008", DiagnosticSeverity.Error,
        "The model has no symbolic dimension '{0}'{2}", "It has: {1}");

    /// <summary>Arguments: node, operator, tensor.</summary>
    public static readonly DiagnosticDefinition UnknownValue = new("LR2VQ2009", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) reads '{2}', which nothing makes", "Check the model with onnx.checker, or export it again");

    /// <summary>Arguments: node, operator, what it needs, the symbols, in which way, the symbols with a length each.</summary>
    public static readonly DiagnosticDefinition ShapeNotFollowed = new("LR2VQ2010", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) needs {2}, which depends on the dimensions {3} of the inputs {4}", "Fix them with the option Dimensions, e.g. Dimensions=\"{5}\"");

    /// <summary>Arguments: node, operator, what decides, whose data it is or nothing, what helps.</summary>
    public static readonly DiagnosticDefinition ConditionUnknown = new("LR2VQ2011", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) chooses between two branches by {2}{3}", "{4}. " + OrOnnxRuntime);

    /// <summary>Arguments: node, operator, the sign of it.</summary>
    public static readonly DiagnosticDefinition TrainingMode = new("LR2VQ2012", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) is in training mode: {2}", "Export the model for inference: call model.eval() before torch.onnx.export, without training=TrainingMode.TRAINING");

    /// <summary>Arguments: node, operator, dimension, its symbols with the length 1.</summary>
    public static readonly DiagnosticDefinition RankUnknown = new("LR2VQ2013", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) removes all dimensions of length 1, and whether {2} is one depends on the inputs",
        "Fix the dimension with the option Dimensions, e.g. Dimensions=\"{3}\", or name the axes where the network is exported: x.squeeze(1), not x.squeeze()");

    /// <summary>Arguments: output, as the model declares it, as it was inferred.</summary>
    public static readonly DiagnosticDefinition DeclaredDifferently = new("LR2VQ2014", DiagnosticSeverity.Error,
        "The model declares '{0}' as {1}, but its graph computes {2}",
        "Check the model with onnx.checker.check_model(full_check=True); if only the declaration is out of date, run onnx.shape_inference or export the model again");

    /// <summary>Arguments: nodes.</summary>
    public static readonly DiagnosticDefinition ComputedInSingle = new("LR2VQ2015", DiagnosticSeverity.Info,
        "The model computes in 64-bit floats ({0}); here these are 32-bit floats of seven digits", "Export the model in 32-bit floats to see the same numbers everywhere");

    /// <summary>Arguments: input or output, name.</summary>
    public static readonly DiagnosticDefinition TextPort = new("LR2VQ2016", DiagnosticSeverity.Error,
        "The {0} '{1}' is text", "Networks compute with numbers: tokenize or encode text in the app, and export the part of the model behind that");

    /// <summary>Arguments: node, output, the labels of the classes.</summary>
    public static readonly DiagnosticDefinition DictionaryLeftOut = new("LR2VQ2020", DiagnosticSeverity.Info,
        "ZipMap '{0}' is left out: the output '{1}' has the scores of the classes {2} in the columns of a tensor, not a dictionary for each row",
        "Export with options={{'zipmap': False}} (skl2onnx) for the same without this message");

    /// <summary>Arguments: node, operator, the labels.</summary>
    public static readonly DiagnosticDefinition TextLabels = new("LR2VQ2021", DiagnosticSeverity.Error,
        "Node '{0}' ({1}) gives labels that are texts ({2}), and one of them is used or an output",
        "Fit the classifier with numbers as labels (LabelEncoder of scikit-learn) and name them in the app, or remove that output: the scores tell the class");

    /// <summary>Arguments: node, operator, the operand.</summary>
    public static readonly DiagnosticDefinition DeclaredSizesTaken = new("LR2VQ2022", DiagnosticSeverity.Info,
        "Node '{0}' ({1}) takes sizes or axes from '{2}', which depends on the data: what gives the shape that the model declares is taken, and any other values are refused when the network runs",
        "Fix '{2}' with the option Constants if it is an input, or export the model with constant sizes there");

    /// <summary>Arguments: node, operator.</summary>
    public static readonly DiagnosticDefinition RandomRepeats = new("LR2VQ2024", DiagnosticSeverity.Info,
        "Node '{0}' ({1}) draws random numbers: they follow from its seed or its name, and are the same in every call", "Make them an input of the network and draw them in the app where calls are to differ");
}
