using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Evaluation;

/// <summary>What a network does first with one of its inputs: what values are valid and likely there.</summary>
internal sealed class InputUse
{
    private static readonly HashSet<string> s_moves = ["Cast", "Concat", "Expand", "Gather", "Pad", "Reshape", "Slice", "Split", "Tile", "ToBlocked", "ToPlain", "Transpose"];
    private readonly PlannedNetwork _network;
    private readonly Dictionary<string, int> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<Dimension>> _shapes = new(StringComparer.Ordinal);

    /// <param name="network">The network; its model stays open.</param>
    /// <param name="input">The input.</param>
    public InputUse(PlannedNetwork network, PlanPort input)
    {
        _network = network;
        Plan plan = network.Plan;
        for (int i = 0; i < plan.Weights.Count; i++) _weights.Add(plan.Weights[i].Value, i);
        foreach (PlanPort port in plan.Inputs) _shapes.Add(port.Value, port.Shape);
        foreach (PlanResult result in plan.Steps.SelectMany(step => step.Outputs)) _shapes.Add(result.Value, result.Shape);
        if (ElementTypes.IsFloat(input.Type)) FollowFeatures(input);
        else FollowIndices(input);
    }

    /// <summary>Values below this are valid indices; null if nothing says so.</summary>
    public long? Indices { get; private set; }

    /// <summary>For each feature (or channel, or one for all) x, the network first computes gain · x + offset.</summary>
    public float[] Gain { get; private set; } = [1];

    public float[] Offset { get; private set; } = [0];

    /// <summary>Root mean square of the weights that meet each feature or channel; empty if it meets no weight first.</summary>
    public float[] Columns { get; private set; } = [];

    private void FollowIndices(PlanPort input)
    {
        HashSet<string> reached = new(StringComparer.Ordinal) { input.Value };
        foreach (PlanStep step in _network.Plan.Steps)
        {
            for (int i = 0; i < step.Inputs.Count; i++)
            {
                if (step.Inputs[i] is not { } value || !reached.Contains(value)) continue;
                if (step.Operator == "Gather" && i == 1) Limit(LengthOf(step.Inputs[0], step.Attributes.Int("axis", 0)));
                else if (step.Operator == "OneHot" && i == 0) Limit(step.Inputs[1] is { } depth && ConstantOf(depth) is { Length: 1 } known ? known[0] : null);
                else if (s_moves.Contains(step.Operator) && !(step.Operator == "Gather" && i == 1) || step.Operator is "Add" or "Sub" or "Clip" or "Min")
                    foreach (PlanResult output in step.Outputs) reached.Add(output.Value);
            }
        }
    }

    private void Limit(long? count)
    {
        if (count is > 0 && (Indices is null || count < Indices)) Indices = count;
    }

    private long? LengthOf(string? value, int axis)
    {
        if (value is null) return null;
        if (_weights.TryGetValue(value, out int weight)) return _network.Plan.Weights[weight].Shape[axis];
        return _shapes.TryGetValue(value, out IReadOnlyList<Dimension>? shape) && shape[axis] is { IsConstant: true } length ? length.Value : null;
    }

    private long[]? ConstantOf(string value) =>
        _weights.TryGetValue(value, out int weight) && _network.Plan.Weights[weight].Type is ElementType.Int64 or ElementType.Int32 ? _network.Constants[weight].ToInt64s() : null;

    /// <summary>Through steps that scale, shift and move, to the first product.</summary>
    private void FollowFeatures(PlanPort input)
    {
        if (input.Shape.Count == 0 || input.Shape[^1] is not { IsConstant: true, Value: >= 1 and <= 1 << 16 } && input.Shape.Count < 2) return;
        string value = input.Value;
        int first = 0;
        foreach (PlanStep step in _network.Plan.Steps)
        {
            int place = IndexOf(step.Inputs, value);
            if (place < 0) continue;
            switch (step.Operator)
            {
                case "Sub" or "Add" or "Mul" or "Div" when place == 0 && step.Inputs[1] is { } other && Floats(other) is { } constant && Apply(step.Operator, constant):
                    break;
                case "ToBlocked" or "ToPlain" or "Cast" or "Transpose" or "Reshape":
                    break;
                case "Concat":
                    for (int i = 0; i < place; i++)
                        if (step.Inputs[i] is { } before && _shapes.TryGetValue(before, out IReadOnlyList<Dimension>? shape) && shape.Count > 0 && shape[^1].IsConstant) first += (int)shape[^1].Value;
                        else return;
                    break;
                case "Conv" or "Gemm" when place == 0 && step.Inputs[1] is { } weight && _weights.TryGetValue(weight, out int index):
                    Columns = ColumnsOf(index, first, WidthOf(input, step.Operator == "Conv"));
                    return;
                default:
                    return;
            }
            value = step.Outputs[0].Value;
        }
    }

    /// <summary>Features of an input: channels for a convolution, the last dimension for a product.</summary>
    private static int WidthOf(PlanPort input, bool isConvolved)
    {
        if (!isConvolved) return input.Shape[^1].IsConstant ? (int)input.Shape[^1].Value : 0;
        return input.Shape.Count > 1 && input.Shape[1].IsConstant ? (int)input.Shape[1].Value : 0;
    }

    private float[] ColumnsOf(int index, int first, int count)
    {
        PlannedWeight weight = new(_network.Plan.Weights[index], _network.Constants[index]);
        CanonicalShape shape = weight.Identity.Canonical;
        int taps = shape.KernelHeight * shape.KernelWidth;
        if (weight.Identity.Groups > 1 || count <= 0 || first + count > shape.Inputs) return [];
        float[] values = weight.Read(), columns = new float[count];
        for (int c = 0; c < count; c++)
        {
            double sum = 0;
            for (int r = 0; r < shape.Rows; r++)
                for (int t = 0; t < taps; t++)
                {
                    double w = values[((long)r * shape.Inputs + first + c) * taps + t];
                    sum += w * w;
                }
            columns[c] = (float)Math.Sqrt(sum / shape.Rows);
        }
        return columns;
    }

    private float[]? Floats(string value) =>
        _weights.TryGetValue(value, out int weight) && _network.Plan.Weights[weight] is { Type: ElementType.Float32 } known && known.Shape.Aggregate(1L, (n, d) => n * d) is >= 1 and <= 1 << 16
            ? _network.Constants[weight].ToFloats() : null;

    private bool Apply(string op, float[] constant)
    {
        int width = Math.Max(Gain.Length, constant.Length);
        if (Gain.Length > 1 && constant.Length > 1 && Gain.Length != constant.Length) return false;
        float[] gain = new float[width], offset = new float[width];
        for (int i = 0; i < width; i++)
        {
            float c = constant[constant.Length == 1 ? 0 : i], g = Gain[Gain.Length == 1 ? 0 : i], o = Offset[Offset.Length == 1 ? 0 : i];
            (gain[i], offset[i]) = op switch { "Sub" => (g, o - c), "Add" => (g, o + c), "Mul" => (g * c, o * c), _ => (g / c, o / c) };
            if (!float.IsFinite(gain[i]) || !float.IsFinite(offset[i]) || gain[i] == 0) return false;
        }
        (Gain, Offset) = (gain, offset);
        return true;
    }

    private static int IndexOf(IReadOnlyList<string?> inputs, string value)
    {
        for (int i = 0; i < inputs.Count; i++)
            if (inputs[i] == value) return i;
        return -1;
    }
}
