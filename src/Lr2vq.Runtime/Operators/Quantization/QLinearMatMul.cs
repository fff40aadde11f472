using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX QLinearMatMul of matrices, with a bias: a product of bytes, quantized again.</summary>
/// <remarks>(a [.., M, K], its scale and zero point, b [.., K, N], its scales and zero points (one, or one for each column), scale and zero point of y, bias i32 [N] or
/// none) → (y [.., M, N]), u8 or i8, plain, batch axes broadcast. The bias is in units of the scales of a and b. No attributes.</remarks>
public sealed unsafe class QLinearMatMul : Operator, IOperator<QLinearMatMul>
{
    private QLinearMatMul()
    {
    }

    /// <inheritdoc/>
    public static QLinearMatMul Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(8, 1, mostInputs: 9);
        RuleTensor a = QuantizationRules.Bytes(rules, 0), b = QuantizationRules.Bytes(rules, 3), y = rules.Output(0).Is(ElementType.UInt8, ElementType.Int8);
        y.HasShape(IntegerBatches.Check(rules, a, b));
        QuantizationRules.OfTensor(rules, 1, a.Type);
        QuantizationRules.OfPlaces(rules, 4, b.Type, b[^1]);
        QuantizationRules.OfTensor(rules, 6, y.Type);
        if (rules.Has(8)) rules.Input(8).IsLike(ElementType.Int32).HasCount(b[^1]);
    }

    internal override StepPreparation Prepare(in StepShapes shapes) =>
        IntegerBatches.Prepare(shapes, shapes.Inputs[0].Shape, shapes.Inputs[3].Shape, QuantizationRules.FactorBytes(shapes.Inputs[4]));

    internal override void Run(in StepArguments arguments)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        var factors = (float*)arguments.Scratch;
        QuantizationRules.Factors(*inputs[1].F32, inputs[4], *inputs[6].F32, factors);
        int* bias = inputs.Length > 8 ? (int*)inputs[8].Data : null;
        ((IntegerBatches)arguments.State!).Run(QuantizationRules.Operand(inputs, 0, 2), QuantizationRules.Operand(inputs, 3, 5), arguments,
            arguments.Scratch + QuantizationRules.FactorBytes(inputs[4]),
            new QuantizedSink(bias, factors, inputs[4].Length > 1 ? 1 : 0, 1, QuantizationRules.Range(inputs[7]), arguments.Outputs[0].Data));
    }
}
