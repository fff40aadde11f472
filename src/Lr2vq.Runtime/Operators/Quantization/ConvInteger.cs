using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ConvInteger in two dimensions: products of bytes, less their zero points, summed in i32.</summary>
/// <remarks>(x, w: u8 or i8, zero point of x or none, zero point of w or none (one, or one for each output channel)) → (y i32), plain. Attributes as those of
/// <see cref="Conv"/>, no activation. Borders hold the zero point.</remarks>
public sealed unsafe class ConvInteger : Operator, IOperator<ConvInteger>
{
    private readonly ConvAttributes _attributes;
    private PackedBytes? _weight;

    private ConvInteger(StepAttributes attributes) => _attributes = ConvAttributes.Read(attributes);

    /// <inheritdoc/>
    public static ConvInteger Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = QuantizationRules.Take(context, 1, 3);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 4);
        rules.Plain();
        RuleTensor x = QuantizationRules.Bytes(rules, 0), weight = QuantizationRules.Bytes(rules, 1), y = rules.Output(0).IsLike(ElementType.Int32);
        y.HasShape(_attributes.Shape(rules, x, weight, y, transposed: false));
        QuantizationRules.ZeroPoint(rules, 2, x.Type, 1);
        QuantizationRules.ZeroPoint(rules, 3, weight.Type, weight[0]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        IByteConv conv = ByteConv.Of(_attributes.Geometry(shapes, shapes.Inputs[1].Shape), _weight, shapes.Inputs[0].Type, shapes.Threads);
        return new StepPreparation(conv.ScratchBytes, conv);
    }

    internal override void Run(in StepArguments arguments) => ((IByteConv)arguments.State!).Run(QuantizationRules.Operand(arguments.Inputs, 0, 2),
        QuantizationRules.Operand(arguments.Inputs, 1, 3), arguments.Scratch, arguments.Team, new SumSink((int*)arguments.Outputs[0].Data));
}
