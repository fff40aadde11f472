using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>What a model writes down of its values' types and shapes, against what was inferred: where they differ, one of the two is wrong.</summary>
internal static class Declarations
{
    /// <param name="declared">What the model says; whatever it leaves open fits.</param>
    /// <param name="value">What was inferred.</param>
    /// <param name="type">Its type in the model, where the graph has f32.</param>
    /// <param name="exactLengths">Compares known lengths too, not only their number.</param>
    /// <returns>Both, if they differ.</returns>
    public static (string Declared, string Computed)? Differs(OnnxValueInfo declared, Value value, ElementType type, bool exactLengths)
    {
        bool fits = declared.Type == ElementType.Undefined || declared.Type == type;
        if (declared.Dims is { } dims)
            fits &= dims.Count == value.Rank && (!exactLengths || dims.Zip(value.Shape).All(pair => !pair.First.IsNumber || !pair.Second.IsConstant || pair.First.Number == pair.Second.Value));
        return fits ? null : (Text(declared.Type, declared.Dims?.Select(d => d.ToString())), Text(type, value.Shape.Select(d => d.ToString())));
    }

    private static string Text(ElementType type, System.Collections.Generic.IEnumerable<string>? shape) =>
        (type == ElementType.Undefined ? "a tensor" : ElementTypes.Word(type)) + (shape is null ? "" : " [" + string.Join(",", shape) + "]");
}
