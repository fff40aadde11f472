using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Import;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Passes;

/// <summary>An operator on floats between DequantizeLinear and QuantizeLinear is one of integers. Sums of products are exact then, where floats round them in an
/// order of their own; only what is quantized is rounded. ONNX Runtime does the same, for weights of 8 bits, and its operators are the definition of those that
/// ONNX lacks.</summary>
internal sealed class FuseIntegers : RewriteRule
{
    /// <summary>How far the scale of a bias may be from the product of the scales of input and weight.</summary>
    private const double ScaleError = 1e-5;

    public override string? TryRewrite(Graph graph, Node node)
    {
        if (node.Operator != "QuantizeLinear" || Scales.OfTensor(node, node.Output.Type) is not { } result) return null;
        if (Producer(graph, node.Inputs[0]!) is not { } made) return null;
        if (IsWithin(made, result))
        {
            if (Producer(graph, made.Inputs[0]!) is not { } limited) return null;
            made = limited;
        }
        if (made.Attributes.Find("act") is not null || made.Outputs.Count != 1) return null;
        var target = new Target(new GraphBuilder(graph, made.Name, node), node, result);
        Value? y = made.Operator switch
        {
            "Conv" => Convolution(made, target),
            "Gemm" => Product(made, target),
            "MatMul" => Matrices(made, target),
            "Add" or "Mul" => Pair(made, target),
            "GlobalAveragePool" => Mean(made, target),
            "Reshape" or "Transpose" or "Slice" => Movement(made, target),
            _ => null,
        };
        if (y is null) return null;
        graph.Replace(node.Output, y);
        graph.Remove(node);
        return $"{made.Name} is computed in integers";
    }

    /// <summary>A tensor of integers with its scales and zero points.</summary>
    /// <param name="Integers">The integers.</param>
    /// <param name="Scale">Constant: one scale, or one for each place of an axis.</param>
    /// <param name="Zero">Zero points; null for 0.</param>
    /// <param name="Axis">The axis; null for one scale.</param>
    private sealed record Scales(Value Integers, Value Scale, Value? Zero, int? Axis)
    {
        /// <summary>The tensor of bytes that a value was made of; null for any other.</summary>
        public static Scales? Of(Value value, bool mayBeWide = false)
        {
            (IReadOnlyList<Value?>? inputs, StepAttributes? attributes) = value switch
            {
                { Producer: { Operator: "DequantizeLinear" } node } => (node.Inputs, node.Attributes),
                { Constant: FoldedConstant { Operator: "DequantizeLinear" } constant } => (constant.Inputs, constant.Attributes),
                _ => (null, null),
            };
            if (inputs is null || attributes!.Int("block_size", 0) != 0) return null;
            Value? zero = inputs.Count > 2 ? inputs[2] : null;
            ElementType type = inputs[0]!.Type;
            if (type is not (ElementType.UInt8 or ElementType.Int8) && !(mayBeWide && type == ElementType.Int32)) return null;
            if (inputs[1] is not { Constant: not null } scale) return null;
            if (zero is { Constant: null }) return null;
            return new Scales(inputs[0]!, scale, zero, scale.Count == 1 ? null : attributes.Int("axis", 1));
        }

        /// <summary>The only scale and zero point of a QuantizeLinear or DequantizeLinear; null if there are several, or they are not known.</summary>
        public static Scales? OfTensor(Node node, ElementType type) =>
            type is ElementType.UInt8 or ElementType.Int8 && node.Inputs[1] is { Scalar: > 0 } scale && node.Input(2) is null or { Constant.Count: 1 }
                ? new Scales(node.Output, scale, node.Input(2), null)
                : null;

        public bool IsOfTensor => Axis is null && Scale.Scalar > 0;

        /// <summary>The only zero point.</summary>
        public int ZeroPoint => Zero is null ? 0 : (int)Zero.Constant!.ToInt64s()[0];
    }

    /// <summary>Where a step of integers goes.</summary>
    private sealed record Target(GraphBuilder Builder, Node End, Scales Result)
    {
        public Value Emit(string op, StepAttributes attributes, params Value?[] inputs) => Builder.Emit(op, inputs, attributes, End.Output.Type, End.Output.Shape, End.Output.Name);

        /// <summary>Scale and zero point of the result.</summary>
        public Value?[] After => [Result.Scale, Zero(Result, End.Output.Type)];

        /// <summary>A tensor with its scales and zero points.</summary>
        public Value?[] Operand(Scales of) => [of.Integers, of.Scale, Zero(of, of.Integers.Type)];

        private Value Zero(Scales of, ElementType type) => of.Zero ?? Builder.Constant(ConstantTensor.Of(type, [], [0L])!, "zero");
    }

    private static Node? Producer(Graph graph, Value value) => value.Producer is { } made && graph.OnlyUser(value) is not null ? made : null;

    /// <summary>True for a Relu or Clip that lets everything through which the integers can hold.</summary>
    private static bool IsWithin(Node node, Scales result)
    {
        if (node.Operator is not ("Relu" or "Clip") || node.Inputs.Count != 1) return false;
        (float min, float max) = node.Operator == "Relu" ? (0f, float.PositiveInfinity) : (node.Attributes.Float("min", float.NegativeInfinity), node.Attributes.Float("max", float.PositiveInfinity));
        if (!(min <= max)) return false;
        var range = new QuantizedRange(result.Integers.Type, result.ZeroPoint);
        float scale = result.Scale.Scalar!.Value;
        // Quantizing keeps the order: the bounds decide.
        return Quantizer.One(min / scale, range) == range.Low + range.ZeroPoint && Quantizer.One(max / scale, range) == range.High + range.ZeroPoint;
    }

    private static Value? Convolution(Node conv, Target target)
    {
        if (conv.Attributes.Flag("residual") || Scales.Of(conv.Inputs[0]!) is not { IsOfTensor: true } x || Scales.Of(conv.Inputs[1]!) is not { Integers.Constant: not null } weight) return null;
        if (x.Integers.Rank != 4 || weight.Integers.Rank != 4 || weight.Axis is not (null or 0) || !HasBias(conv, x, weight, out Value? bias)) return null;
        return target.Emit("QLinearConv", conv.Attributes, [.. target.Operand(x), .. target.Operand(weight), .. target.After, bias]);
    }

    private static Value? Product(Node gemm, Target target)
    {
        if (gemm.Attributes.Float("alpha", 1f) != 1 || gemm.Attributes.Float("beta", 1f) != 1 || gemm.Attributes.Flag("residual")) return null;
        if (Scales.Of(gemm.Inputs[0]!) is not { IsOfTensor: true } a || Scales.Of(gemm.Inputs[1]!) is not { Integers.Constant: not null } weight) return null;
        bool turned = gemm.Attributes.Flag("transB");
        int columns = turned ? 0 : 1;
        if (a.Integers.Rank < 2 || weight.Integers.Rank != 2 || weight.Axis is not null && weight.Axis != columns || !HasBias(gemm, a, weight, out Value? bias)) return null;
        if (turned) weight = weight with { Integers = target.Builder.Transpose(weight.Integers, [1, 0]) };
        return target.Emit("QLinearMatMul", StepAttributes.Empty, [.. target.Operand(a), .. target.Operand(weight), .. target.After, bias]);
    }

    private static Value? Matrices(Node product, Target target)
    {
        if (product.Attributes.Pairs.Any() || Scales.Of(product.Inputs[0]!) is not { IsOfTensor: true } a || Scales.Of(product.Inputs[1]!) is not { IsOfTensor: true } b) return null;
        return a.Integers.Rank < 2 || b.Integers.Rank < 2 ? null : target.Emit("QLinearMatMul", StepAttributes.Empty, [.. target.Operand(a), .. target.Operand(b), .. target.After]);
    }

    private static Value? Pair(Node node, Target target)
    {
        if (Scales.Of(node.Inputs[0]!) is not { IsOfTensor: true } a || Scales.Of(node.Inputs[1]!) is not { IsOfTensor: true } b) return null;
        ElementType type = target.End.Output.Type;
        return a.Integers.Type != type || b.Integers.Type != type ? null : target.Emit("QLinear" + node.Operator, StepAttributes.Empty, [.. target.Operand(a), .. target.Operand(b), .. target.After]);
    }

    private static Value? Mean(Node node, Target target) =>
        Scales.Of(node.Inputs[0]!) is { IsOfTensor: true } x && x.Integers.Type == target.End.Output.Type ? target.Emit("QLinearGlobalAveragePool", StepAttributes.Empty, [.. target.Operand(x), .. target.After]) : null;

    /// <summary>What only moves elements moves the integers, if scale and zero point stay.</summary>
    private static Value? Movement(Node node, Target target)
    {
        if (node.Inputs.Count != 1 || Scales.Of(node.Inputs[0]!) is not { IsOfTensor: true } x || x.Integers.Type != target.End.Output.Type) return null;
        return x.Scale.Scalar != target.Result.Scale.Scalar || x.ZeroPoint != target.Result.ZeroPoint ? null : target.Emit(node.Operator, node.Attributes, x.Integers);
    }

    /// <summary>True if a product has no bias, or one whose integers count in the products of its operands.</summary>
    private static bool HasBias(Node product, Scales x, Scales weight, out Value? bias)
    {
        bias = null;
        if (product.Input(2) is not { } added) return true;
        if (Scales.Of(added, mayBeWide: true) is not { Integers: { Type: ElementType.Int32, Constant: not null, Rank: 1 } integers } found) return false;
        if (found.Zero is not null && found.Zero.Constant!.ToInt64s().Any(zero => zero != 0)) return false;
        float[] scales = found.Scale.Constant!.ToFloats(), weights = weight.Scale.Constant!.ToFloats();
        double input = x.Scale.Scalar!.Value;
        for (int i = 0; i < Math.Max(scales.Length, weights.Length); i++)
        {
            double expected = input * weights[weights.Length == 1 ? 0 : i];
            if (!(Math.Abs(scales[scales.Length == 1 ? 0 : i] - expected) <= ScaleError * Math.Abs(expected))) return false;
        }
        bias = integers;
        return true;
    }
}
