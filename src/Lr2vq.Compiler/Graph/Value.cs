using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Graphs;

/// <summary>A tensor in the graph: an input, a constant, or what a node makes.</summary>
internal sealed class Value(string name, ElementType type, Dimension[] shape)
{
    /// <summary>Longest tensor whose elements are followed as expressions.</summary>
    public const int LongestElements = 4096;

    private Ratio[]? _elements;
    private bool _elementsRead;

    /// <summary>The ONNX name, or one made from the node's.</summary>
    public string Name { get; set; } = name;
    public ElementType Type { get; } = type;
    public Dimension[] Shape { get; set; } = shape;
    public TensorLayout Layout { get; set; }

    /// <summary>The values, if they are known before the network runs.</summary>
    public ConstantTensor? Constant { get; init; }

    /// <summary>The node that makes it; null for inputs and constants.</summary>
    public Node? Producer { get; internal set; }

    /// <summary>The nodes that read it, one entry for each input place.</summary>
    public List<Node> Users { get; } = [];

    public int Rank => Shape.Length;
    public bool IsFloat => Type == ElementType.Float32;

    /// <summary>The number of elements, if no dimension is symbolic.</summary>
    public long? Count => Shape.All(d => d.IsConstant) ? Shape.Aggregate(1L, (count, d) => checked(count * d.Value)) : null;

    /// <summary>The elements of a small tensor, if they are numbers or sizes known from the input shapes; else null.</summary>
    public Ratio[]? Elements
    {
        get
        {
            if (_elements is null && !_elementsRead && Constant is { Count: <= LongestElements } constant) _elements = Read(constant);
            _elementsRead = true;
            return _elements;
        }
        set => (_elements, _elementsRead) = (value, true);
    }

    /// <summary>The elements as dimensions; null if one is unknown or not whole.</summary>
    public Dimension[]? Dimensions => Elements is { } elements && elements.All(e => e.IsInteger) ? [.. elements.Select(e => e.Numerator)] : null;

    /// <summary>The value of a constant f32 of one element; null for anything else.</summary>
    public float? Scalar => Constant is { Count: 1, Type: ElementType.Float32 } constant ? constant.ToFloats()[0] : null;

    public static Value Of(string name, ConstantTensor constant) =>
        new(name, constant.Type, [.. constant.Shape.Select(d => Dimension.Of(d))]) { Constant = constant };

    public bool HasShapeOf(Value other) => Shape.SequenceEqual(other.Shape);

    public override string ToString() => Name + " " + ElementTypes.Word(Type) + " [" + string.Join(",", (object[])Shape) + "]";

    private static Ratio[]? Read(ConstantTensor constant)
    {
        if (constant.Type == ElementType.String) return null;
        if (constant.Type != ElementType.Float32) return [.. constant.ToInt64s().Select(v => (Ratio)v)];
        if (constant.Count > 64) return null;
        Ratio?[] values = [.. constant.ToFloats().Select(Ratio.Of)];
        return values.All(v => v is not null) ? [.. values.Select(v => v!.Value)] : null;
    }
}
