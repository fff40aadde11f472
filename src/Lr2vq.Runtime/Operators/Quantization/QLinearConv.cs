using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX QLinearConv in two dimensions: a convolution of bytes, quantized again.</summary>
/// <remarks>(x, its scale and zero point, w, its scales and zero points (one, or one for each output channel), scale and zero point of y, bias i32 or none) → (y), u8 or
/// i8, plain. Attributes as those of <see cref="Conv"/>, no activation. Borders hold the zero point. The bias is in units of the scales of x and w.</remarks>
public sealed unsafe class QLinearConv : Operator, IOperator<QLinearConv>
{
    private readonly ConvAttributes _attributes;
    private PackedBytes? _weight;

    private QLinearConv(StepAttributes attributes) => _attributes = ConvAttributes.Read(attributes);

    /// <inheritdoc/>
    public static QLinearConv Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = QuantizationRules.Take(context, 3, 5);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(8, 1, mostInputs: 9);
        rules.Plain();
        RuleTensor x = QuantizationRules.Bytes(rules, 0), weight = QuantizationRules.Bytes(rules, 3), y = rules.Output(0).Is(ElementType.UInt8, ElementType.Int8);
        y.HasShape(_attributes.Shape(rules, x, weight, y, transposed: false));
        QuantizationRules.OfTensor(rules, 1, x.Type);
        QuantizationRules.OfPlaces(rules, 4, weight.Type, weight[0]);
        QuantizationRules.OfTensor(rules, 6, y.Type);
        if (rules.Has(8)) rules.Input(8).IsLike(ElementType.Int32).HasCount(weight[0]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        IByteConv conv = ByteConv.Of(_attributes.Geometry(shapes, shapes.Inputs[3].Shape), _weight, shapes.Inputs[0].Type, shapes.Threads);
        return new StepPreparation(checked(conv.ScratchBytes + QuantizationRules.FactorBytes(shapes.Inputs[4])), conv);
    }

    internal override void Run(in StepArguments arguments)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        var factors = (float*)arguments.Scratch;
        QuantizationRules.Factors(*inputs[1].F32, inputs[4], *inputs[6].F32, factors);
        int* bias = inputs.Length > 8 ? (int*)inputs[8].Data : null;
        ((IByteConv)arguments.State!).Run(QuantizationRules.Operand(inputs, 0, 2), QuantizationRules.Operand(inputs, 3, 5),
            arguments.Scratch + QuantizationRules.FactorBytes(inputs[4]), arguments.Team,
            new QuantizedSink(bias, factors, inputs[4].Length > 1 ? 1 : 0, 0, QuantizationRules.Range(inputs[7]), arguments.Outputs[0].Data));
    }
}
