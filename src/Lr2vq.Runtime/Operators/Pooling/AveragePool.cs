using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX AveragePool over height and width.</summary>
public sealed class AveragePool : Operator, IOperator<AveragePool>
{
    private readonly PoolAttributes _attributes;
    private readonly bool _includePad;

    private AveragePool(StepAttributes attributes)
    {
        _attributes = PoolAttributes.Read(attributes);
        _includePad = attributes.Flag("count_include_pad");
    }

    /// <inheritdoc/>
    public static AveragePool Read(StepAttributes attributes) => new(attributes);

    internal override void Check(in StepRules rules) => _attributes.Check(rules);

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        PoolShape shape = _attributes.Shape(shapes);
        ConvGeometry g = shape.Geometry;
        // A window that reaches beyond the padding (ceil_mode) does not count what lies there.
        float[] rows = Counts(g.OutputHeight, g.StrideY, g.Top, g.DilationY, g.KernelHeight, g.InputHeight, shape.Bottom);
        float[] columns = Counts(g.OutputWidth, g.StrideX, g.Left, g.DilationX, g.KernelWidth, g.InputWidth, shape.Right);
        return new StepPreparation(shape.ScratchBytes, new State(shape, rows, columns));
    }

    private float[] Counts(int outputs, int stride, int before, int dilation, int taps, int length, int after)
    {
        var counts = new float[outputs];
        for (int o = 0; o < outputs; o++)
        {
            int start = o * stride - before;
            (int first, int last) = _includePad
                ? Pooling.Inside(start + before, dilation, taps, length + before + after)
                : Pooling.Inside(start, dilation, taps, length);
            counts[o] = last - first;
        }
        return counts;
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        var state = (State)arguments.State!;
        PoolShape shape = state.Shape;
        ConvGeometry g = shape.Geometry;
        float* y = arguments.Outputs[0].F32;
        Pooling.Run(arguments.Team, arguments.Inputs[0].F32, y, shape.Images, shape.Lanes, g, arguments.Scratch, default(SumOfWindow));
        Ranges.Run(arguments.Team, shape.Images * g.OutputHeight, Ranges.Least((long)g.OutputWidth * shape.Lanes), new Rows(state, y));
    }

    /// <summary>Divides output rows of sums.</summary>
    private readonly unsafe struct Rows(State state, float* y) : IRange
    {
        [MethodImpl(Compile.Loop)]
        public void Do(long first, long last, int slot)
        {
            int lanes = state.Shape.Lanes, height = state.Rows.Length;
            float* to = y + first * state.Columns.Length * lanes;
            for (long row = first; row < last; row++)
                foreach (float count in state.Columns)
                {
                    float factor = 1f / (state.Rows[row % height] * count);
                    if (lanes == 1) *to++ *= factor;
                    else
                        for (int lane = 0; lane < 16; lane += 4, to += 4) (Vector128.Load(to) * factor).Store(to);
                }
        }
    }

    private sealed record State(PoolShape Shape, float[] Rows, float[] Columns);
}
