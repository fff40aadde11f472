using System;
using System.Runtime.CompilerServices;
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
        Pooling.Run(arguments.Inputs[0].F32, y, shape.Images, shape.Lanes, g, (float*)arguments.Scratch, default(SumOfWindow));
        for (long image = 0; image < shape.Images; image++)
            for (int oy = 0; oy < g.OutputHeight; oy++)
                y = Divide(y, shape.Lanes, state.Rows[oy], state.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float* Divide(float* y, int lanes, float rows, float[] columns)
    {
        foreach (float count in columns)
        {
            float factor = 1f / (rows * count);
            for (int lane = 0; lane < lanes; lane++) *y++ *= factor;
        }
        return y;
    }

    private sealed record State(PoolShape Shape, float[] Rows, float[] Columns);
}
