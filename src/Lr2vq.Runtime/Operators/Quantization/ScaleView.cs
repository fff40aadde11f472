using System;

namespace Lr2vq.Operators;

/// <summary>Which scale each element of a tensor has: one of all, one for each place of an axis, or one for each block along an axis. The elements are walked
/// through in stretches that have one scale, or neighbouring ones.</summary>
internal sealed class ScaleView
{
    private const long Stretch = 1024;

    private readonly long _length, _blocks, _inner, _block, _count;
    private readonly bool _ofTensor;

    public ScaleView(int[] shape, int[] scale, int axis, int block)
    {
        long total = AxisView.Product(shape, 0, shape.Length);
        if (block == 0 && AxisView.Product(scale, 0, scale.Length) == 1)
        {
            (_ofTensor, _count, _block, Stretches) = (true, total, Stretch, (total + Stretch - 1) / Stretch);
            return;
        }
        var view = new AxisView(shape, axis);
        (_length, _inner, _block) = (view.Length, view.Inner, block == 0 ? 1 : block);
        _blocks = (_length + _block - 1) / _block;
        (IsOfAxis, Step) = (block == 0, _inner > 1 == block > 0 ? 1 : 0);
        // [outer, axis, inner]: along the axis where that is what is contiguous, else along the inner dimensions.
        Stretches = total == 0 ? 0 : view.Outer * (_inner > 1 ? _length : block == 0 ? 1 : _blocks);
    }

    private bool IsOfAxis { get; }

    /// <summary>1 if neighbours in a stretch have neighbouring scales, 0 if all have one.</summary>
    public int Step { get; }

    public long Stretches { get; }

    /// <summary>First element, elements, and first scale of a stretch.</summary>
    public (long Start, long Count, long Scale) At(long stretch)
    {
        if (_ofTensor) return (stretch * Stretch, Math.Min(Stretch, _count - stretch * Stretch), 0);
        if (_inner > 1)
        {
            long place = stretch % _length;
            return (stretch * _inner, _inner, IsOfAxis ? place : (stretch / _length * _blocks + place / _block) * _inner);
        }
        if (IsOfAxis) return (stretch * _length, _length, 0);
        long outer = stretch / _blocks, first = stretch % _blocks * _block;
        return (outer * _length + first, Math.Min(_block, _length - first), stretch);
    }

    /// <summary>The scale fits the tensor, and the zero point, if it is there, the scale.</summary>
    public static void Check(in StepRules rules, RuleTensor x, ElementType quantized, int axis, int block)
    {
        RuleTensor scale = rules.Input(1).IsLike(ElementType.Float32);
        StepRules.Within(block, 0, StepRules.MostReach, "the length of a block");
        if (rules.Has(2)) rules.Input(2).IsLike(quantized).HasCount(scale.Count);
        StepRules.Require(!rules.Has(2) || !QuantizationRules.IsFloat(quantized) || quantized == ElementType.Float4E2M1, "a float of 8 bits has a zero point");
        if (block == 0 && scale.Count.Value == 1) return;
        StepRules.Axis(axis, x.Rank);
        if (block == 0)
        {
            scale.HasShape(x[axis]);
            return;
        }
        Extent[] shape = x.Shape;
        shape[axis] = Extent.FloorDivide(shape[axis] + (block - 1), block);
        scale.HasShape(shape);
    }
}
