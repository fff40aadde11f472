using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What Conv3D and ConvTranspose3D have in common. The depth of the kernel belongs to the second axis of the weight: [O, I·Kd, Kh, Kw], or [I, O·Kd, Kh, Kw] of a
/// transposed convolution, which is the order of ONNX with two axes read as one.</summary>
/// <param name="Window">The axes depth, height, width.</param>
/// <param name="Taps">Of the kernel along the depth.</param>
internal sealed record VolumeAttributes(ConvAttributes Window, int Taps)
{
    public static VolumeAttributes Read(StepAttributes step) => new(ConvAttributes.Read(step, axes: 3), step.Int("kernel_depth", 1));

    public void Check(in StepRules rules, WeightRole role)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Plain();
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32).HasRank(5), y = rules.Output(0).IsLike(ElementType.Float32).HasRank(5);
        RuleTensor weight = Window.Weight(rules, role).HasRank(4);
        WindowRules.Dimensional(3, Window.Strides, Window.Dilations, Window.Pads);
        StepRules.Within(Taps, 1, StepRules.MostReach, "the depth of the kernel");
        bool transposed = role == WeightRole.ConvTranspose;
        Extent second = Extent.FloorDivide(weight[1], Taps);
        StepRules.Equal(weight[1], second * Taps, "the second axis of the weight and whole kernels");
        Extent outputs = Window.Channels(x, weight, weight[0], second, transposed);
        ConvAttributes.HasBias(rules, outputs);
        y.HasShape(x[0], outputs, Window.Length(rules, 0, x[2], y[2], Taps, transposed), Window.Length(rules, 1, x[3], y[3], weight[2], transposed),
            Window.Length(rules, 2, x[4], y[4], weight[3], transposed));
    }

    public DepthWindow Depth(in StepShapes shapes) =>
        new(shapes.Inputs[0].Shape[2], shapes.Outputs[0].Shape[2], Taps, Window.Strides[0], Window.Dilations[0], Window.Begin(shapes, 0));
}
