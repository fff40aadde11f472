using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>Questions that several rules ask.</summary>
internal static class Patterns
{
    /// <summary>Weights of fewer elements may be stored more than once.</summary>
    private const int LeastShared = 1024;

    public static bool IsScalar(Value? value, double expected) =>
        value?.Scalar is { } number && Math.Abs(number - expected) <= 1e-5 * Math.Max(1e-2, Math.Abs(expected));

    /// <summary>The operand beside a constant of one number, and that number.</summary>
    public static (Value Operand, float Number)? WithScalar(Node node) =>
        node.Inputs.Count != 2 ? null
        : node.Inputs[1]?.Scalar is { } right && node.Inputs[0]!.HasShapeOf(node.Output) ? (node.Inputs[0]!, right)
        : node.Inputs[0]?.Scalar is { } left && node.Inputs[1]!.HasShapeOf(node.Output) ? (node.Inputs[1]!, left)
        : null;

    /// <summary>The factors of a product, seen through products and quotients by numbers that only it uses.</summary>
    /// <param name="number">The product of all factors that are numbers.</param>
    public static List<Value> Factors(Graph graph, Node product, out double number)
    {
        var factors = new List<Value>();
        double constant = 1;
        Collect(product, 0);
        number = constant;
        return factors;

        void Collect(Node node, int depth)
        {
            foreach (Value? operand in node.Inputs.Take(node.Operator == "Div" ? 1 : 2))
                if (operand!.Scalar is { } scalar) constant *= scalar;
                else if (operand.Producer is { Operator: "Mul" or "Div" } inner && graph.OnlyUser(operand) is not null && operand.HasShapeOf(node.Output)
                    && depth < ConstantTensor.MostDepth && (inner.Operator == "Mul" || inner.Inputs[1]!.Scalar is not null)) Collect(inner, depth + 1);
                else factors.Add(operand);
            if (node.Operator == "Div") constant /= node.Inputs[1]!.Scalar ?? double.NaN;
        }
    }

    /// <summary>The node that makes a value, if it is of the given operator.</summary>
    public static Node? Maker(Value? value, string op) => value?.Producer is { } producer && producer.Operator == op ? producer : null;

    /// <summary>True if all bounds of a Clip are these numbers.</summary>
    public static bool IsClip(Node node, float min, float max) =>
        node.Operator == "Clip" && node.Inputs.Count == 1 && node.Attributes.Float("min", float.NegativeInfinity) == min && node.Attributes.Float("max", float.PositiveInfinity) == max;

    /// <summary>Conv, Conv3D, ConvTranspose or Gemm without anything fused after its sum. (The rows of the weight of a ConvTranspose3D are more than its output channels.)</summary>
    public static bool IsBareProduct(Node node) =>
        node.Operator is "Conv" or "Conv3D" or "ConvTranspose" or "Gemm" && node.Attributes.Find("act") is null && !node.Attributes.Flag("residual")
        && node.Input(1)?.Constant is { Depth: < ConstantTensor.MostDepth } && (node.Input(2) is null || node.Input(2)!.Constant is { Depth: < ConstantTensor.MostDepth });

    /// <summary>True if the weight of a product would be stored again if one of the steps that read it changed it.</summary>
    public static bool IsShared(Value weight, IReadOnlyCollection<Node> changing) => weight.Count >= LeastShared && weight.Users.Any(user => !changing.Contains(user));

    /// <summary>The weight's role, which says where its output channels are.</summary>
    public static WeightRole Role(Node product) => product.Operator switch
    {
        "Conv" or "Conv3D" => WeightRole.Conv,
        "ConvTranspose" => WeightRole.ConvTranspose,
        _ => product.Attributes.Flag("transB") ? WeightRole.Gemm : WeightRole.MatMul,
    };

    /// <summary>The axis of the output that has the output channels.</summary>
    public static int ChannelAxis(Node product) => product.Operator == "Gemm" ? product.Output.Rank - 1 : 1;

    /// <summary>A constant as one number for each channel of a value; null if it is something else.</summary>
    public static Func<double[]>? PerChannel(Value constant, Value value, int axis)
    {
        if (constant.Constant is not { Type: ElementType.Float32 } tensor || !value.Shape[axis].IsConstant) return null;
        long channels = value.Shape[axis].Value;
        if (constant.Rank > value.Rank || tensor.Count != 1 && tensor.Count != channels) return null;
        int channel = axis - (value.Rank - constant.Rank);
        if (tensor.Count != 1 && (channel < 0 || !constant.Shape[channel].Equals(value.Shape[axis]))) return null;
        return () =>
        {
            float[] values = tensor.ToFloats();
            return [.. Enumerable.Range(0, (int)channels).Select(i => (double)values[values.Length == 1 ? 0 : i])];
        };
    }

    /// <summary>A copy of a node with other inputs or attributes, in the place of <paramref name="end"/>, whose output it makes.</summary>
    public static Node ReplaceBy(Graph graph, Node node, Node end, IEnumerable<Value?> inputs, StepAttributes? attributes = null)
    {
        var made = new Node(node.Name, node.Operator, inputs, [new Value(end.Output.Name, end.Output.Type, end.Output.Shape)], attributes ?? node.Attributes)
        {
            Norm = node.Norm,
        };
        graph.Add(made, end);
        graph.Replace(end.Output, made.Output);
        return made;
    }
}
