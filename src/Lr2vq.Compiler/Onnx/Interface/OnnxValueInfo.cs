using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>Name, element type and shape of a value.</summary>
internal sealed class OnnxValueInfo(string name, ElementType type, IReadOnlyList<OnnxDimension>? dims, string docString = "", string? notTensor = null)
{
    public string Name { get; } = name;

    /// <summary>Undefined if the file gives none, or none that is known here.</summary>
    public ElementType Type { get; } = type;

    /// <summary>Null if the file gives no shape; a scalar has an empty list.</summary>
    public IReadOnlyList<OnnxDimension>? Dims { get; } = dims;

    public string DocString { get; } = docString;

    /// <summary>What the value is if it is no tensor of a known element type (<c>a sequence</c>, …); null for a tensor.</summary>
    public string? NotTensor { get; } = notTensor;

    /// <summary>The file has dictionaries from the labels of classes to scores, one for each row; here they are a matrix of floats.</summary>
    public bool IsDictionaries { get; private init; }

    public static OnnxValueInfo OfDictionaries(string name, string docString) => new(name, ElementType.Float32, null, docString) { IsDictionaries = true };
}
