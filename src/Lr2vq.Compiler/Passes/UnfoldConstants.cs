using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>Constants that were computed from shorter ones stay steps where the results would make the artifact grow with regard to the model.</summary>
/// <remarks>Lengths are estimated from types and shapes: the structure of a network decides, not its weights. While all such growth together is small,
/// nothing is done, since a step costs time in every call.</remarks>
internal sealed class UnfoldConstants
{
    /// <summary>Bytes that a step costs in the Plan and its result in the directory, about.</summary>
    private const int StepBytes = 48;

    /// <summary>Growth that is allowed: some bytes, or a part of the model.</summary>
    private const int AllowedBytes = 256, AllowedPart = 64;

    /// <summary>Deepest chain of operators that is looked through.</summary>
    private const int MostDepth = 64;

    /// <summary>Operators whose operands from the second on are weights, which are stored in forms of their own.</summary>
    private static readonly HashSet<string> Products = ["Conv", "Conv3D", "ConvTranspose", "ConvTranspose3D", "Gemm", "LSTM", "GRU", "RNN"];

    private readonly Graph _graph;
    private readonly Node? _before;
    private readonly Dictionary<ConstantTensor, Value> _values = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ConstantTensor, long> _costs = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<ConstantTensor> _kept = new(ReferenceEqualityComparer.Instance);

    private UnfoldConstants(Graph graph)
    {
        (_graph, _before) = (graph, graph.Nodes.First?.Value);
        foreach (Node node in graph.Nodes)
            foreach (Value? input in node.Inputs)
                if (input?.Constant is { } constant) _values.TryAdd(constant, input);
        _kept = new(_values.Keys.Where(constant => Recipe(constant) is null), ReferenceEqualityComparer.Instance);
    }

    public static void Apply(Graph graph) => new UnfoldConstants(graph).Apply();

    private void Apply()
    {
        (Value Value, long Growth)[] growing = [.. _values.Values.Where(IsPlain).Select(value => (value, Stored(value.Constant!) - Cost(value.Constant!, 0)))
            .Where(pair => pair.Item2 > 0).OrderByDescending(pair => pair.Item2)];
        long growth = growing.Sum(pair => pair.Growth);
        foreach ((Value value, long own) in growing)
        {
            if (growth <= Math.Max(AllowedBytes, _graph.ModelBytes / AllowedPart)) break;
            _graph.Replace(value, Unfold(value, 0));
            growth -= own;
        }
    }

    /// <summary>True if every step that reads a constant can as well read what another step makes.</summary>
    private static bool IsPlain(Value value) =>
        Recipe(value.Constant!) is not null && value.Users.All(user => !Products.Contains(user.Operator) || !user.Inputs.Skip(1).Contains(value));

    /// <summary>What makes a constant of others; null if nothing does.</summary>
    private static (string Operator, IReadOnlyList<Value?> Inputs, StepAttributes Attributes)? Recipe(ConstantTensor constant) => constant switch
    {
        FoldedConstant folded => (folded.Operator, folded.Inputs, folded.Attributes),
        UniformConstant { Count: > 1 } uniform => ("Expand", [Value.Of("", uniform.Element)], StepAttributes.Empty),
        ReshapedConstant { Source: var source } when Recipe(source) is not null => ("Reshape", [Value.Of("", source)], StepAttributes.Empty),
        _ => null,
    };

    /// <summary>Bytes of a constant in the artifact, about: codecs find what repeats itself, and most that integers have.</summary>
    private static long Stored(ConstantTensor constant)
    {
        long bytes = constant.ByteLength;
        if (constant is UniformConstant or FoldedConstant { Operator: "Expand" or "Tile" }) return Math.Max(1, bytes / 512) + (constant is FoldedConstant folded ? Raw(folded.Inputs[0]!) : 0);
        return constant.Type == ElementType.Float32 ? bytes : bytes / 32;
    }

    private static long Raw(Value value) => value.Constant?.ByteLength ?? 0;

    /// <summary>Bytes of the shortest way to have a constant.</summary>
    private long Cost(ConstantTensor constant, int depth)
    {
        if (_kept.Contains(constant)) return 0;
        if (_costs.TryGetValue(constant, out long known)) return known;
        long stored = Stored(constant);
        if (depth == MostDepth || Recipe(constant) is not { } recipe) return stored;
        long made = StepBytes + recipe.Inputs.Sum(input => input?.Constant is { } operand ? Cost(operand, depth + 1) : 0);
        return _costs[constant] = Math.Min(made, stored);
    }

    private Value Unfold(Value value, int depth)
    {
        ConstantTensor constant = value.Constant!;
        if (_values.TryGetValue(constant, out Value? known) && (known.Producer is not null || depth > 0 && _kept.Contains(constant))) return known;
        if (depth == MostDepth || Recipe(constant) is not { } recipe || depth > 0 && Cost(constant, depth) >= Stored(constant)) return _values[constant] = known ?? value;
        Value?[] inputs = [.. recipe.Inputs.Select(input => input?.Constant is null ? null : Unfold(input, depth + 1))];
        Value[] outputs = constant is FoldedConstant folded
            ? [.. folded.Outputs.Select(output => new Value(output.Name, output.Type, output.Shape))]
            : [new Value(value.Name, constant.Type, [.. constant.Shape.Select(d => Dimension.Of(d))])];
        string name = outputs[0].Name.Length > 0 ? outputs[0].Name : value.Name.Length > 0 ? value.Name : recipe.Operator;
        _graph.Add(new Node(name, recipe.Operator, inputs, outputs, recipe.Attributes), _before).Branch = null;
        return _values[constant] = outputs[constant is FoldedConstant { Output: var number } ? number : 0];
    }
}
