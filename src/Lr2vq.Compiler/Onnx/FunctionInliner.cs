using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Replaces calls of local functions by their bodies, nested ones too, and gives every node the version of its domain.</summary>
/// <remarks>Inner values and nodes are named after the call: <c>call/inner</c>. Names stay unique.</remarks>
internal sealed class FunctionInliner
{
    /// <summary>Functions that call functions twice can grow without end from a small file.</summary>
    public const int MaxNodes = 200_000;

    private const int MaxDepth = 64, LongestPrefix = 200;

    private readonly OnnxModel _model;
    private readonly ProblemList _problems;
    private readonly Dictionary<(string, string, string), OnnxFunction> _functions = [];
    private readonly Dictionary<OnnxFunction, int> _costs = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private readonly List<OnnxFunction> _active = [];
    private long _made;
    private int _calls;

    private FunctionInliner(OnnxModel model, ProblemList problems) => (_model, _problems) = (model, problems);

    public static void Inline(OnnxModel model, ProblemList problems) => new FunctionInliner(model, problems).Run();

    private void Run()
    {
        SetOpsets(_model.Graph, _model.OpsetImports);
        if (_model.Functions.Count == 0) return;
        foreach (OnnxFunction function in _model.Functions)
        {
            if (!_functions.TryAdd(function.Key, function))
                _problems.Add(DiagnosticCatalogue.FunctionInvalid, default, Name(function), "is defined twice");
            _costs[function] = 1 + function.Nodes.Sum(node => 1 + (node.Inputs.Count + node.Outputs.Count) / 8)
                + (function.Inputs.Count + function.Outputs.Count) / 8;
            foreach (OnnxNode node in function.Nodes) SetOpset(node, function.OpsetImports);
        }
        CollectNames(_model.Graph);
        var nodes = new List<OnnxNode>();
        Expand(_model.Graph.Nodes, nodes);
        if (_made <= MaxNodes) _model.Graph.Nodes = nodes;
    }

    private void SetOpsets(OnnxGraph graph, Dictionary<string, int> imports)
    {
        foreach (OnnxNode node in graph.Nodes) SetOpset(node, imports);
    }

    private void SetOpset(OnnxNode node, Dictionary<string, int> imports)
    {
        node.Opset = imports.TryGetValue(node.Domain, out int version) ? version : _model.OpsetImports.GetValueOrDefault(node.Domain);
        foreach (OnnxGraph graph in Subgraphs(node)) SetOpsets(graph, imports);
    }

    /// <summary>The graphs among a node's attributes.</summary>
    public static IEnumerable<OnnxGraph> Subgraphs(OnnxNode node)
    {
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            if (attribute.Graph is not null) yield return attribute.Graph;
            foreach (OnnxGraph graph in attribute.Graphs) yield return graph;
        }
    }

    private void CollectNames(OnnxGraph graph)
    {
        foreach (OnnxValueInfo input in graph.Inputs) _names.Add(input.Name);
        foreach (OnnxTensor initializer in graph.Initializers) _names.Add(initializer.Name);
        foreach (OnnxNode node in graph.Nodes)
        {
            foreach (string output in node.Outputs) _names.Add(output);
            foreach (OnnxGraph inner in Subgraphs(node)) CollectNames(inner);
        }
    }

    private void Expand(List<OnnxNode> nodes, List<OnnxNode> to)
    {
        foreach (OnnxNode node in nodes)
        {
            if (!_functions.TryGetValue((node.Domain, node.OpType, node.Overload), out OnnxFunction? function))
            {
                foreach (OnnxGraph graph in Subgraphs(node))
                {
                    var inner = new List<OnnxNode>();
                    Expand(graph.Nodes, inner);
                    graph.Nodes = inner;
                }
                to.Add(node);
                continue;
            }
            if (!MayCall(function, node)) continue;
            _active.Add(function);
            Expand(Instantiate(function, node), to);
            _active.RemoveAt(_active.Count - 1);
        }
    }

    private bool MayCall(OnnxFunction function, OnnxNode node)
    {
        if (_made > MaxNodes) return false;
        var place = new DiagnosticPlace(null, node.Label);
        int first = _active.IndexOf(function);
        if (first >= 0)
        {
            _problems.Add(DiagnosticCatalogue.FunctionRecursive, place, Name(function), string.Join(" → ", _active.Skip(first).Append(function).Select(Name)));
            return false;
        }
        if (_active.Count >= MaxDepth)
        {
            _problems.Add(DiagnosticCatalogue.FunctionInvalid, place, Name(function), "is called more than " + MaxDepth + " calls deep");
            return false;
        }
        if (node.Inputs.Count > function.Inputs.Count || node.Outputs.Count > function.Outputs.Count)
        {
            _problems.Add(DiagnosticCatalogue.FunctionInvalid, place, Name(function), "is called by " + node.Label + " with more inputs or outputs than it has");
            return false;
        }
        _made += _costs[function];
        if (_made <= MaxNodes) return true;
        _problems.Add(DiagnosticCatalogue.FunctionTooLarge, place, MaxNodes);
        return false;
    }

    private List<OnnxNode> Instantiate(OnnxFunction function, OnnxNode call)
    {
        _calls++;
        string prefix = call.Name.Length > 0 ? call.Name : call.OpType + "_" + call.Index.ToString(CultureInfo.InvariantCulture);
        if (prefix.Length > LongestPrefix) prefix = "call_" + _calls.ToString(CultureInfo.InvariantCulture);
        prefix += "/";
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < function.Inputs.Count; i++) names[function.Inputs[i]] = i < call.Inputs.Count ? call.Inputs[i] : "";
        var nodes = new List<OnnxNode>(function.Nodes.Count);
        var copies = new List<OnnxNode>();
        for (int i = 0; i < call.Outputs.Count; i++)
        {
            if (call.Outputs[i].Length == 0) continue;
            // An output that is an input, or is listed twice, has its name already.
            if (names.TryAdd(function.Outputs[i], call.Outputs[i])) continue;
            copies.Add(new OnnxNode
            {
                Name = prefix + "Identity_" + i.ToString(CultureInfo.InvariantCulture), OpType = "Identity", Opset = _model.Opset,
                Inputs = [names[function.Outputs[i]]], Outputs = [call.Outputs[i]],
            });
        }
        foreach (OnnxNode node in function.Nodes)
            foreach (string output in node.Outputs)
                if (output.Length > 0 && !names.ContainsKey(output)) names[output] = Unique(prefix + output);
        foreach (OnnxNode node in function.Nodes) nodes.Add(Copy(node, prefix, names, call, function));
        nodes.AddRange(copies);
        return nodes;
    }

    private OnnxNode Copy(OnnxNode node, string prefix, Dictionary<string, string> names, OnnxNode call, OnnxFunction function)
    {
        var copy = new OnnxNode
        {
            Name = prefix + node.Label.Replace(" #", "_", StringComparison.Ordinal), OpType = node.OpType, Domain = node.Domain, Overload = node.Overload,
            Inputs = node.Inputs.ConvertAll(name => names.GetValueOrDefault(name, name)),
            Outputs = node.Outputs.ConvertAll(name => names.GetValueOrDefault(name, name)),
            Index = node.Index, Opset = node.Opset,
        };
        foreach (OnnxAttribute attribute in node.Attributes)
            if (Resolve(attribute, call, function) is { } resolved) copy.Attributes.Add(WithGraphs(resolved, prefix, names, call, function));
        return copy;
    }

    /// <summary>The value that the caller, or else the default, gives an attribute by reference; null if neither does.</summary>
    private OnnxAttribute? Resolve(OnnxAttribute attribute, OnnxNode call, OnnxFunction function)
    {
        if (attribute.RefAttributeName.Length == 0) return attribute;
        OnnxAttribute? given = call.Attribute(attribute.RefAttributeName)
            ?? function.AttributeDefaults.Find(known => known.Name == attribute.RefAttributeName);
        if (given is null) return null;
        if (attribute.Kind != OnnxAttributeKind.Undefined && given.Kind != attribute.Kind)
            _problems.Add(DiagnosticCatalogue.FunctionInvalid, new DiagnosticPlace(null, call.Label), Name(function),
                $"wants attribute '{given.Name}' as {attribute.Kind}, {call.Label} gives {given.Kind}");
        return given.Renamed(attribute.Name);
    }

    private OnnxAttribute WithGraphs(OnnxAttribute attribute, string prefix, Dictionary<string, string> names, OnnxNode call, OnnxFunction function)
    {
        if (attribute.Graph is null && attribute.Graphs.Length == 0) return attribute;
        OnnxAttribute copy = attribute.Renamed(attribute.Name);
        if (copy.Graph is not null) copy.Graph = Copy(copy.Graph, prefix, names, call, function);
        copy.Graphs = Array.ConvertAll(copy.Graphs, graph => Copy(graph, prefix, names, call, function));
        return copy;
    }

    private OnnxGraph Copy(OnnxGraph graph, string prefix, Dictionary<string, string> names, OnnxNode call, OnnxFunction function)
    {
        _made += graph.Nodes.Count + 1;
        // What the subgraph defines itself hides the function's names.
        var inner = new Dictionary<string, string>(names, StringComparer.Ordinal);
        foreach (OnnxValueInfo input in graph.Inputs) inner.Remove(input.Name);
        foreach (OnnxTensor initializer in graph.Initializers) inner.Remove(initializer.Name);
        foreach (OnnxNode node in graph.Nodes)
            foreach (string output in node.Outputs) inner.Remove(output);
        var copy = new OnnxGraph { Name = graph.Name, DocString = graph.DocString };
        copy.Inputs.AddRange(graph.Inputs);
        copy.Initializers.AddRange(graph.Initializers);
        foreach (OnnxValueInfo output in graph.Outputs)
            copy.Outputs.Add(new OnnxValueInfo(inner.GetValueOrDefault(output.Name, output.Name), output.Type, output.Dims, output.DocString, output.NotTensor));
        foreach (OnnxNode node in graph.Nodes) copy.Nodes.Add(Copy(node, prefix, inner, call, function));
        return copy;
    }

    private string Unique(string name)
    {
        string candidate = name;
        while (!_names.Add(candidate))
        {
            // Counted for each name, so that thousands of calls of one name stay fast.
            int number = _suffixes[name] = _suffixes.GetValueOrDefault(name, 1) + 1;
            candidate = name + "_" + number.ToString(CultureInfo.InvariantCulture);
        }
        return candidate;
    }

    private static string Name(OnnxFunction function) => function.Domain.Length == 0 ? function.Name : function.Domain + "." + function.Name;
}
