using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What the pooling operators have in common.</summary>
internal sealed record PoolAttributes(int[] Kernel, int[] Strides, Dimension[] Pads, int[] Dilations)
{
    public static PoolAttributes Read(StepAttributes step) =>
        new(step.Ints("kernel_shape", 1, 1), step.Ints("strides", 1, 1), step.Dimensions("pads"), step.Ints("dilations", 1, 1));

    /// <summary>Checks the input, and that the outputs have the shape of the pooled one.</summary>
    public void Check(in StepRules rules, int mostOutputs = 1)
    {
        rules.Counts(1, 1, mostOutputs: mostOutputs);
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(4), y = rules.Output(0).IsLike(ElementType.Float32).HasLayout(x.Layout).HasRank(4);
        WindowRules.NotEmpty(x);
        WindowRules.Dimensional(2, Strides, Dilations, Pads);
        StepRules.Require(Kernel.Length == 2, "it is not two-dimensional");
        y.HasShape(x[0], x[1], Length(rules, 0, x[2], y[2]), Length(rules, 1, x[3], y[3]));
    }

    private Extent Length(in StepRules rules, int axis, Extent length, Extent output)
    {
        (Extent Begin, Extent End) borders = WindowRules.Borders(rules, Pads, axis);
        Extent least = WindowRules.Count(length, borders, WindowRules.Reach(length, Kernel[axis], Strides[axis], Dilations[axis]), Strides[axis]);
        // With ceil_mode the last window may reach beyond the border.
        return output.Value == least.Value + 1 ? output : least;
    }

    public PoolShape Shape(in StepShapes shapes)
    {
        TensorView x = shapes.Inputs[0], y = shapes.Outputs[0];
        var pads = new int[4];
        for (int i = 0; i < Math.Min(4, Pads.Length); i++) pads[i] = checked((int)shapes.Evaluate(Pads[i]));
        bool blocked = x.Layout == TensorLayout.Blocked;
        var geometry = new ConvGeometry
        {
            InputHeight = x.Shape[2],
            InputWidth = x.Shape[3],
            OutputHeight = y.Shape[2],
            OutputWidth = y.Shape[3],
            KernelHeight = Kernel[0],
            KernelWidth = Kernel[1],
            StrideY = Strides[0],
            StrideX = Strides[1],
            DilationY = Dilations[0],
            DilationX = Dilations[1],
            Top = pads[0],
            Left = pads[1],
        };
        return new PoolShape(geometry, (long)x.Shape[0] * (blocked ? (x.Shape[1] + 15) / 16 : x.Shape[1]), blocked ? 16 : 1, pads[2], pads[3], shapes.Threads);
    }
}

/// <summary>A pool for one set of shapes.</summary>
/// <param name="Images">Channels of a plain tensor, blocks of 16 of a blocked one, over the whole batch.</param>
/// <param name="Lanes">Floats of a pixel.</param>
internal sealed record PoolShape(ConvGeometry Geometry, long Images, int Lanes, int Bottom, int Right, int Threads)
{
    public long ScratchBytes => Threads * Pooling.RowBytes(Geometry, Lanes);
}
