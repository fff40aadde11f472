using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Planning;

/// <summary>A Plan, and where the values of its weights are.</summary>
/// <param name="Constants">One for each weight of the Plan, in its order.</param>
internal sealed record PlannedNetwork(Plan Plan, IReadOnlyList<ConstantTensor> Constants)
{
    /// <summary>The BatchNormalization that was folded into the weights of a step, by its number; what training takes apart again.</summary>
    public IReadOnlyDictionary<int, BatchNormStatistics> Norms { get; init; } = new Dictionary<int, BatchNormStatistics>();
}

/// <summary>Graph → Plan: numbers values and steps in order, gives weights names and roles.</summary>
internal sealed class Lowering
{
    private readonly Graph _graph;
    private readonly Dictionary<Value, string> _values = [];
    private readonly Dictionary<Value, List<(WeightRole Role, int Groups)>> _roles = [];
    private readonly Dictionary<(Value, WeightRole, int), string> _weightValues = [];
    private readonly HashSet<string> _weightNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private readonly List<PlanWeight> _weights = [];
    private readonly List<ConstantTensor> _constants = [];

    private Lowering(Graph graph) => _graph = graph;

    public static PlannedNetwork Lower(Graph graph) => new Lowering(graph).Lower();

    /// <summary>SHA-256 over the text of a Plan without its model name and hash: equal for networks that differ in the values of weights only.</summary>
    public static string StructureHash(Plan plan) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(PlanText.Write(plan with { ModelName = "", StructureHash = "" }))));

    private PlannedNetwork Lower()
    {
        foreach (Node node in _graph.Nodes)
            for (int i = 0; i < node.Inputs.Count; i++)
                if (node.Inputs[i] is { Constant: not null } constant) AddRole(constant, Role(node, i, constant));
        PlanPort[] inputs = [.. _graph.Inputs.Select(input => new PlanPort(Name(input.Value), input.Name, input.Value.Type, input.Value.Shape))];
        var steps = new List<PlanStep>();
        var norms = new Dictionary<int, BatchNormStatistics>();
        foreach (Node node in _graph.Nodes)
        {
            string?[] operands = [.. node.Inputs.Select((value, i) => value is null ? null : value.Constant is null ? Name(value) : Weight(node, i, value))];
            PlanResult[] results = [.. node.Outputs.Select(value => new PlanResult(Name(value), value.Type, value.Shape, value.Layout))];
            steps.Add(new PlanStep(steps.Count + 1, node.Name, node.Operator, operands, results, Attributes(node), node.Size));
            if (node.Norm is not null) norms.Add(steps.Count, node.Norm);
        }
        PlanPort[] outputs = [.. _graph.Outputs.Select(output => new PlanPort(Name(output.Value), output.Name, output.Value.Type, output.Value.Shape))];
        var plan = new Plan(_graph.Name, "", _graph.Opset, UsedSymbols(), inputs, outputs, _weights, steps);
        return new PlannedNetwork(plan with { StructureHash = StructureHash(plan) }, _constants) { Norms = norms };
    }

    private string Name(Value value)
    {
        if (_values.TryGetValue(value, out string? name)) return name;
        name = "v" + _values.Count.ToString(CultureInfo.InvariantCulture);
        _values.Add(value, name);
        return name;
    }

    private string Weight(Node node, int input, Value value)
    {
        (WeightRole role, int groups) = Resolve(value, Role(node, input, value));
        if (_weightValues.TryGetValue((value, role, groups), out string? name)) return name;
        name = "w" + _weights.Count.ToString(CultureInfo.InvariantCulture);
        string unique = value.Name.Length > 0 ? value.Name : name;
        while (!_weightNames.Add(unique))
        {
            // Counted for each name, so that thousands of one name stay fast.
            int number = _suffixes[value.Name] = _suffixes.GetValueOrDefault(value.Name, 1) + 1;
            unique = value.Name + "#" + number.ToString(CultureInfo.InvariantCulture);
        }
        _weightValues.Add((value, role, groups), name);
        _weights.Add(new PlanWeight(name, unique, value.Type, value.Constant!.Shape, role, groups));
        _constants.Add(value.Constant);
        return name;
    }

    private void AddRole(Value value, (WeightRole, int) role)
    {
        if (!_roles.TryGetValue(value, out var roles)) _roles.Add(value, roles = []);
        if (!roles.Contains(role)) roles.Add(role);
    }

    /// <summary>A weight that several steps read is stored once where one canonical form serves them all.</summary>
    private (WeightRole, int) Resolve(Value value, (WeightRole Role, int Groups) role)
    {
        var roles = _roles[value];
        // Rows of an embedding table and of a Gemm weight are the same rows.
        if (role.Role == WeightRole.Gather && roles.Contains((WeightRole.Gemm, 1))) return (WeightRole.Gemm, 1);
        if (role.Role is not (WeightRole.Constant or WeightRole.Bias)) return role;
        // Every weight can be decoded as it is, for a step that wants plain numbers.
        foreach (var other in roles)
            if (other.Role is not (WeightRole.Constant or WeightRole.Bias)) return Resolve(value, other);
        return roles.Contains((WeightRole.Bias, 1)) ? (WeightRole.Bias, 1) : role;
    }

    private static (WeightRole, int) Role(Node node, int input, Value value)
    {
        // What has no elements is not compressed.
        if (!value.IsFloat || value.Count == 0) return (WeightRole.Constant, 1);
        return (node.Operator, input) switch
        {
            ("Conv" or "Conv3D", 1) => (WeightRole.Conv, node.Attributes.Int("group", 1)),
            ("ConvTranspose" or "ConvTranspose3D", 1) => (WeightRole.ConvTranspose, node.Attributes.Int("group", 1)),
            ("Gemm", 1) => (node.Attributes.Flag("transB") ? WeightRole.Gemm : WeightRole.MatMul, 1),
            ("LSTM" or "GRU" or "RNN", 1) or ("GRU", 2) => (WeightRole.Gemm, 1),
            ("Gather", 0) when value.Rank == 2 && node.Attributes.Int("axis", 0) == 0 => (WeightRole.Gather, 1),
            ("Conv" or "Conv3D" or "ConvTranspose" or "ConvTranspose3D" or "Gemm", 2) => (WeightRole.Bias, 1),
            _ => (WeightRole.Constant, 1),
        };
    }

    /// <summary>The role of the weight says what transB says.</summary>
    private static StepAttributes Attributes(Node node) => node.Operator == "Gemm"
        ? new StepAttributes(node.Attributes.Pairs.Where(pair => pair.Key != "transB"))
        : node.Sides is not { } sides || node.Operator == "Turn" ? node.Attributes
        : node.Operator == "Loop" ? WithCount(node, sides.Then) : WithCounts(node, sides.Then, sides.Else);

    /// <summary>An If says how many of the steps before it are in its branches.</summary>
    private static StepAttributes WithCounts(Node node, Branch positive, Branch other)
    {
        LinkedListNode<Node>? place = node.Place!.Previous;
        int ofElse = Count(ref place, other), ofThen = Count(ref place, positive);
        return AttributeList.With(node.Attributes, new AttributeList().Add("then", ofThen, 0).Add("else", ofElse, 0));
    }

    /// <summary>A Loop says how many of the steps before it are its body; the Turn stands in front of them.</summary>
    private static StepAttributes WithCount(Node node, Branch body)
    {
        LinkedListNode<Node>? place = node.Place!.Previous;
        int count = Count(ref place, body);
        if (place?.Value is not { Operator: "Turn" } turn || turn.Sides != node.Sides) throw new InvalidOperationException($"The body of {node} does not follow its Turn");
        return AttributeList.With(node.Attributes, new AttributeList().Add("body", count, 0));
    }

    private static int Count(ref LinkedListNode<Node>? place, Branch branch)
    {
        int count = 0;
        for (; place is not null && Branch.Holds(branch, place.Value.Branch); place = place.Previous) count++;
        return count;
    }

    private List<PlanSymbol> UsedSymbols()
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (GraphInput input in _graph.Inputs)
            foreach (Dimension dimension in input.Value.Shape) dimension.CollectSymbols(used);
        return [.. _graph.Symbols.Where(symbol => used.Contains(symbol.Identifier))];
    }
}
