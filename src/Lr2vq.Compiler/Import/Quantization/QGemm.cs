using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QGemm: α·A·B + C of quantized matrices, quantized again, or as floats where no scale of the result is given.</summary>
internal sealed class QGemm() : MicrosoftOperator("QGemm")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value a = QuantizationParameters.Bytes(node, 0), b = QuantizationParameters.Bytes(node, 3);
        if (a.Rank != 2 || b.Rank != 2) throw node.Invalid("its operands are not matrices");
        if (node.Int("transA", 0) != 0) a = builder.Transpose(a, [1, 0]);
        if (node.Int("transB", 0) != 0) b = builder.Transpose(b, [1, 0]);
        if (!NodeContext.Unify(a.Shape[1], b.Shape[0])) throw node.Invalid($"the shapes of {a} and {b} do not fit");
        Dimension[] shape = [a.Shape[0], b.Shape[1]];
        Value scaleA = QuantizationParameters.Scale(node, 1), scales = QuantizationParameters.OneOrEach(node, node.Floats(4), shape[1]);
        Value zeroA = QuantizationParameters.ZeroPoint(node, 2, a.Type);
        Value zeros = QuantizationParameters.OneOrEach(node, QuantizationParameters.Optional(node, 5, b.Type) ?? QuantizationParameters.ZeroPoint(node, 5, b.Type), shape[1]);
        if (node.Float("alpha", 1) is not 1f and float alpha) scaleA = builder.Binary("Mul", builder.Scalar(alpha, "alpha"), scaleA);
        Value? bias = Bias(node, shape[1]);
        if (node.Optional(7) is not null)
        {
            Value zero = QuantizationParameters.ZeroPoint(node, 8, a.Type);
            node.Return(builder.Emit("QLinearMatMul", [a, scaleA, zeroA, b, scales, zeros, QuantizationParameters.Scale(node, 7), zero, bias], StepAttributes.Empty, zero.Type, shape, node.OutputName()));
            return;
        }
        Value sums = builder.Emit("MatMulInteger", [a, b, zeroA, zeros], StepAttributes.Empty, ElementType.Int32, shape);
        if (bias is not null) sums = builder.Binary("Add", sums, bias);
        node.Return(builder.Binary("Mul", builder.Cast(sums, ElementType.Float32), builder.Binary("Mul", scaleA, scales), output: node.OutputName()));
    }

    /// <summary>One integer for each column.</summary>
    private static Value? Bias(NodeContext node, Dimension columns)
    {
        if (node.Optional(6) is not { } bias) return null;
        bool row = bias.Rank is 1 or 2 && bias.Type == ElementType.Int32 && (bias.Rank == 1 || bias.Shape[0].Equals(Dimension.One)) && Shapes.MayBeEqual(bias.Shape[^1], columns);
        return row ? node.Builder.Reshape(bias, [columns]) : throw node.Unsupported($"a bias that is not one number for each column ({bias})");
    }
}
