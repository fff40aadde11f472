using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MatMulInteger: products of bytes, summed in i32.</summary>
internal sealed class MatMulInteger() : OnnxOperator("MatMulInteger")
{
    public override void Import(NodeContext node)
    {
        Value a = QuantizationParameters.Bytes(node, 0), b = QuantizationParameters.Bytes(node, 1);
        node.Return(Emit(node, a, QuantizationParameters.Optional(node, 2, a.Type), b, QuantizationParameters.Optional(node, 3, b.Type), node.OutputName()));
    }

    /// <summary>The product of two tensors of bytes.</summary>
    public static Value Emit(NodeContext node, Value a, Value? zeroA, Value b, Value? zeroB, string? output)
    {
        var operands = new MatrixOperands(node, a, b, output);
        Dimension[] shape = operands.Shape;
        if (zeroA is { Count: not 1 })
        {
            if (zeroA.Rank != 1 || a.Rank != 2 || !Shapes.MayBeEqual(zeroA.Shape[0], a.Shape[0])) throw node.Unsupported($"the zero point {zeroA} of the left operand");
        }
        if (zeroB is not null) zeroB = QuantizationParameters.OneOrEach(node, zeroB, shape[^1]);
        return operands.Result(node.Builder.Emit("MatMulInteger", [operands.Left, operands.Right, zeroA, zeroB], StepAttributes.Empty, ElementType.Int32, shape, operands.OutputName));
    }
}
