using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
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
    private readonly GuessedValues _guesses;
    private readonly CancellationToken _cancellation;
    private bool _differs;

    /// <summary>Of graphs inside nodes, and of those that are imported again and again.</summary>
    private readonly InnerGraphs _inner;

    /// <summary>Nodes that the model wants computed in f64.</summary>
    private readonly List<string> _wide;

    /// <summary>Optional outputs that no node makes; a problem only if something reads them.</summary>
    private readonly Dictionary<string, Diagnostic> _refused = new(StringComparer.Ordinal);

    /// <summary>Values that could not be made because of a problem that is already reported.</summary>
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    private GraphImporter(OnnxModel model, string name, string? file, DiagnosticBag bag, CancellationToken cancellation)
    {
        (_model, _file, _bag, _cancellation) = (model, file, bag, cancellation);
        _graph = new Graph { Name = name, File = file, Opset = model.Opset, ModelBytes = model.OriginalBytes };
        (_floats, _wide, _guesses, _inner) = (new FloatTypes(), [], new GuessedValues(), new InnerGraphs(bag));
    }

    private GraphImporter(GraphImporter outer)
    {
        (_outer, _model, _file, _bag, _graph, _cancellation) = (outer, outer._model, outer._file, outer._bag, outer._graph, outer._cancellation);
        (_floats, _wide, _guesses, _inner) = (outer._floats, outer._wide, outer._guesses, outer._inner);
    }

    /// <param name="model">The model; its payloads must stay readable as long as the graph is used.</param>
    /// <param name="name">Name of the network.</param>
    /// <param name="file">The file as the user gave it, for diagnostics.</param>
    /// <param name="choices">Dimensions and inputs to fix.</param>
    /// <param name="bag">Receives all problems.</param>
    /// <param name="cancellation">Looked at between nodes.</param>
    /// <returns>Null if the bag got an error.</returns>
    public static Graph? Import(OnnxModel model, string name, string? file, FixedInputs choices, DiagnosticBag bag, CancellationToken cancellation = default)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        while (true)
        {
            // What was found before a symbol turned out to be a number is found again.
            var problems = new DiagnosticBag();
            var importer = new GraphImporter(model, name, file, problems, cancellation);
            try
            {
                importer.FindUnsupported(model.Graph);
                importer.AddInputs(choices, known);
                importer.AddNodes(model.Graph);
                importer.AddOutputs();
                foreach (Diagnostic problem in problems.All) bag.Add(problem);
                return bag.HasErrors ? null : importer._graph;
            }
            catch (DimensionKnownException e) when (known.TryAdd(e.Symbol, e.Length))
            {
                // Once for each symbol at most.
            }
        }
    }

    /// <summary>Reports every operator that is not supported, before anything that may follow from it.</summary>
    private void FindUnsupported(OnnxGraph graph)
    {
        var groups = graph.Nodes.Where(node => OnnxOperators.Find(node.Domain, node.OpType) is null)
            .GroupBy(node => (node.Domain, node.OpType)).OrderBy(group => group.Key.Domain, StringComparer.Ordinal).ThenBy(group => group.Key.OpType, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            OnnxNode first = group.First();
            string[] names = [.. group.Select(node => node.Label).Take(8)];
            string list = string.Join(", ", names) + (group.Count() > names.Length ? $" and {group.Count() - names.Length} more" : "");
            _bag.Add(DiagnosticCatalogue.UnsupportedOperator.At(new DiagnosticPlace(_file, first.Label), first.Label, group.Key.OpType, group.Key.Domain,
                first.Opset, list, OperatorRemedies.Of(group.Key.Domain, group.Key.OpType)));
        }
    }

    private void AddInputs(FixedInputs choices, Dictionary<string, long> known)
    {
        var symbols = new SymbolTable();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var inputs = new List<(OnnxValueInfo Info, Dimension[] Shape)>();
        foreach (OnnxValueInfo info in _model.Graph.TrueInputs())
        {
            bool isTensor = info is { NotTensor: null, Type: not (ElementType.Undefined or ElementType.String), Dims: not null } && !info.Dims.Any(d => d.IsNumber && d.Number < 0);
            if (isTensor) inputs.Add((info, [.. info.Dims!.Select(d => d.IsNumber ? Dimension.Of(d.Number) : d.Symbol is { } name ? symbols.Named(name) : symbols.Unknown())]));
            else _missing.Add(info.Name);
            // Whoever opened the file has refused the others.
            if (info.Type == ElementType.String) _bag.Add(DiagnosticCatalogue.TextPort.At(new DiagnosticPlace(_file, null, info.Name), "input", info.Name));
        }
        var fixedOnes = new Dictionary<string, Dimension>(StringComparer.Ordinal);
        foreach (PlanSymbol symbol in symbols.Symbols)
            if (choices.KeyOf(symbol) is { } key)
            {
                fixedOnes[symbol.Identifier] = choices.Dimensions[key];
                used.Add(key);
            }
            else if (known.TryGetValue(symbol.Identifier, out long length)) fixedOnes[symbol.Identifier] = length;
            else _graph.Symbols.Add(symbol);
        CheckNames(choices.Dimensions.Keys, used, [.. symbols.Symbols.Select(s => s.Name.Length > 0 ? s.Name : s.Identifier)], DiagnosticCatalogue.UnknownDimension);
        string[] names = [.. _model.Graph.TrueInputs().Select(input => input.Name)];
        CheckNames(choices.Constants.Keys, [.. names, .. Defaulted().Select(input => input.Name)], names, DiagnosticCatalogue.ConstantUnknown);
        foreach ((OnnxValueInfo info, Dimension[] shape) in inputs)
        {
            var value = new Value(info.Name, info.Type, [.. shape.Select(d => d.Substitute(fixedOnes))]);
            if (Problem(value.Shape) is { } wrong)
            {
                _bag.Add(DiagnosticCatalogue.UnsupportedInput.At(new DiagnosticPlace(_file, null, info.Name), info.Name, wrong));
                _missing.Add(info.Name);
                continue;
            }
            foreach ((OnnxDimension declared, Dimension length) in info.Dims!.Zip(value.Shape))
                if (declared.Symbol is not null) _guesses.Lengths[declared.Symbol] = length;
            if (choices.Constants.TryGetValue(info.Name, out string? words))
            {
                if (FixedInput.Make(info, value.Shape, words, _bag) is { } given) AddConstant(info.Name, info.Type, given.Value, given.Exact);
                else _missing.Add(info.Name);
                continue;
            }
            _graph.Inputs.Add(new GraphInput(info.Name, value));
            // Other floats are widened at once; everything computes in f32.
            Value computed = ElementTypes.IsFloat(info.Type) ? new GraphBuilder(_graph, info.Name).Cast(value, ElementType.Float32) : value;
            _values[info.Name] = computed;
            _floats.Set(info.Name, computed, info.Type, value);
        }
        AddInitializers(_model.Graph);
        foreach (OnnxValueInfo info in Defaulted())
            if (choices.Constants.TryGetValue(info.Name, out string? words))
            {
                Dimension[] shape = [.. info.Dims!.Select(d => d.IsNumber ? Dimension.Of(d.Number) : Dimension.Symbol("n"))];
                if (FixedInput.Make(info, shape, words, _bag) is { } given) AddConstant(info.Name, info.Type, given.Value, given.Exact);
            }
        foreach (string name in _model.Graph.RefusedInitializers) _missing.Add(name);
        foreach (OnnxValueInfo info in _model.Graph.ValueInfos) _guesses.Declared.TryAdd(info.Name, info);
    }

    /// <summary>Inputs for which the model has values of its own: the network does not have them, but they can be fixed otherwise.</summary>
    private IEnumerable<OnnxValueInfo> Defaulted() => _model.Graph.Inputs.Except(_model.Graph.TrueInputs()).Where(input => ModelInterface.CanBeFixed(input));

    private void AddInitializers(OnnxGraph graph)
    {
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            // The turns of a loop share theirs.
            if (!_inner.Constants.TryGetValue(tensor, out (Value Value, Value? Exact) known))
                _inner.Constants.Add(tensor, known = (Value.Of(tensor.Name, new OnnxConstant(tensor)), OnnxConstant.Exact(tensor)));
            AddConstant(tensor.Name, tensor.ElementType, known.Value, known.Exact);
        }
    }

    private void AddConstant(string name, ElementType type, Value value, Value? exact)
    {
        _values[name] = value;
        _floats.Set(name, value, type, exact);
    }

    private void CheckNames(IEnumerable<string> given, HashSet<string> used, string[] known, DiagnosticDefinition problem)
    {
        foreach (string name in given.Where(name => !used.Contains(name)).Order(StringComparer.Ordinal))
            _bag.Add(problem.At(new DiagnosticPlace(_file), name, known.Length > 0 ? string.Join(", ", known) : "none", Spelling.Hint(name, known)));
    }

    private void AddNodes(OnnxGraph graph)
    {
        foreach (OnnxNode node in graph.Nodes)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Operands(node) is { } operands && AddNode(node, operands)) continue;
            // What follows is looked at as far as the model declares the shapes.
            foreach (string output in node.Outputs)
                if (_guesses.Make(output) is { } guess) AddGuess(output, guess.Value, guess.Type);
                else _missing.Add(output);
        }
    }

    private void AddGuess(string name, Value value, ElementType type)
    {
        _values[name] = value;
        _floats.Set(name, value, type);
    }

    private static string? Problem(Dimension[] shape)
    {
        try
        {
            Shapes.CheckResult(shape);
            return null;
        }
        catch (Exception e) when (e is OverflowException or GraphException)
        {
            return "has too many elements or dimensions";
        }
    }

    /// <summary>The outputs of a graph that is an attribute of a node.</summary>
    /// <param name="branch">The graph.</param>
    /// <param name="arguments">Values of its inputs; none for the branch of an If.</param>
    /// <exception cref="BranchException">It cannot be imported; the bag says why.</exception>
    private Value[] AddBranch(OnnxGraph branch, IReadOnlyList<Value> arguments)
    {
        var inner = new GraphImporter(this);
        _inner.Nodes += branch.Nodes.Count;
        foreach ((OnnxValueInfo input, Value value) in branch.Inputs.Zip(arguments))
        {
            inner._values[input.Name] = value;
            _floats.Set(input.Name, value, _floats.Of(value));
        }
        inner.AddInitializers(branch);
        foreach (string name in branch.RefusedInitializers) inner._missing.Add(name);
        inner.FindUnsupported(branch);
        inner.AddNodes(branch);
        if (branch.Outputs.Any(output => inner.IsMissing(output.Name))) throw new BranchException();
        return [.. branch.Outputs.Select(output => inner.Find(output.Name) ?? throw new GraphException($"its branch does not make '{output.Name}'"))];
    }

    /// <summary>A value of this graph, or of one around it.</summary>
    private Value? Find(string name) => _values.TryGetValue(name, out Value? value) ? value : _outer?.Find(name);

    private bool IsMissing(string name) => _missing.Contains(name) || !_values.ContainsKey(name) && _outer?.IsMissing(name) == true;

    private Diagnostic? FindRefused(string name) => _refused.GetValueOrDefault(name) ?? (_values.ContainsKey(name) ? null : _outer?.FindRefused(name));

    /// <param name="node">The node.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="sizes">What an operand that is data must hold; null as long as nothing needs it.</param>
    private bool AddNode(OnnxNode node, Value?[] operands, DeclaredSizes? sizes = null)
    {
        if (OnnxOperators.Find(node.Domain, node.OpType) is not { } importer) return false;
        var context = new NodeContext(node, sizes?.In(operands) ?? operands, _graph, _floats, AddBranch) { Declared = output => DeclaredShape(node, output), Inner = _inner };
        (DiagnosticDefinition Definition, string Text) problem;
        IReadOnlyList<string> more = [];
        try
        {
            if (!importer.TakesNarrow) context.RefuseNarrow();
            importer.Import(context);
            sizes?.Guard(context, operands);
            foreach ((DiagnosticDefinition definition, string[] arguments) in context.Notes) _bag.Add(definition.At(new DiagnosticPlace(_file, node.Label), arguments));
            for (int i = 0; i < node.Outputs.Count; i++)
                if (node.Outputs[i].Length == 0) continue;
                else if (context.Results[i] is { } result) AddResult(node, i, result, operands, context);
                else _refused[node.Outputs[i]] = Missing(node, i, context);
            return true;
        }
        catch (ImportException e) when (sizes is null && e.Definition == DiagnosticCatalogue.DataDependentShape && DeclaredSizes.Of(node, operands, node.Outputs.Select((_, i) => DeclaredShape(node, i)).ToArray()) is { } declared)
        {
            return AddNode(node, operands, declared);
        }
        catch (ImportException e)
        {
            (problem, more) = ((e.Definition, e.Message), e.More);
        }
        catch (Exception e) when (e is BranchException or DiagnosticException)
        {
            // Said already: of the branch, or of data that cannot be read.
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
        if (_guesses.Explain(node, problem.Definition)) return false;
        _bag.Add(problem.Definition.At(new DiagnosticPlace(_file, node.Label), [node.Label, node.OpType, problem.Text, .. more]));
        return false;
    }

    private int[]? DeclaredShape(OnnxNode node, int output) =>
        output < node.Outputs.Count ? _guesses.DeclaredShape(node.Outputs[output], _model.Graph, name => Find(name)?.Rank) : null;

    private Diagnostic Missing(OnnxNode node, int output, NodeContext context) => context.Missing is { } reason
        ? reason.Definition.At(new DiagnosticPlace(_file, node.Label), [node.Label, node.OpType, reason.Message, .. reason.More])
        : DiagnosticCatalogue.UnsupportedForm.At(new DiagnosticPlace(_file, node.Label), node.Label, node.OpType, $"its output {output} is used");

    /// <summary>Where one value differs, what follows from it does too: the first is told.</summary>
    private void Compare(OnnxValueInfo declared, Value value, bool exactLengths)
    {
        if (_differs || Declarations.Differs(declared, value, _floats.Of(declared.Name, value), exactLengths) is not { } differs) return;
        _differs = true;
        _bag.Add(DiagnosticCatalogue.DeclaredDifferently.At(new DiagnosticPlace(_file, value.Producer?.Name, declared.Name), declared.Name, differs.Declared, differs.Computed));
    }

    private void AddResult(OnnxNode node, int output, Value result, Value?[] operands, NodeContext context)
    {
        string name = node.Outputs[output];
        _values[name] = result;
        if (_guesses.Follow(node, name)) return;
        if (result.IsFloat) AddFloat(node, output, result, operands, context);
        // Lengths may be out of date, as those of a model whose batch was changed; the rank is not.
        if (!_differs && _guesses.Declared.TryGetValue(name, out OnnxValueInfo? declared)) Compare(declared, result, exactLengths: false);
    }

    /// <summary>Floats have the type of the node's first operand of floats, unless its importer says another.</summary>
    private void AddFloat(OnnxNode node, int output, Value result, Value?[] operands, NodeContext context)
    {
        string name = node.Outputs[output];
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

    private void AddOutputs()
    {
        foreach (OnnxValueInfo info in _model.Graph.Outputs)
        {
            if (!_values.TryGetValue(info.Name, out Value? value))
            {
                // Its cause is told.
                if (_missing.Contains(info.Name)) continue;
                _bag.Add(_refused.GetValueOrDefault(info.Name) ?? DiagnosticCatalogue.UnsupportedInput.At(new DiagnosticPlace(_file, null, info.Name), info.Name, "is made by no node"));
                continue;
            }
            if (_guesses.Contains(info.Name)) continue;
            if (value.Type == ElementType.String)
            {
                _bag.Add(DiagnosticCatalogue.TextPort.At(new DiagnosticPlace(_file, null, info.Name), "output", info.Name));
                continue;
            }
            Compare(info, value, exactLengths: true);
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
    }
}
