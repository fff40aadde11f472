using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Values behind a node that cannot be imported, as the model declares them: so that one list has the other problems of the model too. They never reach a Plan.</summary>
internal sealed class GuessedValues
{
    private static readonly HashSet<DiagnosticDefinition> OfTheNodeItself =
        [DiagnosticCatalogue.UnsupportedForm, DiagnosticCatalogue.UnsupportedType, DiagnosticCatalogue.TrainingMode];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Types and shapes that the model writes down, by the value's name.</summary>
    public Dictionary<string, OnnxValueInfo> Declared { get; } = new(StringComparer.Ordinal);

    /// <summary>Symbols of the inputs.</summary>
    public Dictionary<string, Dimension> Lengths { get; } = new(StringComparer.Ordinal);

    public bool Contains(string name) => _names.Contains(name);

    /// <summary>Stands for a value that nothing makes; null if the model does not say enough.</summary>
    public (Value Value, ElementType Type)? Make(string name)
    {
        if (!Declared.TryGetValue(name, out OnnxValueInfo? info) || info.NotTensor is not null || info.Type is ElementType.Undefined or ElementType.String || info.Dims is null) return null;
        var shape = new Dimension[info.Dims.Count];
        for (int i = 0; i < shape.Length; i++)
        {
            OnnxDimension dimension = info.Dims[i];
            if (dimension.IsNumber && dimension.Number >= 0) shape[i] = dimension.Number;
            else if (dimension.Symbol is { } symbol && Lengths.TryGetValue(symbol, out Dimension? length)) shape[i] = length;
            else return null;
        }
        _names.Add(name);
        return (new Value(name, ElementTypes.IsFloat(info.Type) ? ElementType.Float32 : info.Type, shape), info.Type);
    }

    /// <summary>How far a value is followed to one whose shape is declared.</summary>
    private const int Furthest = 16;

    /// <summary>Functions of their first operand, whose result has its shape.</summary>
    private static readonly HashSet<string> KeepShapes = new(StringComparer.Ordinal)
    {
        "Abs", "Cast", "CastLike", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "Identity", "LeakyRelu", "Log", "Neg", "Not", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Softmax", "Sqrt", "Tanh",
    };

    private static readonly HashSet<string> Broadcasts = new(StringComparer.Ordinal) { "Add", "Div", "Mul", "Pow", "Sub" };

    private Dictionary<string, OnnxNode>? _readers;

    /// <summary>The shape that the model writes down for a value or output, or for what is made of it element by element, if all of it is numbers.</summary>
    /// <param name="rankOf">How many dimensions a value has; null where it is not made yet, and taken to be as large: the run time compares.</param>
    public int[]? DeclaredShape(string name, OnnxGraph graph, Func<string, int?> rankOf)
    {
        if (_readers is null)
        {
            _readers = new(StringComparer.Ordinal);
            foreach (OnnxNode node in graph.Nodes)
                foreach (string input in node.Inputs) _readers.TryAdd(input, node);
        }
        for (int step = 0; step < Furthest; step++)
        {
            if (DeclaredShape(name, graph) is { } shape) return shape;
            if (!_readers.TryGetValue(name, out OnnxNode? reader) || reader.Domain.Length > 0 || reader.Outputs.Count == 0) return null;
            bool keeps = KeepShapes.Contains(reader.OpType) && reader.Inputs[0] == name
                || Broadcasts.Contains(reader.OpType) && reader.Inputs.All(input => input == name || rankOf(input) is null or 0);
            if (!keeps) return null;
            name = reader.Outputs[0];
        }
        return null;
    }

    private int[]? DeclaredShape(string name, OnnxGraph graph)
    {
        OnnxValueInfo? info = Declared.GetValueOrDefault(name) ?? graph.Outputs.FirstOrDefault(output => output.Name == name);
        return info?.Dims is { } dims && dims.All(d => d.IsNumber && d.Number is >= 0 and <= int.MaxValue) ? [.. dims.Select(d => (int)d.Number)] : null;
    }

    /// <summary>Whether a node reads such values; then its results are such too.</summary>
    public bool Follow(OnnxNode node, string result)
    {
        if (!node.Inputs.Any(Contains)) return false;
        _names.Add(result);
        return true;
    }

    /// <summary>True if a problem of the node may come from such values; one of its attributes and first operand does not.</summary>
    public bool Explain(OnnxNode node, DiagnosticDefinition problem) =>
        node.Inputs.Any(Contains) && (!OfTheNodeItself.Contains(problem) || node.Inputs.Skip(1).Any(Contains));
}
