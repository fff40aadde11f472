using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Scales and zero points of quantized tensors, as nodes give them.</summary>
internal static class QuantizationParameters
{
    /// <summary>A tensor of u8 or i8.</summary>
    public static Value Bytes(NodeContext node, int input) =>
        node[input].Type is ElementType.UInt8 or ElementType.Int8 ? node[input] : throw node.UnsupportedType(node[input].Type);

    /// <summary>A scale that all elements have.</summary>
    public static Value Scale(NodeContext node, int input) => One(node, node.Floats(input), "scale");

    /// <summary>A zero point that all elements have; 0 where the node gives none.</summary>
    public static Value ZeroPoint(NodeContext node, int input, ElementType type) =>
        Optional(node, input, type) is { } zero ? One(node, zero, "zero point") : node.Builder.Constant(ConstantTensor.Of(type, [], [0L])!, FormattableString.Invariant($"zero{input}"));

    /// <summary>Zero points of an input that may be absent; null then.</summary>
    public static Value? Optional(NodeContext node, int input, ElementType type) => node.Optional(input) is not { } zero ? null
        : zero.Type == type ? zero
        : throw node.Invalid($"the zero point {zero} has not the type of its tensor");

    /// <summary>Scales or zero points of the columns of a matrix, or channels of a weight: one, or one for each.</summary>
    public static Value OneOrEach(NodeContext node, Value parameters, Dimension places)
    {
        if (parameters.Count == 1) return parameters;
        if (parameters.Rank == 0 || !Shapes.MayBeEqual(parameters.Shape[^1], places)) throw node.Invalid($"{parameters} does not fit {places} columns or channels");
        if (!parameters.Shape[..^1].All(length => length.Equals(Dimension.One))) throw node.Unsupported("scales or zero points of their own for the matrices of a batch");
        return node.Builder.Reshape(parameters, [parameters.Shape[^1]]);
    }

    /// <summary>Which scale which element has, as attributes of QuantizeLinear and DequantizeLinear.</summary>
    public static AttributeList Axis(NodeContext node, Value x, Value scale, Value? zero)
    {
        int block = node.Int("block_size", 0);
        if (block < 0) throw node.Invalid("its block_size is negative");
        if (zero is not null && zero.Count != scale.Count && !(zero.Rank == scale.Rank && zero.Shape.Zip(scale.Shape).All(pair => Shapes.MayBeEqual(pair.First, pair.Second)))) throw node.Invalid($"scale {scale} and zero point {zero} differ");
        if (block == 0 && scale.Count == 1) return [];
        int axis = node.Axis(node.Int("axis", 1), x.Rank);
        Dimension[] expected = [x.Shape[axis]];
        if (block > 0)
        {
            expected = [.. x.Shape];
            expected[axis] = Dimension.CeilingDivide(x.Shape[axis], block);
        }
        if (scale.Rank != expected.Length || !scale.Shape.Zip(expected, Shapes.MayBeEqual).All(fits => fits)) throw node.Invalid($"the scale {scale} does not fit {x}");
        return new AttributeList().Add("axis", axis, 1).Add("block_size", block, 0);
    }

    /// <summary>Scales of QuantizeLinear and DequantizeLinear: floats, or powers of two.</summary>
    public static Value Scales(NodeContext node, int input) =>
        node[input].Type == ElementType.Float8E8M0 ? node.Builder.Cast(node[input], ElementType.Float32) : node.Floats(input);

    /// <summary>The zero point of floats of 4 and 8 bits: it says their type, and has to be 0. Of 4 bits it is added, which makes 0 of -0; of 8 it is not.</summary>
    public static Value? OfFloats(NodeContext node, Value? zero)
    {
        if (zero?.Constant is { } constant && constant.ToBytes().AsSpan().ContainsAnyExcept((byte)0)) throw node.Invalid($"the zero point {zero} of floats is not 0");
        return zero?.Type == ElementType.Float4E2M1 ? zero : null;
    }

    /// <summary>Adds DequantizeLinear of a tensor with one scale.</summary>
    public static Value Dequantize(NodeContext node, Value x, Value scale, Value zero) =>
        node.Builder.Emit("DequantizeLinear", [x, scale, zero], StepAttributes.Empty, ElementType.Float32, x.Shape);

    /// <summary>Adds QuantizeLinear to a tensor with one scale.</summary>
    public static Value Quantize(NodeContext node, Value x, Value scale, Value zero, string? output) =>
        node.Builder.Emit("QuantizeLinear", [x, scale, zero], StepAttributes.Empty, zero.Type, x.Shape, output);

    private static Value One(NodeContext node, Value value, string what) =>
        value.Count == 1 ? value : throw node.Unsupported($"a {what} that is not one number ({value})");
}
