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

    private const int LongestFloats = 64;

    private Dimension[]? _dimensions;
    private Real[]? _reals;
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

    /// <summary>How many outputs of the network it is.</summary>
    internal int OutputUses { get; set; }

    /// <summary>True if the caller gets it.</summary>
    public bool IsOutput => OutputUses > 0;

    public int Rank => Shape.Length;
    public bool IsFloat => Type == ElementType.Float32;

    /// <summary>The number of elements, if no dimension is symbolic.</summary>
    public long? Count => Shape.All(d => d.IsConstant) ? Shapes.Count(Shape) : null;

    /// <summary>The elements of a small tensor of integers or truth values, if they are numbers or sizes known from the input shapes; else null.</summary>
    public Dimension[]? Dimensions => Read()._dimensions;

    /// <summary>The elements of a small tensor of floats, if they are numbers or computed from the input shapes; else null.</summary>
    public Real[]? Reals => Read()._reals;

    /// <summary>Why the elements are not known although only input shapes decide them; null if they are known, or data decides them.</summary>
    public UnfollowedSizes? Unfollowed { get; set; }

    /// <summary>Sets what is known of the elements.</summary>
    public void Know(SizeElements elements) => (_dimensions, _reals, _elementsRead) = (elements.Dimensions, elements.Reals, true);

    /// <summary>The value of a constant f32 of one element; null for anything else.</summary>
    public float? Scalar => Constant is { Count: 1, Type: ElementType.Float32 } constant ? constant.ToFloats()[0] : null;

    public static Value Of(string name, ConstantTensor constant) =>
        new(name, constant.Type, [.. constant.Shape.Select(d => Dimension.Of(d))]) { Constant = constant };

    public bool HasShapeOf(Value other) => Shape.SequenceEqual(other.Shape);

    public override string ToString() => Name + " " + ElementTypes.Word(Type) + " [" + string.Join(",", (object[])Shape) + "]";

    private Value Read()
    {
        if (_elementsRead) return this;
        _elementsRead = true;
        if (Constant is null && Array.Exists(Shape, length => length.Equals(Dimension.Zero)))
        {
            // What has no elements is known.
            if (!ElementTypes.IsFloat(Type) && Type != ElementType.String) _dimensions = [];
            return this;
        }
        if (Constant is not { Count: <= LongestElements } constant || constant.Type == ElementType.String) return this;
        // Expressions follow no other floats than f32, and nothing narrow.
        if (!IsFloat && ElementTypes.IsFloat(Type) || ElementTypes.IsNarrow(Type)) return this;
        if (constant.Type != ElementType.Float32) _dimensions = [.. constant.ToInt64s().Select(Dimension.Of)];
        else if (constant.Count <= LongestFloats) _reals = [.. constant.ToFloats().Select(Real.Of)];
        return this;
    }
}
