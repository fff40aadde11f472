using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What operators of quantized tensors rely on.</summary>
internal static class QuantizationRules
{
    /// <summary>A float of 4 or 8 bits that tensors are quantized to.</summary>
    public static bool IsFloat(ElementType type) => ElementTypes.IsNarrowFloat(type) && type != ElementType.Float8E8M0;

    /// <summary>A tensor of bytes.</summary>
    public static RuleTensor Bytes(in StepRules rules, int input) => rules.Input(input).Is(ElementType.UInt8, ElementType.Int8);

    /// <summary>Zero points of a tensor: none, one, or one for each of some places.</summary>
    public static void ZeroPoint(in StepRules rules, int input, ElementType type, Extent places)
    {
        if (rules.Has(input)) OneOrEach(rules.Input(input).IsLike(type), places);
    }

    /// <summary>One scale and one zero point, which are there.</summary>
    public static void OfTensor(in StepRules rules, int scale, ElementType type)
    {
        rules.Input(scale).IsLike(ElementType.Float32).HasCount(1);
        rules.Input(scale + 1).IsLike(type).HasCount(1);
    }

    /// <summary>Scales and zero points: one, or one for each of some places.</summary>
    public static void OfPlaces(in StepRules rules, int scale, ElementType type, Extent places)
    {
        OneOrEach(rules.Input(scale).IsLike(ElementType.Float32), places);
        OneOrEach(rules.Input(scale + 1).IsLike(type), places);
    }

    public static void OneOrEach(RuleTensor tensor, Extent places)
    {
        if (tensor.Count.Value != 1) tensor.HasCount(places);
    }

    /// <summary>A tensor of bytes with its zero points.</summary>
    public static unsafe ByteOperand Operand(ReadOnlySpan<TensorView> inputs, int tensor, int zeroPoint)
    {
        TensorView zero = zeroPoint < inputs.Length ? inputs[zeroPoint] : default;
        return new ByteOperand(inputs[tensor].Data, inputs[tensor].Type, zero.Data, zero.Data != null && zero.Length > 1);
    }

    /// <summary>The weight of a convolution, packed at load; null if that is not known then, or there is no kernel for it.</summary>
    public static PackedBytes? Take(BindContext context, int weight, int zeroPoints) => context.TakeBytes(weight, zeroPoints) is { } taken
        ? PackedBytes.Pack(taken.Values, taken.Shape, taken.IsSigned, taken.ZeroPoints, context.Memory)
        : null;

    /// <summary>The range of a result that has one zero point.</summary>
    public static unsafe QuantizedRange Range(in TensorView zeroPoint) => new(zeroPoint.Type, SmallIntegers.At(zeroPoint.Data, zeroPoint.Type, 0));

    /// <summary>Memory for <see cref="Factors"/>, whole cache lines.</summary>
    public static long FactorBytes(in TensorView weights) => (weights.Length * sizeof(float) + 63) & ~63L;

    /// <summary>What sums of products are multiplied with: the scales of the operands ÷ the scale of the result.</summary>
    /// <param name="x">Scale of the left operand.</param>
    /// <param name="weights">Scales of the right one.</param>
    /// <param name="y">Scale of the result.</param>
    /// <param name="factors">As many as <paramref name="weights"/>.</param>
    public static unsafe void Factors(float x, in TensorView weights, float y, float* factors)
    {
        long count = weights.Length;
        for (long i = 0; i < count; i++) factors[i] = x * weights.F32[i] / y;
    }
}
