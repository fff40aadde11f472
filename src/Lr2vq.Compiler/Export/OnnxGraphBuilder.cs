using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>Writes ONNX nodes: names for what is between, constants, and expressions of dimensions as nodes.</summary>
internal sealed class OnnxGraphBuilder : IDimensionArithmetic<string>
{
    private Dictionary<string, (string Input, int Axis)> _symbols = new(StringComparer.Ordinal);
    private Dictionary<string, string> _expressions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names;
    private int _next;

    /// <param name="plan">Its inputs tell where symbols come from.</param>
    /// <param name="names">Names that are taken.</param>
    public OnnxGraphBuilder(Plan plan, IEnumerable<string> names)
    {
        _names = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (PlanPort input in plan.Inputs)
            for (int axis = 0; axis < input.Shape.Count; axis++)
                if (Dimension.IsIdentifier(input.Shape[axis].ToString())) _symbols.TryAdd(input.Shape[axis].ToString(), (input.Name, axis));
    }

    /// <summary>A size is an axis of a value that a node made.</summary>
    public void Find(string size, string value, int axis) => _symbols.TryAdd(size, (value, axis));

    /// <summary>A size is a vector of one number.</summary>
    public void Know(string size, string value) => _expressions[size] = value;

    /// <summary>The oldest opset that has all nodes, 18 at least.</summary>
    public int Opset { get; private set; } = 18;

    /// <summary>Other domains that have nodes, with their versions.</summary>
    public Dictionary<string, int> Domains { get; } = new(StringComparer.Ordinal);

    public OnnxGraph Graph { get; private set; } = new() { Name = "lr2vq" };

    /// <summary>A graph that is an attribute; it reads what is around it.</summary>
    /// <param name="write">Writes its nodes.</param>
    /// <param name="results">Its outputs: names, and what they are.</param>
    /// <param name="inputs">Its inputs; none for the branch of an If.</param>
    public OnnxGraph Inner(Action write, IEnumerable<(string Name, ElementType Type, int Rank)> results, IEnumerable<(string Name, ElementType Type, int Rank)>? inputs = null)
    {
        (OnnxGraph outer, Dictionary<string, string> expressions, Dictionary<string, (string, int)> symbols) = (Graph, _expressions, _symbols);
        // What is computed inside is not known outside.
        (Graph, _expressions, _symbols) = (new() { Name = Fresh("branch") }, new(expressions, StringComparer.Ordinal), new(symbols, StringComparer.Ordinal));
        foreach ((string name, ElementType type, int rank) in inputs ?? []) Graph.Inputs.Add(new OnnxValueInfo(name, type, [.. Enumerable.Repeat(OnnxDimension.Unknown, rank)]));
        write();
        foreach ((string name, ElementType type, int rank) in results)
            Graph.Outputs.Add(new OnnxValueInfo(Node("Identity", [name]), type, [.. Enumerable.Repeat(OnnxDimension.Unknown, rank)]));
        OnnxGraph inner = Graph;
        (Graph, _expressions, _symbols) = (outer, expressions, symbols);
        return inner;
    }

    /// <summary>A name that nothing has yet.</summary>
    public string Fresh(string prefix)
    {
        string name;
        do name = prefix + "_" + _next++.ToString(CultureInfo.InvariantCulture);
        while (!_names.Add(name));
        return name;
    }

    /// <summary>Some node is younger than most.</summary>
    public void Require(int opset) => Opset = Math.Max(Opset, opset);

    /// <summary>Adds a node with one output.</summary>
    public string Node(string op, IEnumerable<string?> inputs, IEnumerable<OnnxAttribute>? attributes = null, string? output = null)
    {
        string name = output ?? Fresh(op);
        Node(op, inputs, [name], attributes);
        return name;
    }

    public void Node(string op, IEnumerable<string?> inputs, IEnumerable<string> outputs, IEnumerable<OnnxAttribute>? attributes = null)
    {
        List<string> names = [.. inputs.Select(input => input ?? "")];
        while (names.Count > 0 && names[^1].Length == 0) names.RemoveAt(names.Count - 1);
        Graph.Nodes.Add(new OnnxNode { Name = outputs.First() + "/" + op, OpType = op, Inputs = names, Outputs = [.. outputs], Attributes = [.. attributes ?? []] });
    }

    /// <summary>Adds a node of another domain.</summary>
    public void NodeOf(string domain, int opset, string op, IEnumerable<string> inputs, IEnumerable<OnnxAttribute> attributes, string output)
    {
        Domains[domain] = opset;
        Graph.Nodes.Add(new OnnxNode { Name = output + "/" + op, OpType = op, Domain = domain, Inputs = [.. inputs], Outputs = [output], Attributes = [.. attributes] });
    }

    /// <summary>The bytes of an initializer; null if there is none of that name.</summary>
    public byte[]? Values(string name) => Graph.Initializers.FirstOrDefault(tensor => tensor.Name == name)?.ToBytes();

    public string Constant(params float[] values) => Constant([values.Length], values);

    public string Constant(long[] dims, float[] values)
    {
        string name = Fresh("constant");
        Graph.Initializers.Add(OnnxTensor.Of(name, dims, values));
        return name;
    }

    public string Scalar(float value) => Constant([], [value]);

    public string Integers(params long[] values)
    {
        string name = Fresh("constant");
        Graph.Initializers.Add(OnnxTensor.Of(name, [values.Length], values));
        return name;
    }

    /// <summary>A vector of dimensions: a constant, or put together from nodes.</summary>
    public string Vector(IReadOnlyList<Dimension> dimensions)
    {
        if (dimensions.All(d => d.IsConstant)) return Integers([.. dimensions.Select(d => d.Value)]);
        string key = "[" + string.Join(",", dimensions) + "]";
        if (_expressions.TryGetValue(key, out string? known)) return known;
        return _expressions[key] = Node("Concat", dimensions.Select(Expression), [OnnxAttribute.Of("axis", 0L)]);
    }

    /// <summary>A vector of floats that dimensions decide.</summary>
    public string Vector(IReadOnlyList<Real> values) => Node("Concat", values.Select(value => value.Compute(this)), [OnnxAttribute.Of("axis", 0L)]);

    /// <summary>A dimension as a vector of one element.</summary>
    public string Expression(Dimension dimension)
    {
        string key = dimension.ToString();
        return _expressions.TryGetValue(key, out string? known) ? known : _expressions[key] = dimension.Compute(this);
    }

    /// <summary>A dimension as a scalar.</summary>
    public string ScalarExpression(Dimension dimension) => Node("Squeeze", [Expression(dimension)]);

    string IDimensionArithmetic<string>.Number(long value) => Integers(value);

    string IDimensionArithmetic<string>.Number(float value) => Constant(value);

    string IDimensionArithmetic<string>.Symbol(string name)
    {
        if (_expressions.TryGetValue(name, out string? known)) return known;
        (string input, int axis) = _symbols.TryGetValue(name, out var place) ? place : throw new FormatException($"Nothing has the dimension {name}");
        return _expressions[name] = Node("Shape", [input], [OnnxAttribute.Of("start", (long)axis), OnnxAttribute.Of("end", axis + 1L)]);
    }

    string IDimensionArithmetic<string>.Add(string left, string right) => Node("Add", [left, right]);

    string IDimensionArithmetic<string>.Multiply(string left, string right) => Node("Mul", [left, right]);

    string IDimensionArithmetic<string>.FloorDivide(string left, string right, bool cut) =>
        Node("Div", [cut ? left : Node("Sub", [left, Node("Mod", [left, right])]), right]);

    string IDimensionArithmetic<string>.Max(string left, string right) => Node("Max", [left, right]);

    string IDimensionArithmetic<string>.Min(string left, string right) => Node("Min", [left, right]);

    string IDimensionArithmetic<string>.Choose(string condition, string positive, string other) =>
        Node("Where", [Node("Greater", [condition, Integers(0)]), positive, other]);

    string IDimensionArithmetic<string>.Broadcast(string left, string right) =>
        Node("Where", [Node("Equal", [left, Integers(1)]), right, left]);

    string IDimensionArithmetic<string>.Truncate(string real) => Cast(real, ElementType.Int64);

    string IDimensionArithmetic<string>.ToReal(string dimension) => Cast(dimension, ElementType.Float32);

    string IDimensionArithmetic<string>.Apply(RealOperation operation, string left, string? right)
    {
        if (operation == RealOperation.RoundAway)
        {
            // In double precision adding a half is exact.
            string half = Cast(Constant(0.5f), ElementType.Float64);
            return Cast(Node("Floor", [Node("Add", [Cast(left, ElementType.Float64), half])]), ElementType.Float32);
        }
        if (operation == RealOperation.Steps)
        {
            string quotient = Node("Div", [Cast(left, ElementType.Float64), Cast(right!, ElementType.Float64)]);
            return Cast(Node("Ceil", [quotient]), ElementType.Float32);
        }
        string op = operation switch
        {
            RealOperation.Subtract => "Sub",
            RealOperation.Multiply => "Mul",
            RealOperation.Divide => "Div",
            RealOperation.Ceiling => "Ceil",
            RealOperation.SquareRoot => "Sqrt",
            _ => operation.ToString(),
        };
        return Node(op, right is null ? [left] : [left, right]);
    }

    private string Cast(string value, ElementType type) => Node("Cast", [value], [OnnxAttribute.Of("to", (long)type)]);
}
