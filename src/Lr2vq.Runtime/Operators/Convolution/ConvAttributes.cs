using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What Conv and ConvTranspose have in common.</summary>
internal sealed record ConvAttributes(int[] Strides, Dimension[] Pads, int[] Dilations, int Groups, Epilogue Epilogue)
{
    public static ConvAttributes Read(StepAttributes step) => new(
        step.Ints("strides", 1, 1), step.Dimensions("pads"), step.Ints("dilations", 1, 1), step.Int("group", 1), Epilogue.Read(step));

    /// <summary>Checks input, weight and bias of floats, and derives the shape of the result.</summary>
    public Extent[] Output(in StepRules rules, WeightRole role)
    {
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32), y = rules.Output(0).IsLike(ElementType.Float32);
        RuleTensor weight = rules.Input(1).IsLike(ElementType.Float32).IsPlain().HasRole(role);
        StepRules.Require(weight.Role is null || weight.Groups == Groups, FormattableString.Invariant($"the weight has {weight.Groups} groups where the step has {Groups}"));
        Extent[] shape = Shape(rules, x, weight, y, role == WeightRole.ConvTranspose);
        if (rules.Has(2)) rules.Input(2).IsLike(ElementType.Float32).IsPlain().HasCount(shape[1]);
        return shape;
    }

    /// <summary>Checks the shapes of input and weight, and derives that of the result.</summary>
    public Extent[] Shape(in StepRules rules, RuleTensor x, RuleTensor weight, RuleTensor y, bool transposed)
    {
        x.HasRank(4);
        y.HasRank(4);
        weight.HasRank(3, 4);
        WindowRules.TwoDimensional(Strides, Dilations, Pads);
        StepRules.Within(Groups, 1, StepRules.MostReach, "the number of groups");
        Extent first = weight[0], second = weight[1];
        StepRules.Equal(first, Extent.FloorDivide(first, Groups) * Groups, "the channels of the weight and those in whole groups");
        Extent channels = transposed ? first : second * Groups, outputs = transposed ? second * Groups : first;
        StepRules.Within(channels, 1, StepRules.MostReach, "the channels of the weight");
        StepRules.Within(Extent.Product(weight.Shape), 1, int.MaxValue, "the length of the weight");
        StepRules.Equal(x[1], channels, "the channels of the input and of the weight");
        return [x[0], outputs, Length(rules, 0, x[2], y[2], weight.Rank == 4 ? weight[2] : 1, transposed), Length(rules, 1, x[3], y[3], weight[^1], transposed)];
    }

    private Extent Length(in StepRules rules, int axis, Extent length, Extent output, Extent kernel, bool transposed)
    {
        (Extent Begin, Extent End) borders = WindowRules.Borders(rules, Pads, axis);
        Extent reach = WindowRules.Reach(length, kernel, Strides[axis], Dilations[axis]);
        if (!transposed) return WindowRules.Count(length, borders, reach, Strides[axis]);
        StepRules.Within(output, 0, StepRules.MostReach, "a length of the output");
        // The output may be longer by less than a stride or a dilation (ONNX output_padding).
        Extent least = (length - 1) * Strides[axis] + reach - borders.Begin - borders.End;
        StepRules.Within(output, least, least + (Math.Max(Strides[axis], Dilations[axis]) - 1), "a length of the output");
        return output;
    }

    public ConvGeometry Geometry(in StepShapes shapes, WeightTensor weight) => Geometry(shapes, weight.KernelHeight, weight.KernelWidth);

    /// <summary>With a weight of this shape.</summary>
    public ConvGeometry Geometry(in StepShapes shapes, int[] weight) => Geometry(shapes, weight.Length == 4 ? weight[2] : 1, weight[^1]);

    private ConvGeometry Geometry(in StepShapes shapes, int kernelHeight, int kernelWidth)
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
            KernelHeight = kernelHeight,
            KernelWidth = kernelWidth,
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
