using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Writes ONNX models for tests.
/// <code>byte[] model = new OnnxBuilder(opset: 17).Input("x", ElementType.Float32, "N", 3).Node("Relu", ["x"], ["y"]).Output("y", ElementType.Float32, "N", 3).Build();</code></summary>
internal sealed class OnnxBuilder
{
    private readonly OnnxWire _graph = new();
    private readonly List<(string Domain, long Version)> _opsets = [];
    private readonly List<OnnxWire> _functions = [];
    private readonly List<(string Key, string Value)> _metadata = [];
    private readonly int _irVersion;
    private int _nodes;

    /// <param name="opset">Version of the default domain; 0: none is imported.</param>
    public OnnxBuilder(int opset = 17, string graphName = "test", int irVersion = 8)
    {
        if (opset > 0) _opsets.Add(("", opset));
        _irVersion = irVersion;
        _graph.Text(2, graphName);
    }

    /// <summary>How an initializer's values are written.</summary>
    public enum Form { Raw, Typed }

    /// <summary>A model of one operator. Inputs with a value become initializers if <paramref name="constants"/> names them, else inputs of their shape.</summary>
    public static byte[] OneNode(string op, int opset, (string Name, HostTensor? Value)[] inputs, string[] outputs,
        (string Name, object Value)[]? attributes = null, string[]? constants = null)
    {
        OnnxBuilder builder = new(opset);
        foreach ((string name, HostTensor? value) in inputs)
        {
            if (value is null) continue;
            if (constants is not null && constants.Contains(name)) builder.Initializer(name, value);
            else builder.Input(name, value.Type, Array.ConvertAll(value.Shape, d => (object?)d));
        }
        builder.Node(op, [.. inputs.Select(i => i.Value is null ? "" : i.Name)], outputs, attributes ?? []);
        foreach (string output in outputs.Where(o => o.Length > 0)) builder.Output(output);
        return builder.Build();
    }

    public OnnxBuilder Opset(string domain, int version)
    {
        _opsets.Add((domain, version));
        return this;
    }

    public OnnxBuilder Metadata(string key, string value)
    {
        _metadata.Add((key, value));
        return this;
    }

    /// <param name="dimensions">A number, a text (symbol) or null (unknown) each.</param>
    public OnnxBuilder Input(string name, ElementType type, params object?[] dimensions)
    {
        _graph.Message(11, ValueInfo(name, type, dimensions));
        return this;
    }

    public OnnxBuilder Output(string name, ElementType type, params object?[] dimensions)
    {
        _graph.Message(12, ValueInfo(name, type, dimensions));
        return this;
    }

    /// <summary>An output whose type and shape are not declared.</summary>
    public OnnxBuilder Output(string name)
    {
        _graph.Message(12, new OnnxWire().Text(1, name));
        return this;
    }

    /// <summary>An output that is a sequence of tensors.</summary>
    public OnnxBuilder SequenceOutput(string name, ElementType type)
    {
        OnnxWire element = new OnnxWire().Message(1, new OnnxWire().Varint(1, (int)type));
        _graph.Message(12, new OnnxWire().Text(1, name).Message(2, new OnnxWire().Message(4, new OnnxWire().Message(1, element))));
        return this;
    }

    /// <summary>An output that is a dictionary from whole numbers to floats for each row, as classical models have it.</summary>
    public OnnxBuilder DictionariesOutput(string name)
    {
        OnnxWire number = new OnnxWire().Message(1, new OnnxWire().Varint(1, (int)ElementType.Float32)), map = new OnnxWire().Varint(1, (int)ElementType.Int64).Message(2, number);
        _graph.Message(12, new OnnxWire().Text(1, name).Message(2, new OnnxWire().Message(4, new OnnxWire().Message(1, new OnnxWire().Message(5, map)))));
        return this;
    }

    public OnnxBuilder ValueType(string name, ElementType type, params object?[] dimensions)
    {
        _graph.Message(13, ValueInfo(name, type, dimensions));
        return this;
    }

    public OnnxBuilder Initializer(string name, HostTensor value, Form form = Form.Raw)
    {
        _graph.Message(5, OnnxTensor.Write(name, value, form));
        return this;
    }

    /// <summary>An initializer whose bytes are in another file; the caller writes that file.</summary>
    public OnnxBuilder ExternalInitializer(string name, ElementType type, int[] shape, string location, long? offset = null, long? length = null)
    {
        _graph.Message(5, OnnxTensor.WriteExternal(name, type, shape, location, offset, length));
        return this;
    }

    public OnnxBuilder Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        Node(op, inputs, outputs, name: null, domain: "", attributes);

    public OnnxBuilder Node(string op, string[] inputs, string[] outputs, string? name, string domain, params (string Name, object Value)[] attributes)
    {
        _graph.Message(1, NodeMessage(op, inputs, outputs, name ?? $"{op}_{_nodes}", domain, attributes));
        _nodes++;
        return this;
    }

    /// <summary>A Constant node.</summary>
    public OnnxBuilder Constant(string name, HostTensor value) => Node("Constant", [], [name], ("value", value));

    /// <summary>A local function; <paramref name="nodes"/> adds its nodes.</summary>
    public OnnxBuilder Function(string domain, string name, string[] inputs, string[] outputs, string[] attributes,
        (string Domain, int Version)[] opsets, Action<OnnxFunctionBody> nodes)
    {
        OnnxWire function = new OnnxWire().Text(1, name);
        foreach (string input in inputs) function.Text(4, input);
        foreach (string output in outputs) function.Text(5, output);
        foreach (string attribute in attributes) function.Text(6, attribute);
        nodes(new OnnxFunctionBody(function));
        foreach ((string opsetDomain, int version) in opsets) function.Message(9, OpsetMessage(opsetDomain, version));
        function.Text(10, domain);
        _functions.Add(function);
        return this;
    }

    public byte[] Build()
    {
        OnnxWire model = new OnnxWire().Varint(1, _irVersion).Text(2, "lr2vq tests").Message(7, _graph);
        foreach ((string domain, long version) in _opsets) model.Message(8, OpsetMessage(domain, version));
        foreach ((string key, string value) in _metadata) model.Message(14, new OnnxWire().Text(1, key).Text(2, value));
        foreach (OnnxWire function in _functions) model.Message(25, function);
        return model.ToArray();
    }

    public void Write(string path) => File.WriteAllBytes(path, Build());

    /// <summary>The graph alone, as the value of an attribute (If, Loop).</summary>
    internal OnnxWire GraphMessage => _graph;

    internal static OnnxWire NodeMessage(string op, string[] inputs, string[] outputs, string name, string domain, (string Name, object Value)[] attributes)
    {
        OnnxWire node = new();
        foreach (string input in inputs) node.Text(1, input);
        foreach (string output in outputs) node.Text(2, output);
        node.Text(3, name).Text(4, op);
        foreach ((string key, object value) in attributes) node.Message(5, OnnxAttribute.Write(key, value));
        if (domain.Length > 0) node.Text(7, domain);
        return node;
    }

    internal static OnnxWire ValueInfo(string name, ElementType type, object?[] dimensions)
    {
        OnnxWire shape = new();
        foreach (object? dimension in dimensions)
        {
            OnnxWire written = new();
            if (dimension is string symbol) written.Text(2, symbol);
            else if (dimension is not null) written.Varint(1, Convert.ToInt64(dimension, null));
            shape.Message(1, written);
        }
        OnnxWire tensor = new OnnxWire().Varint(1, (int)type).Message(2, shape);
        return new OnnxWire().Text(1, name).Message(2, new OnnxWire().Message(1, tensor));
    }

    private static OnnxWire OpsetMessage(string domain, long version) => new OnnxWire().Text(1, domain).Varint(2, version);
}

/// <summary>Takes the nodes of a local function.</summary>
internal sealed class OnnxFunctionBody(OnnxWire function)
{
    public OnnxFunctionBody Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        function.Message(7, OnnxBuilder.NodeMessage(op, inputs, outputs, op, "", attributes));
        return this;
    }

    public OnnxFunctionBody NodeOf(string domain, string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        function.Message(7, OnnxBuilder.NodeMessage(op, inputs, outputs, op, domain, attributes));
        return this;
    }
}
