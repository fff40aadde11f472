using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>Chooses for each value whether it lies plain or blocked, from the structure alone, and inserts ToBlocked and ToPlain.</summary>
/// <remarks>Convolutions and poolings compute on blocked values. Operators that can do either follow their operands, so that a network
/// stays blocked between its first and its last convolution.</remarks>
internal sealed class AssignLayouts
{
    private const int Block = 16;

    /// <summary>Widest plain input that a convolution reads directly (pictures).</summary>
    private const int WidestStem = 4;

    private static readonly HashSet<string> Always = ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"];

    private static readonly HashSet<string> Unary =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid",
        "HardSwish", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "RoundToGrid", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus",
        "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
    ];

    private static readonly HashSet<string> Binary = ["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "PRelu"];

    private readonly Graph _graph;

    /// <summary>The value in the other layout, if somebody asked for it.</summary>
    private readonly Dictionary<Value, Value> _converted = [];

    private AssignLayouts(Graph graph) => _graph = graph;

    public static void Apply(Graph graph) => new AssignLayouts(graph).Apply();

    private void Apply()
    {
        foreach (Node node in _graph.Nodes.ToArray())
        {
            bool blocked = IsBlocked(node);
            if (blocked && !MakesPatches(node))
                foreach (Value output in node.Outputs)
                    if (CanBeBlocked(output)) output.Layout = TensorLayout.Blocked;
            for (int i = 0; i < node.Inputs.Count; i++)
                if (node.Inputs[i] is { } input && Wanted(node, i, input, blocked) is var layout && layout != input.Layout)
                    node.SetInput(i, Convert(node, input, layout));
        }
        foreach (GraphOutput output in _graph.Outputs)
            if (output.Value.Layout == TensorLayout.Blocked) output.Value = Convert(null, output.Value, TensorLayout.Plain);
    }

    private bool IsBlocked(Node node)
    {
        if (node.Outputs.Count == 0 || !node.Outputs.All(CanBeBlocked) || node.Inputs.Count == 0) return false;
        if (Always.Contains(node.Operator)) return node.Input(0) is { } x && CanBeBlocked(x);
        if (node.Inputs[0] is not { } first) return false;
        if (Unary.Contains(node.Operator)) return node.Inputs.Count == 1 && IsLikeBlocked(first);
        if (Binary.Contains(node.Operator)) return node.Inputs.Any(input => input!.Layout == TensorLayout.Blocked && FillsAxes(input, node.Output)) && node.Inputs.All(input => FitsBlocked(input!, node.Output));
        switch (node.Operator)
        {
            case "Concat":
                // The plain ones are converted if most are blocked already.
                return node.Attributes.Int("axis", 0) switch
                {
                    // Channels move to other lanes by fours, at least.
                    1 => node.Inputs.Take(node.Inputs.Count - 1).All(input => input!.Shape[1] is { IsConstant: true, Value: var channels } && channels % 4 == 0),
                    _ => true,
                } && 2 * node.Inputs.Count(input => input!.Layout == TensorLayout.Blocked) >= node.Inputs.Count && node.Inputs.All(input => CanBeBlocked(input!));
            case "Split":
                return first.Layout == TensorLayout.Blocked
                    && (node.Attributes.Int("axis", 0) != 1 || node.Outputs.Take(node.Outputs.Count - 1).All(output => IsWhole(output.Shape[1])));
            case "Slice":
                return first.Layout == TensorLayout.Blocked && node.Inputs.Count == 1 && node.Attributes.Ints("axes").All(axis => axis >= 2);
            case "Pad":
                Dimension[] pads = node.Attributes.Dimensions("pads");
                return first.Layout == TensorLayout.Blocked && node.Inputs.Count == 1 && new[] { 0, 1, 4, 5 }.All(i => pads[i].Equals(Dimension.Zero));
            case "Resize":
                return first.Layout == TensorLayout.Blocked && node.Attributes.Text("mode", "nearest") is "nearest" or "linear"
                    && node.Inputs.Count == 1 && !node.Attributes.Flag("antialias") && node.Attributes.Find("roi") is null
                    && first.Shape[0].Equals(node.Output.Shape[0]) && first.Shape[1].Equals(node.Output.Shape[1]);
            default:
                return false;
        }
    }

    /// <summary>A transposed convolution of few channels whose kernel is its stride writes plain pixels: blocks would be mostly empty.</summary>
    private static bool MakesPatches(Node node)
    {
        if (node.Operator != "ConvTranspose" || node.Input(1) is not { Rank: 4 } weight || node.Output.Shape[1] is not { IsConstant: true, Value: < Block }) return false;
        int[] strides = node.Attributes.Ints("strides", 1, 1);
        return node.Attributes.Int("group", 1) == 1 && node.Attributes.Dimensions("pads").All(pad => pad.Equals(Dimension.Zero))
            && new[] { 0, 1 }.All(axis => weight.Shape[2 + axis].Equals(Dimension.Of(strides[axis])) && node.Output.Shape[2 + axis].Equals(node.Input(0)!.Shape[2 + axis] * strides[axis]));
    }

    private static bool IsLikeBlocked(Value value) => value.Layout == TensorLayout.Blocked && CanBeBlocked(value);

    private static bool IsWhole(Dimension channels) => channels.IsConstant && channels.Value % Block == 0;

    private static bool CanBeBlocked(Value value) => value.Rank == 4 && value.IsFloat && value.Shape[1].IsConstant;

    /// <summary>False if the value is repeated along an axis, as far as is known: lengths that are equal may look different (⌈h/16⌉·2 and ⌈h/8⌉).</summary>
    private static bool FillsAxes(Value value, Value result) => value.Rank == 4
        && new[] { 0, 2, 3 }.All(axis => !value.Shape[axis].Equals(Dimension.One) || result.Shape[axis].Equals(Dimension.One));

    /// <summary>An operand of a blocked element-wise operator: one number; or all channels, the other axes whole or repeated.</summary>
    private static bool FitsBlocked(Value operand, Value result) =>
        operand.Count == 1 || AsRank4(operand) is { } shape && CanBeBlocked(result) && shape[1].Equals(result.Shape[1]);

    /// <summary>A shape with leading ones; null if it has more than four dimensions.</summary>
    private static Dimension[]? AsRank4(Value operand) => operand.Rank > 4 || !operand.IsFloat
        ? null
        : [.. Enumerable.Repeat(Dimension.One, 4 - operand.Rank), .. operand.Shape];

    private static TensorLayout Wanted(Node node, int index, Value input, bool blocked)
    {
        if (!blocked) return TensorLayout.Plain;
        switch (node.Operator)
        {
            case "Conv" or "ConvTranspose":
                if (index is 1 or 2) return TensorLayout.Plain;
                bool stem = index == 0 && node.Operator == "Conv" && input.Layout == TensorLayout.Plain && input.Shape[1].Value <= WidestStem
                    && node.Attributes.Int("group", 1) == 1;
                return stem ? TensorLayout.Plain : TensorLayout.Blocked;
            case "Pad":
                return index == 0 ? TensorLayout.Blocked : TensorLayout.Plain;
            default:
                if (!Binary.Contains(node.Operator)) return TensorLayout.Blocked;
                // One number needs no layout.
                return input.Count == 1 ? TensorLayout.Plain : TensorLayout.Blocked;
        }
    }

    private Value Convert(Node? before, Value value, TensorLayout layout)
    {
        if (_converted.TryGetValue(value, out Value? known)) return known;
        string op = layout == TensorLayout.Blocked ? "ToBlocked" : "ToPlain";
        // Right after the value is made, so that every reader can share it.
        Node? next = value.Producer?.Place is { } place ? place.Next?.Value : _graph.Nodes.First?.Value;
        Value source = value;
        string name = value.Producer?.Name ?? before?.Name ?? value.Name;
        if (value.Rank < 4)
        {
            source = new GraphBuilder(_graph, name, next).Reshape(value, AsRank4(value)!);
            if (source.Producer is { } reshape && source != value) reshape.Branch = value.Producer?.ResultBranch;
        }
        var node = new Node(name, op, [source], [new Value(value.Name, value.Type, source.Shape) { Layout = layout }], StepAttributes.Empty);
        _graph.Add(node, next).Branch = value.Producer?.ResultBranch;
        _converted.Add(value, node.Output);
        return node.Output;
    }
}
