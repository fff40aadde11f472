using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What Conv and ConvTranspose have in common.</summary>
internal sealed record ConvAttributes(int[] Strides, Dimension[] Pads, int[] Dilations, int Groups, Epilogue Epilogue)
{
    public static ConvAttributes Read(StepAttributes step) => new(
        step.Ints("strides", 1, 1), step.Dimensions("pads"), step.Ints("dilations", 1, 1), step.Int("group", 1), Epilogue.Read(step));

    public ConvGeometry Geometry(in StepShapes shapes, WeightTensor weight)
    {
        int[] x = shapes.Inputs[0].Shape, y = shapes.Outputs[0].Shape;
        return new ConvGeometry
        {
            Batch = x[0],
            InputChannels = x[1],
            InputHeight = x[2],
            InputWidth = x[3],
            OutputChannels = y[1],
            OutputHeight = y[2],
            OutputWidth = y[3],
            KernelHeight = weight.KernelHeight,
            KernelWidth = weight.KernelWidth,
            StrideY = Strides[0],
            StrideX = Strides[1],
            DilationY = Dilations[0],
            DilationX = Dilations[1],
            Top = Pads.Length > 0 ? checked((int)shapes.Evaluate(Pads[0])) : 0,
            Left = Pads.Length > 1 ? checked((int)shapes.Evaluate(Pads[1])) : 0,
            Groups = Groups,
        };
    }
}
