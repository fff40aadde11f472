using System;
using System.Collections.Generic;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Resize (and Upsample): resamples axes by nearest neighbour, linear or cubic interpolation.</summary>
/// <remarks>(x) → (y), nearest: any type but text, linear and cubic: f32; plain; f32 also blocked when only axes 2 and 3 change. Attributes mode (nearest, linear,
/// cubic), coordinate_transformation_mode (half_pixel), nearest_mode (round_prefer_floor, round_prefer_ceil, floor, ceil, or simple: floor, but ceil where
/// the axis shrinks, as opset 10 does), cubic_coeff_a (float, −0.75), exclude_outside (0 or 1), extrapolation_value (float, 0), antialias (0 or 1),
/// scales (floats for all axes) or factors (the same as expressions; without both: lengths out ÷ in), roi (floats: starts of all axes, then ends).
/// Or (x, roi?, scales?, sizes?) → (y), plain, with axes (those that they are about) and keep_aspect_ratio_policy (stretch) in place of the last three:
/// what ONNX has as operands, which must lead to the shape of y.</remarks>
public sealed unsafe partial class Resize : Operator, IOperator<Resize>
{
    private const float HalfTolerance = 1e-6f;
    private readonly string _mode, _coordinates, _nearest;
    private readonly float _cubicA, _extrapolation;
    private readonly bool _excludeOutside, _antialias;
    private readonly float[] _scales, _roi;
    private readonly Real[] _factors;

    private Resize(StepAttributes attributes)
    {
        _mode = attributes.Text("mode", "nearest");
        _coordinates = attributes.Text("coordinate_transformation_mode", "half_pixel");
        _nearest = attributes.Text("nearest_mode", "round_prefer_floor");
        _cubicA = attributes.Float("cubic_coeff_a", -0.75f);
        _extrapolation = attributes.Float("extrapolation_value", 0f);
        _excludeOutside = attributes.Flag("exclude_outside");
        _antialias = attributes.Flag("antialias");
        _scales = attributes.Floats("scales");
        _factors = attributes.Reals("factors");
        _roi = attributes.Floats("roi");
        _axes = attributes.Ints("axes");
        _policy = attributes.Text("keep_aspect_ratio_policy", "stretch");
    }

    /// <inheritdoc/>
    public static Resize Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 4);
        RuleTensor x = rules.Input(0).IsSized(), y = rules.Output(0).IsLike(x.Type).HasLayout(x.Layout).HasRank(x.Rank);
        StepRules.Require(_mode is "nearest" or "linear" or "cubic", $"the mode '{_mode}' is not known");
        StepRules.Require(ResizeCoordinates.IsKnown(_coordinates), $"the coordinate transformation '{_coordinates}' is not known");
        StepRules.Require(_nearest is "floor" or "ceil" or "simple" or "round_prefer_ceil" or "round_prefer_floor", $"the nearest mode '{_nearest}' is not known");
        if (_mode != "nearest") x.IsLike(ElementType.Float32);
        if (rules.InputCount > 1)
        {
            CheckData(rules, x, y);
            return;
        }
        float[] scales = _factors.Length > 0 ? rules.Evaluate(_factors) : _scales;
        StepRules.Require(scales.Length == 0 || scales.Length == x.Rank, "scales and dimensions are not equally many");
        StepRules.Require(_roi.Length == 0 || _roi.Length == 2 * x.Rank, "the region and dimensions do not fit");
        if (_mode == "linear") CheckLinear(x, y);
        foreach (float scale in scales) StepRules.Require(scale > 0 && float.IsFinite(scale), "a scale is not above 0");
        for (int d = 0; d < x.Rank; d++)
        {
            StepRules.Require(!x.IsBlocked || d >= 2 || (x[d].Value == y[d].Value && (d >= scales.Length || scales[d] == 1f)), "it resizes a blocked axis");
            // Nothing can be repeated that is not there.
            if (y[d].Value > 0) StepRules.Within(x[d], 1, StepRules.MostReach, "a length of the input");
            StepRules.Within(y[d], 0, StepRules.MostReach, "a length of the output");
            rules.Table(y[d] * Taps(Scale(scales, d, x[d].Value, y[d].Value)), 2 * sizeof(long));
        }
    }

    /// <summary>Lengths of inputs that would interpolate images or channels too are taken for a mistake, as ONNX Runtime takes them.</summary>
    private static void CheckLinear(RuleTensor x, RuleTensor y)
    {
        if (x.Rank < 4) return;
        bool Changes(int axis) => x[axis].Value != y[axis].Value;
        if (!Changes(0) && (!Changes(1) || (x.Rank == 4 && !Changes(3)))) return;
        for (int axis = 0; axis < 2; axis++)
            if (Changes(axis) && (x[axis].Cause ?? y[axis].Cause) is not null) StepRules.Equal(x[axis], y[axis], "the batches or channels of a linear interpolation");
    }

    /// <summary>Inputs of which an output is made, at most.</summary>
    private long Taps(float scale) => _mode == "nearest" ? 1 : _antialias ? ResizeTaps.AntialiasCount(scale, _mode == "cubic") : _mode == "cubic" ? 4 : 2;

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        if (shapes.Inputs.Length > 1) return PrepareData(shapes);
        Plan plan = Make(shapes.Inputs[0], shapes.Outputs[0], _factors.Length > 0 ? Real.Evaluate(_factors, shapes.Evaluate) : _scales, _roi);
        return new(checked(2 * plan.HalfScratch), plan);
    }

    private Plan Make(in TensorView from, in TensorView view, float[] scales, float[] roi)
    {
        long[] x = StoredShape.Of(from), y = StoredShape.Of(view);
        // Nothing changes if no length does, whatever the scales are: so does ONNX Runtime, which authors of models look at.
        int axes = x.AsSpan().SequenceEqual(y) ? 0 : view.Rank;
        bool[]?[] outside = new bool[]?[y.Length];
        if (_mode == "nearest") return new Plan([], Nearest(x, y, axes, scales, roi, ElementTypes.ByteLength(view.Type)), []);

        List<ResizePass> passes = [];
        for (int d = axes - 1; d >= 0; d--)
        {
            float scale = Scale(scales, d, x[d], y[d]);
            if (IsUnchanged(scale, x[d], y[d])) continue;
            ResizeCoordinates coordinates = Coordinates(d, scale, roi, x[d], y[d]);
            // Axes behind this one already have their new length.
            passes.Add(new ResizePass(Product(x, 0, d), x[d], y[d], Product(y, d + 1, y.Length), Taps(coordinates, scale, x[d], y[d])));
            bool[] flags = new bool[y[d]];
            for (long i = 0; i < y[d]; i++) flags[i] = coordinates.IsOutside(coordinates.At(i));
            if (Array.IndexOf(flags, true) >= 0) outside[d] = flags;
        }
        // Two halves of scratch: a pass reads one and writes the other; the last one writes y.
        long scratch = 0;
        for (int p = 0; p < passes.Count - 1; p++) scratch = Math.Max(scratch, passes[p].Length);
        return new Plan([.. passes], null, outside, Aligned(scratch));
    }

    internal override void Run(in StepArguments arguments)
    {
        Plan plan = arguments.State is DataState data ? Resolve(arguments, data) : (Plan)arguments.State!;
        ref readonly TensorView y = ref arguments.Outputs[0];
        float value = y.Type == ElementType.Float32 ? _extrapolation : 0f;
        if (plan.Nearest is { } copy)
        {
            ulong bits = BitConverter.SingleToUInt32Bits(value);
            copy.Run(arguments.Team, arguments.Inputs[0].Data, y.Data, &bits);
        }
        else
        {
            byte* from = arguments.Inputs[0].Data;
            for (int p = 0; p < plan.Passes.Length; p++)
            {
                byte* to = p == plan.Passes.Length - 1 ? y.Data : arguments.Scratch + p % 2 * plan.HalfScratch;
                plan.Passes[p].Run(arguments.Team, (float*)from, (float*)to);
                from = to;
            }
            if (plan.Passes.Length == 0) Buffer.MemoryCopy(from, y.Data, y.StoredLength * sizeof(float), y.StoredLength * sizeof(float));
            FillOutside(plan.Outside, y);
        }
        if (value != 0f) PadLanes.Clear(y);
    }

    private IndexedCopy Nearest(long[] x, long[] y, int axes, float[] scales, float[] roi, int elementSize)
    {
        long[][] maps = new long[y.Length][];
        for (int d = 0; d < y.Length; d++)
        {
            maps[d] = new long[y[d]];
            float scale = d < axes ? Scale(scales, d, x[d], y[d]) : 1f;
            bool unchanged = d >= axes || IsUnchanged(scale, x[d], y[d]);
            ResizeCoordinates coordinates = Coordinates(d, scale, roi, x[d], y[d]);
            for (long i = 0; i < y[d]; i++)
            {
                float place = unchanged ? i : coordinates.At(i);
                maps[d][i] = !unchanged && coordinates.IsOutside(place) ? -1 : Math.Clamp(NearestIndex(place, scale < 1), 0, x[d] - 1);
            }
        }
        return new IndexedCopy(x, y, maps, elementSize);
    }

    private long NearestIndex(float place, bool shrinks) => _nearest switch
    {
        "floor" => (long)MathF.Floor(place),
        "ceil" => (long)MathF.Ceiling(place),
        "simple" => (long)(shrinks ? MathF.Ceiling(place) : place),
        "round_prefer_ceil" => (long)(IsHalf(place) ? MathF.Ceiling(place) : MathF.Round(place)),
        "round_prefer_floor" => (long)(IsHalf(place) ? MathF.Floor(place) : MathF.Round(place)),
        _ => throw new FormatException($"Nearest mode '{_nearest}' is not known."),
    };

    /// <summary>True half way between two pixels; the division by the scale may have missed that by a little. The bound is ONNX Runtime's.</summary>
    private static bool IsHalf(float place) => Math.Abs(place - MathF.Floor(place) - 0.5f) <= HalfTolerance;

    private static float Scale(float[] scales, int axis, long input, long output) =>
        axis < scales.Length ? scales[axis] : input == 0 ? 1f : (float)output / input;

    // With filters an axis of the same length stays as it is, whatever its scale.
    private bool IsUnchanged(float scale, long input, long output) => input == output && (scale == 1f || _antialias);

    private ResizeCoordinates Coordinates(int axis, float scale, float[] roi, long input, long output) =>
        axis < roi.Length / 2 ? new(_coordinates, scale, input, output, roi[axis], roi[roi.Length / 2 + axis]) : new(_coordinates, scale, input, output, 0f, 1f);

    /// <summary>Bytes of so many floats, up to the next line of the cache.</summary>
    private static long Aligned(long floats) => checked(floats * sizeof(float) + 63) / 64 * 64;

    private ResizeTaps Taps(ResizeCoordinates coordinates, float scale, long input, long output)
    {
        bool cubic = _mode == "cubic";
        if (_antialias) return ResizeTaps.Antialias(coordinates, input, output, scale, cubic, _cubicA, _excludeOutside);
        return cubic
            ? ResizeTaps.Cubic(coordinates, input, output, _cubicA, _excludeOutside)
            : ResizeTaps.Linear(coordinates, input, output);
    }

    /// <summary>Where <c>tf_crop_and_resize</c> looks beyond the input there is a constant.</summary>
    private void FillOutside(bool[]?[] outside, in TensorView y)
    {
        for (int d = 0; d < outside.Length; d++)
        {
            if (outside[d] is not { } flags) continue;
            bool blocked = y.Layout == TensorLayout.Blocked;
            long inner = blocked ? 16 : 1, outer = 1;
            for (int k = d + 1; k < y.Rank; k++) inner *= y.Shape[k];
            for (int k = 0; k < d; k++) outer *= blocked && k == 1 ? (y.Shape[1] + 15) / 16 : y.Shape[k];
            for (long o = 0; o < outer; o++)
                for (long i = 0; i < flags.Length; i++)
                    if (flags[i]) new Span<float>(y.F32 + (o * flags.Length + i) * inner, checked((int)inner)).Fill(_extrapolation);
        }
    }

    private static long Product(long[] shape, int from, int to)
    {
        long product = 1;
        for (int d = from; d < to; d++) product = checked(product * shape[d]);
        return product;
    }

    private sealed record Plan(ResizePass[] Passes, IndexedCopy? Nearest, bool[]?[] Outside, long HalfScratch = 0);
}
