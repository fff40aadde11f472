using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX MatMulInteger of matrices: products of bytes, less their zero points, summed in i32.</summary>
/// <remarks>(a [.., M, K], b [.., K, N]: u8 or i8, zero point of a or none (one, or one for each row), zero point of b or none (one, or one for each column)) →
/// (y [.., M, N] i32), plain, batch axes broadcast. No attributes.</remarks>
public sealed unsafe class MatMulInteger : Operator, IOperator<MatMulInteger>
{
    private MatMulInteger()
    {
    }

    /// <inheritdoc/>
    public static MatMulInteger Read(StepAttributes attributes) => new();

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 4);
        RuleTensor a = QuantizationRules.Bytes(rules, 0), b = QuantizationRules.Bytes(rules, 1);
        rules.Output(0).IsLike(ElementType.Int32).HasShape(IntegerBatches.Check(rules, a, b));
        QuantizationRules.ZeroPoint(rules, 2, a.Type, a[^2]);
        QuantizationRules.ZeroPoint(rules, 3, b.Type, b[^1]);
        // The rows of a batch are not counted on when they become rows of one product.
        StepRules.Require(!rules.Has(2) || rules.Input(2).Count.Value == 1 || a.Rank == 2, "a batch has zero points of rows");
    }

    internal override StepPreparation Prepare(in StepShapes shapes) => IntegerBatches.Prepare(shapes, shapes.Inputs[0].Shape, shapes.Inputs[1].Shape);

    internal override void Run(in StepArguments arguments)
    {
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        ((IntegerBatches)arguments.State!).Run(QuantizationRules.Operand(inputs, 0, 2), QuantizationRules.Operand(inputs, 1, 3), arguments, arguments.Scratch,
            new SumSink((int*)arguments.Outputs[0].Data));
    }
}
