using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Col2Im: blocks that lie side by side become an image; where they overlap they are added.</summary>
/// <remarks>(x [N, C·block, places]) → (y [N, C, image axes]), f32, plain. Attributes kernel_shape (lengths of a block), strides, pads (begins, then ends), dilations, of all image axes.
/// Or (x, block) → (y): the lengths of a block, i32 or i64, in place of kernel_shape; they must lead to the shapes of x and y.</remarks>
public sealed unsafe class Col2Im : Operator, IOperator<Col2Im>
{
    private readonly int[] _kernel, _strides, _pads, _dilations;

    private Col2Im(StepAttributes attributes)
    {
        _kernel = attributes.Ints("kernel_shape", 1, 1);
        _strides = attributes.Ints("strides", Array.ConvertAll(_kernel, _ => 1));
        _dilations = attributes.Ints("dilations", Array.ConvertAll(_kernel, _ => 1));
        _pads = attributes.Ints("pads", new int[2 * _kernel.Length]);
    }

    /// <inheritdoc/>
    public static Col2Im Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(1, 1, mostInputs: 2);
        rules.Plain();
        if (rules.Has(1))
        {
            CheckData(rules);
            return;
        }
        int axes = _kernel.Length;
        StepRules.Require(axes > 0 && _strides.Length == axes && _dilations.Length == axes && _pads.Length == 2 * axes, "its attributes do not fit each other");
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(3), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(2 + axes);
        Extent block = 1, places = 1;
        for (int d = 0; d < axes; d++)
        {
            Extent reach = WindowRules.Reach(y[2 + d], _kernel[d], _strides[d], _dilations[d]);
            StepRules.Within(_pads[d], 0, StepRules.MostReach, "a border");
            StepRules.Within(_pads[axes + d], 0, StepRules.MostReach, "a border");
            Extent count = WindowRules.Count(y[2 + d], (_pads[d], _pads[axes + d]), reach, _strides[d]);
            StepRules.Within(count, 1, StepRules.MostReach, "the blocks along an axis");
            (block, places) = (block * _kernel[d], places * count);
        }
        StepRules.Within(block, 1, StepRules.MostReach, "the elements of a block");
        x.HasShape(y[0], y[1] * block, places);
    }

    private void CheckData(in StepRules rules)
    {
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(3), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(3, PlanParser.MaximumRank);
        int axes = y.Rank - 2;
        StepRules.Require(_strides.Length == axes && _dilations.Length == axes && _pads.Length == 2 * axes, "its attributes do not fit each other");
        DataRules.Numbers(rules, 1, axes);
        StepRules.Equal(x[0], y[0], "the batches of input and output");
        for (int d = 0; d < axes; d++)
        {
            StepRules.Within(y[2 + d], 0, StepRules.MostReach, "a length of the image");
            StepRules.Within(_strides[d], 1, StepRules.MostReach, "a stride");
            StepRules.Within(_dilations[d], 1, StepRules.MostReach, "a dilation");
            StepRules.Within(_pads[d], 0, StepRules.MostReach, "a border");
            StepRules.Within(_pads[axes + d], 0, StepRules.MostReach, "a border");
        }
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        if (shapes.Inputs.Length > 1 && shapes.Inputs[1].Type != ElementType.Undefined) return new(State: new DataState(shapes.Outputs[0].Rank - 2));
        int[] image = shapes.Outputs[0].Shape[2..], counts = new int[image.Length];
        for (int d = 0; d < counts.Length; d++)
            counts[d] = (image[d] + _pads[d] + _pads[image.Length + d] - (_kernel[d] - 1) * _dilations[d] - 1) / _strides[d] + 1;
        return new(State: new Plan(_kernel, image, counts));
    }

    private Plan Resolve(in StepArguments arguments, DataState data)
    {
        int[] x = arguments.Inputs[0].Shape, y = arguments.Outputs[0].Shape;
        int axes = y.Length - 2;
        IndexReader given = new(arguments.Inputs[1]);
        Span<long> block = stackalloc long[axes];
        for (int d = 0; d < axes; d++) block[d] = given.Raw(d);
        if (data.IsFor(block)) return (Plan)data.Made!;
        int[] kernel = new int[axes], counts = new int[axes];
        Int128 taps = 1, places = 1;
        for (int d = 0; d < axes; d++)
        {
            if (block[d] is < 1 or > StepRules.MostReach) throw new IndexOutsideException(FormattableString.Invariant($"the length {block[d]} of its blocks is not within [1, {StepRules.MostReach}]"));
            long rest = y[2 + d] + (long)_pads[d] + _pads[axes + d] - (block[d] - 1) * _dilations[d] - 1;
            if (rest < 0) throw new IndexOutsideException(FormattableString.Invariant($"a block of the length {block[d]} is longer than axis {d} of the image"));
            (kernel[d], counts[d]) = ((int)block[d], (int)(rest / _strides[d] + 1));
            (taps, places) = (taps * kernel[d], places * counts[d]);
            if (taps > int.MaxValue || places > int.MaxValue) break;
        }
        if (taps * y[1] != x[1] || places != x[2])
            throw new IndexOutsideException(FormattableString.Invariant($"blocks of {taps} elements at {places} places do not fit an input of {x[1]} rows and {x[2]} columns"));
        var plan = new Plan(kernel, y[2..], counts);
        data.Keep(block, plan);
        return plan;
    }

    internal override void Run(in StepArguments arguments)
    {
        Plan plan = arguments.State is DataState data ? Resolve(arguments, data) : (Plan)arguments.State!;
        int[] y = arguments.Outputs[0].Shape;
        long columns = AxisView.Product(plan.Kernel, 0, plan.Kernel.Length) * AxisView.Product(plan.Counts, 0, plan.Counts.Length);
        Ranges.Run(arguments.Team, (long)y[0] * y[1], Ranges.LeastMoved(columns), new Images(this, plan, arguments.Inputs[0].F32, arguments.Outputs[0].F32, columns));
    }

    private readonly struct Images(Col2Im op, Plan plan, float* x, float* y, long columns) : IRange
    {
        public void Do(long first, long last, int slot)
        {
            long pixels = AxisView.Product(plan.Image, 0, plan.Image.Length);
            for (long image = first; image < last; image++)
            {
                float* to = y + image * pixels;
                new Span<float>(to, checked((int)pixels)).Clear();
                op.Add(plan, x + image * columns, to);
            }
        }
    }

    private void Add(Plan plan, float* from, float* to)
    {
        int last = plan.Kernel.Length - 1, count = plan.Counts[last], length = plan.Image[last];
        long taps = AxisView.Product(plan.Kernel, 0, last + 1), rows = AxisView.Product(plan.Counts, 0, last);
        for (long tap = 0; tap < taps; tap++)
        {
            long start = tap % plan.Kernel[last] * _dilations[last] - _pads[last];
            for (long row = 0; row < rows; row++, from += count)
            {
                long offset = Offset(plan, tap, row);
                if (offset < 0) continue;
                float* line = to + offset;
                long place = start;
                for (int i = 0; i < count; i++, place += _strides[last])
                    if ((ulong)place < (ulong)length) line[place] += from[i];
            }
        }
    }

    /// <summary>Where the row of the image begins in which the tap of a row of blocks lies; −1 if it is in the border.</summary>
    private long Offset(Plan plan, long tap, long row)
    {
        int last = plan.Kernel.Length - 1;
        long offset = 0, stride = plan.Image[last];
        tap /= plan.Kernel[last];
        for (int d = last - 1; d >= 0; d--)
        {
            long place = row % plan.Counts[d] * _strides[d] + tap % plan.Kernel[d] * _dilations[d] - _pads[d];
            if ((ulong)place >= (ulong)plan.Image[d]) return -1;
            offset += place * stride;
            stride *= plan.Image[d];
            (row, tap) = (row / plan.Counts[d], tap / plan.Kernel[d]);
        }
        return offset;
    }

    private sealed record Plan(int[] Kernel, int[] Image, int[] Counts);
}
