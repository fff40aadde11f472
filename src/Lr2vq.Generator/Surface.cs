namespace Lr2vq.Generator;

/// <summary>All that the public side of a class depends on: an Interface, as values.</summary>
/// <param name="Key">Path of the text without <c>.interface.txt</c>; the Plan of the same key belongs to it.</param>
/// <param name="Name">Class.</param>
/// <param name="Namespace">Its namespace, or empty.</param>
/// <param name="Access"><c>public</c> or <c>internal</c>.</param>
/// <param name="Storage"><c>embedded</c>, <c>file</c> or <c>none</c>.</param>
/// <param name="Location">Resource or file name of the artifact.</param>
/// <param name="Source">File name of the model.</param>
/// <param name="Opset">Opset of the model.</param>
/// <param name="Symbols">Lines about symbolic dimensions, for people.</param>
/// <param name="Inputs">Inputs in order.</param>
/// <param name="Outputs">Outputs in order.</param>
internal sealed record Surface(string Key, string Name, string Namespace, string Access, string Storage, string Location, string Source,
    int Opset, EquatableArray<string> Symbols, EquatableArray<SurfacePort> Inputs, EquatableArray<SurfacePort> Outputs)
{
    /// <summary>How pictures become the only input, for people; empty if the class takes no pictures.</summary>
    public string Pictures { get; init; } = "";

    /// <summary>Names of the classes with line feeds between; empty for none.</summary>
    public string Labels { get; init; } = "";

    /// <summary>Index of the output whose values stand for classes, where pictures or labels are declared; else −1.</summary>
    public int ClassOutput { get; init; } = -1;

    /// <summary>True if the shapes of the inputs do not tell, as far as the model says, how long every output is: the data may decide it.</summary>
    public bool HasOpenOutputs { get; init; }

    /// <summary>Whether ONNX Runtime computes the network.</summary>
    public bool UsesOnnxRuntime { get; init; }

    /// <summary>What the class is made of.</summary>
    public BackendTypes Types => UsesOnnxRuntime ? BackendTypes.OnnxRuntime : BackendTypes.Managed;

    /// <summary>Name with namespace.</summary>
    public string FullName => Namespace.Length == 0 ? Name : Namespace + "." + Name;

    /// <summary>Name of the files that carry the code; unique in a compilation.</summary>
    public string HintName => FullName;
}

/// <summary>An input or output as code sees it.</summary>
/// <param name="Name">Original ONNX name.</param>
/// <param name="Identifier">Name of the parameter (not escaped).</param>
/// <param name="Member">Name as a member.</param>
/// <param name="ShapeIdentifier">Name of the parameter for its shape; empty where the shape is known at build time.</param>
/// <param name="CSharpType">Element type in C#.</param>
/// <param name="TypeName">Element type in the words of the Plan.</param>
/// <param name="Shape">Dimensions as expressions; null in the text of a rank that is not known.</param>
/// <param name="ShapeFollowsFromLength">True if at most one dimension is open, so that the number of elements tells it.</param>
internal sealed record SurfacePort(string Name, string Identifier, string Member, string ShapeIdentifier, string CSharpType,
    string TypeName, EquatableArray<string> Shape, bool ShapeFollowsFromLength)
{
    /// <summary>True if the caller has to give the shape, or some of it.</summary>
    public bool IsSymbolic => ShapeIdentifier.Length > 0;

    /// <summary>For example <c>[N, 3, 224, 224]</c>.</summary>
    public string ShapeText => "[" + string.Join(", ", Shape) + "]";
}

/// <summary>All that the private side depends on: a Plan, as values.</summary>
/// <param name="Key">Path of the text without <c>.plan.txt</c>.</param>
/// <param name="StructureHash">Structure that an artifact must have.</param>
/// <param name="Steps">The calls in order.</param>
internal sealed record Steps(string Key, string StructureHash, EquatableArray<StepCall> Calls);

/// <summary>One call.</summary>
/// <param name="Number">1, 2, …</param>
/// <param name="Operator">Class in <c>Lr2vq.Operators</c>.</param>
/// <param name="Comment">What it reads and makes, for people.</param>
internal sealed record StepCall(int Number, string Operator, string Comment);

/// <summary>A problem that goes to the user as a diagnostic.</summary>
internal sealed record Problem(string Path, string Text);

/// <summary>What reading one text gave: a value or a problem.</summary>
internal sealed record Reading<T>(T? Value, Problem? Problem) where T : class;

/// <summary>What the compilation references, as far as the code depends on it.</summary>
internal sealed record References(bool HasRuntime, bool HasTensors, bool HasOnnxRuntime);
