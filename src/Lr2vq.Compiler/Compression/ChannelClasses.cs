using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>Values whose channels have one order, and the weights that have to follow if it changes.</summary>
/// <param name="Channels">How many.</param>
/// <param name="Rows">Weights whose output channels, and biases whose numbers, are these.</param>
/// <param name="Columns">Weights whose input channels are these.</param>
internal sealed record ChannelClass(int Channels, IReadOnlyList<int> Rows, IReadOnlyList<int> Columns);

/// <summary>Finds them by union–find over the values of a Plan. What is not known to leave channels in their order keeps a class as it is, as do inputs
/// and outputs of the network.</summary>
internal sealed class ChannelClasses
{
    private static readonly HashSet<string> s_keeping = new(StringComparer.Ordinal)
    {
        "Relu", "Clip", "HardSwish", "HardSigmoid", "Sigmoid", "Swish", "LeakyRelu", "Elu", "Celu", "Selu", "Gelu", "Mish", "Tanh", "Softplus", "Softsign",
        "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "Resize", "ToBlocked", "ToPlain",
    };

    private readonly Plan _plan;
    private readonly Dictionary<string, string> _parents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _channels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _weights = new(StringComparer.Ordinal), _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<Dimension>> _shapes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pinned = new(StringComparer.Ordinal);
    private readonly List<(string Value, int Weight)> _rows = [], _columns = [];

    private ChannelClasses(Plan plan) => _plan = plan;

    /// <summary>The classes that may change their order, in the order of their first reader.</summary>
    public static IReadOnlyList<ChannelClass> Of(Plan plan)
    {
        var classes = new ChannelClasses(plan);
        classes.Read();
        return classes.Result();
    }

    private void Read()
    {
        for (int i = 0; i < _plan.Weights.Count; i++) _weights.Add(_plan.Weights[i].Value, i);
        foreach (PlanPort input in _plan.Inputs) Declare(input.Value, input.Shape);
        foreach (PlanStep step in _plan.Steps)
        {
            foreach (string? input in step.Inputs) if (input is not null) _uses[input] = _uses.GetValueOrDefault(input) + 1;
            foreach (PlanResult output in step.Outputs) Declare(output.Value, output.Shape);
        }
        foreach (PlanPort port in _plan.Inputs.Concat(_plan.Outputs)) Pin(port.Value);
        foreach (PlanStep step in _plan.Steps)
            if (!Follow(step))
                foreach (string value in step.Inputs.OfType<string>().Concat(step.Outputs.Select(o => o.Value))) Pin(value);
    }

    /// <summary>False if the step is not known to keep the order.</summary>
    private bool Follow(PlanStep step)
    {
        if (step.Outputs.Count != 1 || step.Inputs.Count == 0 || step.Inputs[0] is not { } x || !_channels.ContainsKey(x)) return false;
        string y = step.Outputs[0].Value;
        switch (step.Operator)
        {
            case "Conv": return Convolution(step, x, y);
            case "Gemm": return Product(step, x, y);
            case "Add" or "Mul" or "Sub":
                return step.Inputs.Count == 2 && step.Inputs[1] is { } other && _channels.ContainsKey(other) && Same(x, other) && Same(x, y) && Unite(x, other) && Unite(x, y);
            case "Reshape" or "Flatten":
                // Behind a global pool: [N, C, 1, 1] to [N, C].
                return _shapes[x] is { Count: 4 } from && One(from[2]) && One(from[3]) && _shapes[y].Count == 2 && Same(x, y) && Unite(x, y);
            case "Resize":
                return step.Inputs.Skip(1).All(i => i is null || _weights.ContainsKey(i)) && Same(x, y) && Unite(x, y);
            default:
                return s_keeping.Contains(step.Operator) && step.Inputs.Skip(1).All(i => i is null) && Same(x, y) && Unite(x, y);
        }
    }

    private bool Convolution(PlanStep step, string x, string y)
    {
        if (!Weight(step, 1, out int weight) || _plan.Weights[weight] is not { Role: WeightRole.Conv } w) return false;
        bool depthwise = w.Groups > 1 && w.Groups == w.Shape[0] && w.Shape[1] == 1 && _channels.GetValueOrDefault(x) == w.Groups;
        if (w.Groups != 1 && !depthwise || w.Shape[0] != _channels.GetValueOrDefault(y)) return false;
        if (depthwise ? !Unite(x, y) : w.Shape[1] != _channels[x]) return false;
        if (!depthwise) _columns.Add((x, weight));
        _rows.Add((y, weight));
        if (!BiasFollows(step, y, w.Shape[0])) return false;
        return step.Inputs.Count < 4 || step.Inputs[3] is not { } residual || _channels.ContainsKey(residual) && Same(residual, y) && Unite(residual, y);
    }

    private bool Product(PlanStep step, string x, string y)
    {
        if (_shapes[x].Count != 2 || !Weight(step, 1, out int weight) || step.Attributes.Flag("transA")) return false;
        PlanWeight w = _plan.Weights[weight];
        if (w.Role is not (WeightRole.Gemm or WeightRole.MatMul) || w.Shape.Count != 2) return false;
        (int outputs, int inputs) = w.Role == WeightRole.Gemm ? (w.Shape[0], w.Shape[1]) : (w.Shape[1], w.Shape[0]);
        if (inputs != _channels[x] || outputs != _channels.GetValueOrDefault(y)) return false;
        _columns.Add((x, weight));
        _rows.Add((y, weight));
        return BiasFollows(step, y, outputs);
    }

    private bool BiasFollows(PlanStep step, string y, int outputs)
    {
        if (step.Inputs.Count < 3 || step.Inputs[2] is null) return true;
        if (!Weight(step, 2, out int bias) || _plan.Weights[bias].Shape.Aggregate(1L, (a, b) => a * b) != outputs || _plan.Weights[bias].Shape[^1] != outputs) return false;
        _rows.Add((y, bias));
        return true;
    }

    /// <summary>A weight that no other step reads.</summary>
    private bool Weight(PlanStep step, int input, out int weight)
    {
        weight = -1;
        return step.Inputs.Count > input && step.Inputs[input] is { } name && _weights.TryGetValue(name, out weight) && _uses[name] == 1
            && _plan.Weights[weight].Type == ElementType.Float32;
    }

    private IReadOnlyList<ChannelClass> Result()
    {
        HashSet<string> pinned = [.. _pinned.Select(Root)];
        return [.. _columns.Select(c => Root(c.Value)).Distinct().Where(root => !pinned.Contains(root) && _rows.Any(r => Root(r.Value) == root))
            .Select(root => new ChannelClass(_channels[root], [.. _rows.Where(r => Root(r.Value) == root).Select(r => r.Weight)],
                [.. _columns.Where(c => Root(c.Value) == root).Select(c => c.Weight)]))];
    }

    private void Declare(string value, IReadOnlyList<Dimension> shape)
    {
        _shapes[value] = shape;
        _parents[value] = value;
        if (shape.Count is 2 or 4 && shape[1] is { IsConstant: true, Value: > 0 and <= int.MaxValue } channels) _channels[value] = (int)channels.Value;
        else _pinned.Add(value);
    }

    private bool Same(string a, string b) => _channels.TryGetValue(a, out int one) && _channels.TryGetValue(b, out int other) && one == other;

    private bool Unite(string a, string b)
    {
        _parents[Root(a)] = Root(b);
        return true;
    }

    private void Pin(string value)
    {
        if (_parents.ContainsKey(value)) _pinned.Add(value);
    }

    private string Root(string value)
    {
        while (_parents[value] != value) value = _parents[value] = _parents[_parents[value]];
        return value;
    }

    private static bool One(Dimension length) => length is { IsConstant: true, Value: 1 };
}
