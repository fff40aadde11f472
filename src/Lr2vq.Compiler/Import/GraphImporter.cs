using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>ONNX model → graph of the run time's operators, with every shape inferred and everything constant folded.</summary>
internal sealed class GraphImporter
{
    private const int MostNamed = 3;

    private readonly OnnxModel _model;
    private readonly string? _file;
    private readonly DiagnosticBag _bag;
    private readonly Graph _graph;
    private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal);

    /// <summary>For a graph inside a node: the graph around it, whose values it reads.</summary>
    private readonly GraphImporter? _outer;

    private readonly FloatTypes _floats;

    /// <summary>Nodes that the model wants computed in f64.</summary>
    private readonly List<string> _wide;

    /// <summary>Optional outputs that no node makes; a problem only if something reads them.</summary>
    private readonly Dictionary<string, Diagnostic> _refused = new(StringComparer.Ordinal);

    /// <summary>Values that could not be made because of a problem that is already reported.</summary>
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    private GraphImporter(OnnxModel model, string name, string? file, DiagnosticBag bag)
    {
        (_model, _file, _bag) = (model, file, bag);
        _graph = new Graph { Name = name, File = file, Opset = model.Opset, ModelBytes = model.OriginalBytes };
        (_floats, _wide) = (new FloatTypes(), []);
    }

    private GraphImporter(GraphImporter outer) => 
        (_outer, _model, _file, _bag, _graph, _floats, _wide) = (outer, outer._model, outer._file, outer._bag, outer._graph, outer._floats, outer._wide);

    /// <param name="model">The model; its payloads must stay readable as long as the graph is used.</param>
    /// <param name="name">Name of the network.</param>
    /// <param name="file">The file as the user gave it, for diagnostics.</param>
    /// <param name="dimensions">Symbolic dimensions to fix, by name.</param>
    /// <param name="bag">Receives all problems.</param>
    /// <returns>Null if the bag got an error.</returns>
    public static Graph? Import(OnnxModel model, string name, string? file, IReadOnlyDictionary<string, long> dimensions, DiagnosticBag bag)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        while (true)
        {
            var importer = new GraphImporter(model, name, file, bag);
            try
            {
                return importer.FindUnsupported(model.Graph) && importer.AddInputs(dimensions, known) && importer.AddNodes(model.Graph) && importer.AddOutputs() ? importer._graph : null;
            }
            catch (DimensionKnownException e) when (known.TryAdd(e.Symbol, e.Length))
            {
                // Once for each symbol at most.
            }
        }
    }

    /// <summary>Reports every operator that is not supported, before anything else is tried.</summary>
    private bool FindUnsupported(OnnxGraph graph)
    {
        var groups = graph.Nodes.Where(node => OnnxOperators.Find(node.Domain, node.OpType) is null)
            .GroupBy(node => (node.Domain, node.OpType)).OrderBy(group => group.Key.Domain, StringComparer.Ordinal).ThenBy(group => group.Key.OpType, StringComparer.Ordinal);
        bool none = true;
        foreach (var group in groups)
        {
            OnnxNode first = group.First();
            string[] names = [.. group.Select(node => node.Label).Take(8)];
            string list = string.Join(", ", names) + (group.Count() > names.Length ? $" and {group.Count() - names.Length} more" : "");
            _bag.Add(DiagnosticCatalogue.UnsupportedOperator.At(new DiagnosticPlace(_file, first.Label), first.Label, group.Key.OpType, group.Key.Domain,
                first.Opset, list));
            none = false;
        }
        return none;
    }

    private bool AddInputs(IReadOnlyDictionary<string, long> dimensions, Dictionary<string, long> known)
    {
        var symbols = new SymbolTable();
        var used = new HashSet<string>(StringComparer.Ordinal);
        bool sound = true;
        var inputs = new List<(OnnxValueInfo Info, Dimension[] Shape)>();
        foreach (OnnxValueInfo info in _model.Graph.TrueInputs())
        {
            string? problem = info.NotTensor is { } kind ? "is " + kind : info.Type == ElementType.String ? "is text"
                : info.Dims is null ? "has no shape" : info.Dims.Any(d => d.IsNumber && d.Number < 0) ? "has a negative dimension" : null;
            if (problem is not null)
            {
                sound = false;
                _bag.Add(DiagnosticCatalogue.UnsupportedInput.At(new DiagnosticPlace(_file, null, info.Name), info.Name, problem));
                continue;
            }
            inputs.Add((info, [.. info.Dims!.Select(d => d.IsNumber ? Dimension.Of(d.Number) : d.Symbol is { } name ? symbols.Named(name) : symbols.Unknown())]));
        }
        if (!sound) return false;
        var fixedOnes = new Dictionary<string, Dimension>(StringComparer.Ordinal);
        foreach (PlanSymbol symbol in symbols.Symbols)
            if (dimensions.TryGetValue(symbol.Name.Length > 0 && dimensions.ContainsKey(symbol.Name) ? symbol.Name : symbol.Identifier, out long length))
            {
                fixedOnes[symbol.Identifier] = length;
                used.Add(dimensions.ContainsKey(symbol.Name) ? symbol.Name : symbol.Identifier);
            }
            else if (known.TryGetValue(symbol.Identifier, out length)) fixedOnes[symbol.Identifier] = length;
            else _graph.Symbols.Add(symbol);
        foreach (string name in dimensions.Keys.Where(name => !used.Contains(name)).Order(StringComparer.Ordinal))
        {
            string[] names = [.. symbols.Symbols.Select(s => s.Name.Length > 0 ? s.Name : s.Identifier)];
            _bag.Add(DiagnosticCatalogue.UnknownDimension.At(new DiagnosticPlace(_file), name, names.Length > 0 ? string.Join(", ", names) : "none", Spelling.Hint(name, names)));
            sound = false;
        }
        foreach ((OnnxValueInfo info, Dimension[] shape) in inputs)
        {
            var value = new Value(info.Name, info.Type, [.. shape.Select(d => d.Substitute(fixedOnes))]);
            _graph.Inputs.Add(new GraphInput(info.Name, value));
            // Other floats are widened at once; everything computes in f32.
            Value computed = ElementTypes.IsFloat(info.Type) ? new GraphBuilder(_graph, info.Name).Cast(value, ElementType.Float32) : value;
            _values[info.Name] = computed;
            _floats.Set(info.Name, computed, info.Type, value);
        }
        AddInitializers(_model.Graph);
        return sound;
    }

    private void AddInitializers(OnnxGraph graph)
    {
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            Value value = Value.Of(tensor.Name, new OnnxConstant(tensor));
            _values[tensor.Name] = value;
            _floats.Set(tensor.Name, value, tensor.ElementType, OnnxConstant.Exact(tensor));
        }
    }

    private bool AddNodes(OnnxGraph graph)
    {
        foreach (OnnxNode node in graph.Nodes)
            if (Operands(node) is not { } operands || !AddNode(node, operands))
                _missing.UnionWith(node.Outputs);
        return !_bag.HasErrors;
    }

    /// <summary>The outputs of a graph that is an attribute of a node.</summary>
    /// <exception cref="BranchException">It cannot be imported; the bag says why.</exception>
    private Value[] AddBranch(OnnxGraph branch)
    {
        var inner = new GraphImporter(this);
        inner.AddInitializers(branch);
        if (!inner.FindUnsupported(branch) || !inner.AddNodes(branch)) throw new BranchException();
        return [.. branch.Outputs.Select(output => inner.Find(output.Name) ?? throw new GraphException($"its branch does not make '{output.Name}'"))];
    }

    /// <summary>A value of this graph, or of one around it.</summary>
    private Value? Find(string name) => _values.TryGetValue(name, out Value? value) ? value : _outer?.Find(name);

    private bool IsMissing(string name) => _missing.Contains(name) || !_values.ContainsKey(name) && _outer?.IsMissing(name) == true;

    private Diagnostic? FindRefused(string name) => _refused.GetValueOrDefault(name) ?? (_values.ContainsKey(name) ? null : _outer?.FindRefused(name));

    private bool AddNode(OnnxNode node, Value?[] operands)
    {
        var context = new NodeContext(node, operands, _graph, _floats, AddBranch);
        (DiagnosticDefinition Definition, string Text) problem;
        IReadOnlyList<string> more = [];
        try
        {
            OnnxOperators.Find(node.Domain, node.OpType)!.Import(context);
            for (int i = 0; i < node.Outputs.Count; i++)
                if (node.Outputs[i].Length == 0) continue;
                else if (context.Results[i] is { } result) AddResult(node, i, result, operands, context);
                else _refused[node.Outputs[i]] = DiagnosticCatalogue.UnsupportedForm.At(new DiagnosticPlace(_file, node.Label), node.Label, node.OpType, $"its output {i} is used");
            return true;
        }
        catch (ImportException e)
        {
            (problem, more) = ((e.Definition, e.Message), e.More);
        }
        catch (BranchException)
        {
            return false;
        }
        catch (GraphException e)
        {
            problem = (DiagnosticCatalogue.InvalidNode, e.Message);
        }
        catch (ArithmeticException e)
        {
            problem = (DiagnosticCatalogue.ShapeTooLarge, e.Message);
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            // What a rule does not expect of a damaged node.
            problem = (DiagnosticCatalogue.InvalidNode, e.Message);
        }
        _bag.Add(problem.Definition.At(new DiagnosticPlace(_file, node.Label), [node.Label, node.OpType, problem.Text, .. more]));
        return false;
    }

    /// <summary>Floats have the type of the node's first operand of floats, unless its importer says another.</summary>
    private void AddResult(OnnxNode node, int output, Value result, Value?[] operands, NodeContext context)
    {
        string name = node.Outputs[output];
        _values[name] = result;
        if (!result.IsFloat) return;
        int first = Array.FindIndex(operands, operand => operand?.IsFloat == true), same = Array.IndexOf(operands, result);
        ElementType type = context.FloatType ?? (first < 0 ? _floats.Of(result) : _floats.Of(node.Inputs[first], operands[first]!));
        Value? exact = output == 0 && context.ExactResult is { } given ? given : same >= 0 ? _floats.Exact(node.Inputs[same]) : null;
        _floats.Set(name, result, type, exact?.Type == type ? exact : null);
        if (type == ElementType.Float64 && exact is null && _wide.Count <= MostNamed) _wide.Add(node.Label);
    }

    private Value?[]? Operands(OnnxNode node)
    {
        var operands = new Value?[node.Inputs.Count];
        for (int i = 0; i < operands.Length; i++)
        {
            string name = node.Inputs[i];
            if (name.Length == 0) continue;
            if (IsMissing(name)) return null;
            if (FindRefused(name) is { } refused)
            {
                if (!_bag.All.Contains(refused)) _bag.Add(refused);
                return null;
            }
            operands[i] = Find(name);
            if (operands[i] is null)
            {
                _bag.Add(DiagnosticCatalogue.UnknownValue.At(new DiagnosticPlace(_file, node.Label, name), node.Label, node.OpType, name));
                return null;
            }
        }
        return operands;
    }

    private bool AddOutputs()
    {
        foreach (OnnxValueInfo info in _model.Graph.Outputs)
        {
            if (!_values.TryGetValue(info.Name, out Value? value))
            {
                _bag.Add(_refused.GetValueOrDefault(info.Name) ?? DiagnosticCatalogue.UnsupportedInput.At(new DiagnosticPlace(_file, null, info.Name), info.Name, "is made by no node"));
                continue;
            }
            if (Declarations.Differs(info, value, _floats.Of(info.Name, value), exactLengths: true) is { } differs)
                _bag.Add(DiagnosticCatalogue.DeclaredDifferently.At(new DiagnosticPlace(_file, value.Producer?.Name, info.Name), info.Name, differs.Declared, differs.Computed));
            // The caller gets the type that the model promises.
            Value? exact = _floats.Exact(info.Name);
            bool narrow = value.IsFloat && ElementTypes.IsFloat(info.Type) && info.Type != ElementType.Float32;
            if (narrow && exact?.Type == info.Type && exact.Constant is null) (value, narrow) = (exact, false);
            if (value.Producer is null) value = _graph.View(value, info.Name).Output;
            if (narrow) value = new GraphBuilder(_graph, info.Name).Cast(value, info.Type);
            _graph.Outputs.Add(new GraphOutput(info.Name, value));
        }
        if (_wide.Count > 0)
            _bag.Add(DiagnosticCatalogue.ComputedInSingle.At(new DiagnosticPlace(_file, _wide[0]), string.Join(", ", _wide.Take(MostNamed)) + (_wide.Count > MostNamed ? ", …" : "")));
        return !_bag.HasErrors;
    }
}
