using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>What Conv and ConvTranspose have in common, over two axes or three.</summary>
internal sealed record ConvAttributes(int[] Strides, Dimension[] Pads, int[] Dilations, int Groups, Epilogue Epilogue)
{
    public static ConvAttributes Read(StepAttributes step, int axes = 2)
    {
        int[] ones = axes == 2 ? [1, 1] : [1, 1, 1];
        return new(step.Ints("strides", ones), step.Dimensions("pads"), step.Ints("dilations", ones), step.Int("group", 1), Epilogue.Read(step));
    }

    /// <summary>Checks input, weight and bias of floats, and derives the shape of the result.</summary>
    public Extent[] Output(in StepRules rules, WeightRole role)
    {
        RuleTensor x = rules.Input(0).IsLike(ElementType.Float32), y = rules.Output(0).IsLike(ElementType.Float32);
        Extent[] shape = Shape(rules, x, Weight(rules, role), y, role == WeightRole.ConvTranspose);
        HasBias(rules, shape[1]);
        return shape;
    }

    /// <summary>The weight, which has the groups of the step.</summary>
    public RuleTensor Weight(in StepRules rules, WeightRole role)
    {
        RuleTensor weight = rules.Input(1).IsLike(ElementType.Float32).IsPlain().HasRole(role);
        if (weight.Role is not null && weight.Groups != Groups)
            throw new StepRuleException(FormattableString.Invariant($"the weight has {weight.Groups} groups where the step has {Groups}"));
        return weight;
    }

    /// <summary>A bias, if there is one, is a number for each channel.</summary>
    public static void HasBias(in StepRules rules, Extent channels)
    {
        if (rules.Has(2)) rules.Input(2).IsLike(ElementType.Float32).IsPlain().HasCount(channels);
    }

    /// <summary>Checks the shapes of input and weight, and derives that of the result.</summary>
    public Extent[] Shape(in StepRules rules, RuleTensor x, RuleTensor weight, RuleTensor y, bool transposed)
    {
        x.HasRank(4);
        y.HasRank(4);
        weight.HasRank(3, 4);
        WindowRules.Dimensional(2, Strides, Dilations, Pads);
        Extent outputs = Channels(x, weight, weight[0], weight[1], transposed);
        return [x[0], outputs, Length(rules, 0, x[2], y[2], weight.Rank == 4 ? weight[2] : 1, transposed), Length(rules, 1, x[3], y[3], weight[^1], transposed)];
    }

    /// <summary>The output channels of a weight whose input channels are those of x.</summary>
    /// <param name="first">Its first axis, which counts channels of all groups.</param>
    /// <param name="second">Channels of a group: inputs, or outputs of a transposed convolution.</param>
    public Extent Channels(RuleTensor x, RuleTensor weight, Extent first, Extent second, bool transposed)
    {
        StepRules.Within(Groups, 1, StepRules.MostReach, "the number of groups");
        StepRules.Equal(first, Extent.FloorDivide(first, Groups) * Groups, "the channels of the weight and those in whole groups");
        Extent channels = transposed ? first : second * Groups, outputs = transposed ? second * Groups : first;
        StepRules.Within(channels, 1, StepRules.MostReach, "the channels of the weight");
        StepRules.Within(Extent.Product(weight.Shape), 1, int.MaxValue, "the length of the weight");
        StepRules.Equal(x[1], channels, "the channels of the input and of the weight");
        return outputs;
    }

    /// <summary>The length of an axis of the result.</summary>
    public Extent Length(in StepRules rules, int axis, Extent length, Extent output, Extent kernel, bool transposed)
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

    /// <summary>With a weight of this shape; of a volume its planes.</summary>
    public ConvGeometry Geometry(in StepShapes shapes, int[] weight) => Geometry(shapes, weight.Length == 4 ? weight[2] : 1, weight[^1]);

    // Of three axes the planes are the last two.
    private ConvGeometry Geometry(in StepShapes shapes, int kernelHeight, int kernelWidth)
    {
        int[] x = shapes.Inputs[0].Shape, y = shapes.Outputs[0].Shape;
        return new ConvGeometry
        {
            Batch = x[0],
            InputChannels = x[1],
            InputHeight = x[^2],
            InputWidth = x[^1],
            OutputChannels = y[1],
            OutputHeight = y[^2],
            OutputWidth = y[^1],
            KernelHeight = kernelHeight,
            KernelWidth = kernelWidth,
            StrideY = Strides[^2],
            StrideX = Strides[^1],
            DilationY = Dilations[^2],
            DilationX = Dilations[^1],
            Top = Begin(shapes, Strides.Length - 2),
            Left = Begin(shapes, Strides.Length - 1),
            Groups = Groups,
        };
    }

    /// <summary>What is added before the first place of an axis.</summary>
    public int Begin(in StepShapes shapes, int axis) => axis < Pads.Length ? checked((int)shapes.Evaluate(Pads[axis])) : 0;
}
