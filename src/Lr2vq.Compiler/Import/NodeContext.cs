using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>An ONNX node while it is imported: its operands as values, its attributes with their defaults, and a place for its results.</summary>
internal sealed class NodeContext
{
    private readonly OnnxNode _node;
    private readonly IReadOnlyList<Value?> _inputs;
    private readonly Func<OnnxGraph, IReadOnlyList<Value>, Value[]> _branch;

    private readonly FloatTypes _floats;

    /// <param name="node">The node.</param>
    /// <param name="inputs">Its operands.</param>
    /// <param name="graph">Where its steps go.</param>
    /// <param name="floats">The model's types of floats.</param>
    /// <param name="branch">Imports a graph that is an attribute of the node, with values for its inputs.</param>
    public NodeContext(OnnxNode node, IReadOnlyList<Value?> inputs, Graph graph, FloatTypes floats, Func<OnnxGraph, IReadOnlyList<Value>, Value[]> branch)
    {
        (_node, _inputs, _floats, _branch) = (node, inputs, floats, branch);
        Builder = new GraphBuilder(graph, node.Label);
        Results = new Value?[node.Outputs.Count];
    }

    public GraphBuilder Builder { get; }

    /// <summary>Version of the ONNX operators for this node.</summary>
    public int Opset => _node.Opset;
    public string OpType => _node.OpType;
    public int InputCount => _inputs.Count;
    public int OutputCount => _node.Outputs.Count;

    /// <summary>The values that stand for the node's outputs.</summary>
    public Value?[] Results { get; }

    /// <summary>The model's type of the results that are floats, where it is not that of the first operand of floats.</summary>
    public ElementType? FloatType { get; set; }

    /// <summary>The first result in the model's type, if that is not f32 and the value exists as such.</summary>
    public Value? ExactResult { get; set; }

    /// <summary>What is said to whoever reads a result that is not given; null: that it is not supported.</summary>
    public ImportException? Missing { get; set; }

    /// <summary>What a build says of the node though it is imported.</summary>
    public List<(DiagnosticDefinition Definition, string[] Arguments)> Notes { get; } = [];

    /// <summary>Adds to <see cref="Notes"/>; the node is the first argument.</summary>
    public void Note(DiagnosticDefinition definition, params string[] arguments) => Notes.Add((definition, [_node.Label, .. arguments]));

    /// <summary>An input that must be there.</summary>
    public Value this[int index]
    {
        get
        {
            Value value = Optional(index) ?? throw Invalid($"input {index} is missing");
            return value.Type != ElementType.String ? value : throw UnsupportedType(value.Type);
        }
    }

    /// <summary>The model's type of an input that is there; f64 and narrow floats are f32 in the graph.</summary>
    public ElementType TypeOf(int index) => _floats.Of(_node.Inputs[index], this[index]);

    /// <summary>An input in the model's type where it exists as such, else as the graph has it.</summary>
    public Value Exact(int index) => this[index] is var value && _floats.Exact(_node.Inputs[index]) is { } exact ? exact : value;

    public Value? Optional(int index) => index < _inputs.Count ? _inputs[index] : null;

    public string? OutputName(int index = 0) => Wants(index) ? _node.Outputs[index] : null;

    /// <summary>True if the model gives output <paramref name="index"/> a name.</summary>
    public bool Wants(int index) => index < _node.Outputs.Count && _node.Outputs[index].Length > 0;

    /// <summary>What the graphs inside nodes share.</summary>
    public required InnerGraphs Inner { get; init; }

    /// <summary>The shape that the model writes down for an output, if all of it is numbers.</summary>
    public required Func<int, int[]?> Declared { get; init; }

    /// <summary>The declared shape of the first result, where data decide about it: the step takes them as operands, and the run time compares. Null where nothing
    /// of these operands is data, or the model declares no such numbers.</summary>
    /// <param name="rank">How many dimensions the result has.</param>
    /// <param name="operands">Those that decide.</param>
    public Dimension[]? ShapeOfData(int rank, params ReadOnlySpan<int> operands)
    {
        foreach (int operand in operands)
            if (Optional(operand) is { Constant: null, Dimensions: null, Reals: null, Unfollowed: null } data && Declared(0) is { } shape && shape.Length == rank)
            {
                Note(DiagnosticCatalogue.DeclaredSizesTaken, OpType, data.Name);
                return Array.ConvertAll(shape, length => Dimension.Of(length));
            }
        return null;
    }

    /// <summary>Gives the outputs their values. Outputs that are not given are refused if something reads them.</summary>
    public void Return(params Value[] values)
    {
        for (int i = 0; i < Results.Length; i++)
            Results[i] = i < values.Length ? values[i] : null;
    }

    public bool Has(string name) => _node.Attribute(name) is not null;

    public int Int(string name, int absent) => _node.Attribute(name) is { } attribute ? Narrow(attribute.Int) : absent;

    public float Float(string name, float absent) => _node.Attribute(name)?.Float ?? absent;

    public string Text(string name, string absent) => _node.Attribute(name)?.String ?? absent;

    /// <summary>A text that must be one of these.</summary>
    public string Choice(string name, string absent, params ReadOnlySpan<string> words)
    {
        string text = Text(name, absent);
        return words.Contains(text) ? text : throw Invalid($"the attribute {name} is '{text}'");
    }

    public int[]? Ints(string name) => _node.Attribute(name) is { } attribute ? Array.ConvertAll(attribute.Ints, Narrow) : null;

    public OnnxAttribute? Attribute(string name) => _node.Attribute(name);

    /// <summary>Adds the nodes of a graph that is an attribute; returns its outputs.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="branch">The branch that they are in; null for that of the node.</param>
    public Value[] Branch(string name, Branch? branch = null)
    {
        OnnxGraph inner = Graph(name);
        Branch? outer = Builder.Graph.Branch;
        try
        {
            Builder.Graph.Branch = branch ?? outer;
            return _branch(inner, []);
        }
        finally
        {
            Builder.Graph.Branch = outer;
        }
    }

    /// <summary>A graph that is an attribute.</summary>
    public OnnxGraph Graph(string name) => _node.Attribute(name)?.Graph ?? throw Invalid($"the attribute {name} is missing");

    /// <summary>Adds the nodes of a loop's body once; returns its outputs.</summary>
    public Value[] Turn(OnnxGraph body, IReadOnlyList<Value> arguments) => _branch(body, arguments);

    /// <summary>The model's type of a value that the graph has as f32.</summary>
    public ElementType TypeOf(Value value) => _floats.Of(value);

    /// <summary>A value that has the types of another one, and its shape unless another is given.</summary>
    public Value Like(Value other, string name, Dimension[]? shape = null)
    {
        var value = new Value(name, other.Type, shape ?? other.Shape);
        _floats.Set(name, value, _floats.Of(other));
        return value;
    }

    /// <summary>Ends are often the largest 64-bit numbers.</summary>
    public static int Narrow(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);

    /// <summary>An axis between 0 and rank − 1.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Invalid($"axis {axis} is outside a tensor of {rank} dimensions");

    /// <summary>Axes without repetition, sorted.</summary>
    public int[] Axes(IEnumerable<int> axes, int rank)
    {
        int[] sorted = [.. axes.Select(axis => Axis(axis, rank)).Order()];
        return sorted.Distinct().Count() == sorted.Length ? sorted : throw Invalid("an axis is named twice");
    }

    /// <summary>The elements of an integer input, numbers or expressions.</summary>
    public Dimension[] Sizes(int input, string what) => this[input].Dimensions ?? throw DataDependent(what, this[input]);

    /// <summary>The elements of an integer input that must be numbers.</summary>
    public int[] Numbers(int input, string what) =>
        [.. Sizes(input, what).Select(size => size.IsConstant ? Narrow(size.Value) : throw NotANumber(what, size))];

    /// <summary>The only element of an integer input, which must be a number.</summary>
    public int Number(int input, string what) => Numbers(input, what) is [int only] ? only : throw Invalid($"{what} is not one number");

    /// <summary>An attribute before <paramref name="opset"/>, an optional input since; null if absent.</summary>
    public int[]? AttributeOrInput(string name, int input, int opset) =>
        Opset < opset ? Ints(name) : Optional(input) is null ? null : Numbers(input, name);

    /// <summary>Two lengths that must be equal. One that is only a symbol of an input thereby becomes a number.</summary>
    /// <returns>False if they certainly differ.</returns>
    public static bool Unify(Dimension left, Dimension right)
    {
        if (left.IsConstant == right.IsConstant) return Shapes.MayBeEqual(left, right);
        (Dimension number, string symbol) = left.IsConstant ? (left, right.ToString()) : (right, left.ToString());
        return Dimension.IsIdentifier(symbol) && !Dimension.IsSize(symbol) ? throw new DimensionKnownException(symbol, number.Value) : true;
    }

    /// <summary>Refuses operands of 4 bits, and floats of 8.</summary>
    public void RefuseNarrow()
    {
        foreach (Value? input in _inputs)
            if (input is not null && ElementTypes.IsNarrow(input.Type)) throw UnsupportedType(input.Type);
    }

    /// <summary>An operand of a computation in floats.</summary>
    public Value Floats(int index) => this[index].IsFloat ? this[index] : throw UnsupportedType(this[index].Type);

    /// <summary>An operand of indices.</summary>
    public Value Indices(int index) => this[index].Type is ElementType.Int32 or ElementType.Int64 ? this[index] : throw Invalid("its indices are not i32 or i64");

    public ImportException Invalid(string reason) => new(DiagnosticCatalogue.InvalidNode, reason);

    public ImportException Unsupported(string what) => new(DiagnosticCatalogue.UnsupportedForm, what);

    /// <param name="what">What the node needs.</param>
    /// <param name="of">The value that holds it.</param>
    public ImportException DataDependent(string what, Value of) => of.Unfollowed is { } unfollowed && !unfollowed.Symbols.Any(Dimension.IsSize)
        ? NotFollowed(what, unfollowed.Symbols, $"in a way that is not followed (node '{unfollowed.Node}', {unfollowed.Operator})")
        : DecidingInputs.Refuse(DiagnosticCatalogue.DataDependentShape, what, of,
            "Shapes may depend on the shapes of the inputs, and on how much NonZero, NonMaxSuppression, Compress and Unique find, not on other values; export the model with constant sizes there");

    /// <summary>An expression where a number is needed.</summary>
    public ImportException NotANumber(string what, Dimension size)
    {
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        size.CollectSymbols(symbols);
        return symbols.Any(Dimension.IsSize) ? Found(what, symbols) : NotFollowed(what, symbols, "and must be a number here");
    }

    /// <summary>A size where a number is needed.</summary>
    private ImportException Found(string what, SortedSet<string> symbols)
    {
        Node? finder = Builder.Graph.Nodes.FirstOrDefault(node => node.Size is { } size && symbols.Contains(size.Identifier));
        return new(DiagnosticCatalogue.DataDependentShape, what, finder is null ? "" : $": on how much node '{finder.Name}' ({finder.Operator}) finds",
            "Lengths may depend on how much is found, but this has to be a number; export the model with a constant there");
    }

    private static ImportException NotFollowed(string what, IReadOnlyCollection<string> symbols, string way) => new(DiagnosticCatalogue.ShapeNotFollowed, what,
        string.Join(", ", symbols), way, string.Join(";", symbols.Select(symbol => symbol + "=64")));

    /// <summary>What computes something else while a network is trained.</summary>
    public ImportException Training(string sign) => new(DiagnosticCatalogue.TrainingMode, sign);

    /// <summary>A dimension decides how many dimensions the result has.</summary>
    public ImportException UnknownRank(Dimension length)
    {
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        length.CollectSymbols(symbols);
        if (symbols.Any(Dimension.IsSize)) return Found("the number of dimensions of its result", symbols);
        return new ImportException(DiagnosticCatalogue.RankUnknown, length.ToString(), string.Join(";", symbols.Select(symbol => symbol + "=1")));
    }

    public ImportException UnsupportedType(ElementType type) =>
        new(DiagnosticCatalogue.UnsupportedType, type == ElementType.Undefined ? "unknown" : ElementTypes.Word(type));
}
