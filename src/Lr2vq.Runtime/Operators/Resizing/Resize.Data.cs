using System;

namespace Lr2vq.Operators;

/// <content>Scales, lengths and a region that are data.</content>
public sealed unsafe partial class Resize
{
    private const int Roi = 1, Scales = 2, Sizes = 3;
    private readonly int[] _axes;
    private readonly string _policy;

    internal override (int First, int Last) CheckedInputs => (Roi, Sizes);

    private void CheckData(in StepRules rules, RuleTensor x, RuleTensor y)
    {
        rules.Plain();
        StepRules.Require(_scales.Length == 0 && _factors.Length == 0 && _roi.Length == 0, "its scales or region are both attributes and data");
        StepRules.Require(!(rules.Has(Scales) && rules.Has(Sizes)), "it has both scales and sizes");
        StepRules.Require(_policy is "stretch" or "not_larger" or "not_smaller", $"the policy '{_policy}' is not known");
        for (int i = 0; i < _axes.Length; i++)
        {
            StepRules.Axis(_axes[i], x.Rank);
            StepRules.Require(Array.IndexOf(_axes, _axes[i]) == i, FormattableString.Invariant($"axis {_axes[i]} is there twice"));
        }
        if (rules.Has(Roi)) rules.Input(Roi).IsLike(ElementType.Float32).HasCount(2 * _axes.Length);
        if (rules.Has(Scales)) rules.Input(Scales).IsLike(ElementType.Float32).HasCount(_axes.Length);
        if (rules.Has(Sizes)) DataRules.Numbers(rules, Sizes, _axes.Length);
        for (int d = 0; d < x.Rank; d++)
        {
            if (Array.IndexOf(_axes, d) < 0) StepRules.Equal(x[d], y[d], "the lengths of an axis that is not resized");
            if (y[d].Value > 0) StepRules.Within(x[d], 1, StepRules.MostReach, "a length of the input");
            StepRules.Within(y[d], 0, StepRules.MostReach, "a length of the output");
            // The least scale that can lead to this length, and one more for what rounding makes of it.
            float least = x[d].Value == 0 ? 1f : Math.Max(0.5f, y[d].Value - 0.5f) / x[d].Value;
            rules.Table(y[d] * (Taps(least) + 2), 2 * sizeof(long));
        }
    }

    private StepPreparation PrepareData(in StepShapes shapes)
    {
        long[] x = StoredShape.Of(shapes.Inputs[0]), y = StoredShape.Of(shapes.Outputs[0]);
        long scratch = 0;
        // Whatever axes change, each pass makes one of these.
        if (_mode != "nearest")
            for (int d = 1; d < y.Length; d++) scratch = Math.Max(scratch, checked(Product(x, 0, d) * Product(y, d, y.Length)));
        int count = 0;
        for (int i = Roi; i < shapes.Inputs.Length; i++) count += (int)(shapes.Inputs[i].Type == ElementType.Undefined ? 0 : shapes.Inputs[i].Length);
        return new(checked(2 * Aligned(scratch)), new DataState(count));
    }

    private Plan Resolve(in StepArguments arguments, DataState data)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        ref readonly TensorView x = ref inputs[0], y = ref arguments.Outputs[0];
        Span<long> numbers = stackalloc long[4 * _axes.Length];
        int count = 0;
        for (int i = Roi; i < inputs.Length; i++)
            for (long k = 0; Has(inputs, i) && k < inputs[i].Length; k++)
                numbers[count++] = i == Sizes ? new IndexReader(inputs[i]).Raw(k) : BitConverter.SingleToInt32Bits(inputs[i].F32[k]);
        numbers = numbers[..count];
        if (data.IsFor(numbers)) return (Plan)data.Made!;
        float[] scales = Has(inputs, Scales) ? Given(inputs[Scales], x.Shape, y.Shape) : Has(inputs, Sizes) ? Led(new IndexReader(inputs[Sizes]), x.Shape, y.Shape) : [];
        float[] roi = [];
        if (Has(inputs, Roi) && _coordinates == "tf_crop_and_resize")
        {
            roi = new float[2 * x.Rank];
            roi.AsSpan(x.Rank).Fill(1f);
            for (int i = 0; i < _axes.Length; i++) (roi[_axes[i]], roi[x.Rank + _axes[i]]) = (Finite(inputs[Roi].F32[i]), Finite(inputs[Roi].F32[_axes.Length + i]));
        }
        Plan made = Make(x, y, scales, roi);
        data.Keep(numbers, made);
        return made;
    }

    private static bool Has(ReadOnlySpan<TensorView> inputs, int input) => input < inputs.Length && inputs[input].Type != ElementType.Undefined;

    /// <summary>Scales that lead to the shape of the result.</summary>
    private float[] Given(in TensorView given, int[] x, int[] y)
    {
        float[] scales = Ones(x.Length);
        for (int i = 0; i < _axes.Length; i++)
        {
            int axis = _axes[i];
            float scale = given.F32[i], length = x[axis] * scale;
            if (!(scale > 0 && float.IsFinite(scale))) throw new IndexOutsideException(FormattableString.Invariant($"the scale {scale} is not above 0"));
            if (!(length < int.MaxValue) || (int)length != y[axis]) throw DataRules.Differs(axis, (Int128)length, y[axis]);
            scales[axis] = scale;
        }
        return scales;
    }

    /// <summary>Scales of lengths, which lead to the shape of the result; none where they are just those lengths.</summary>
    private float[] Led(IndexReader sizes, int[] x, int[] y)
    {
        if (_policy == "stretch")
        {
            for (int i = 0; i < _axes.Length; i++)
                if (sizes.Raw(i) != y[_axes[i]]) throw DataRules.Differs(_axes[i], sizes.Raw(i), y[_axes[i]]);
            return [];
        }
        float scale = _policy == "not_larger" ? float.PositiveInfinity : 0f;
        for (int i = 0; i < _axes.Length; i++)
        {
            float ratio = (float)sizes.Raw(i) / x[_axes[i]];
            scale = _policy == "not_larger" ? Math.Min(scale, ratio) : Math.Max(scale, ratio);
        }
        if (!(scale > 0 && float.IsFinite(scale))) throw new IndexOutsideException(FormattableString.Invariant($"its sizes lead to the scale {scale}, which is not above 0"));
        float[] scales = Ones(x.Length);
        foreach (int axis in _axes)
        {
            float length = MathF.Round(scale * x[axis], MidpointRounding.AwayFromZero);
            if (!(length < int.MaxValue) || (int)length != y[axis]) throw DataRules.Differs(axis, (Int128)length, y[axis]);
            scales[axis] = scale;
        }
        return scales;
    }

    private static float Finite(float place) => float.IsFinite(place) ? place : throw new IndexOutsideException(FormattableString.Invariant($"the region has the number {place}"));

    private static float[] Ones(int count)
    {
        float[] ones = new float[count];
        ones.AsSpan().Fill(1f);
        return ones;
    }
}
