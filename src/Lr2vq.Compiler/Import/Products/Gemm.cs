using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Gemm: α·A·B + β·C.</summary>
internal sealed class Gemm() : OnnxOperator("Gemm")
{
    public override void Import(NodeContext node) => node.Return(Multiply(node, node.OutputName()));

    /// <summary>The product of the first two inputs, with the third added where it is there.</summary>
    internal static Value Multiply(NodeContext node, string? output)
    {
        GraphBuilder builder = node.Builder;
        Value a = node.Floats(0), b = node.Floats(1);
        Value? c = node.Optional(2) is null ? null : node.Floats(2);
        if (a.Rank != 2 || b.Rank != 2) throw node.Invalid("its operands are not matrices");
        bool transA = node.Int("transA", 0) != 0, transB = node.Int("transB", 0) != 0;
        float alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
        Dimension rows = a.Shape[transA ? 1 : 0], inner = a.Shape[transA ? 0 : 1], columns = b.Shape[transB ? 0 : 1];
        if (b.Constant is null ? !Shapes.MayBeEqual(inner, b.Shape[transB ? 1 : 0]) : !NodeContext.Unify(inner, b.Shape[transB ? 1 : 0])) throw node.Invalid($"the shapes of {a} and {b} do not fit");
        Dimension[] shape = [rows, columns];
        if (c is not null && (Shapes.Broadcast(c.Shape, shape) is not { Length: 2 } sum || !sum.Zip(shape, Shapes.MayBeEqual).All(fits => fits)))
            throw node.Invalid($"the operand {c} does not fit [{rows},{columns}]");
        // A bias is one number for each column, known before the network runs.
        bool bias = c?.Constant is not null && c.Count is { } count && (count == 1 || c.Shape[^1].Equals(columns) && columns.Equals(Dimension.Of(count)));
        // A weight has elements; the product of nothing is one of values.
        bool weight = b.Constant is not null && b.Count != 0;
        var attributes = new AttributeList();
        Value y;
        string? name = c is null || bias && weight ? output : null;
        if (weight)
        {
            if (transA) a = builder.Transpose(a, [1, 0]);
            // transB says that the weight is [N, K]; lowering makes it the weight's role.
            attributes.Flag("transB", transB).Add("alpha", alpha, 1f);
            Value? vector = !bias ? null : builder.Reshape(c!.Count == 1 ? builder.Expand(builder.Reshape(c, [Dimension.One]), [columns]) : c, [columns]);
            if (vector is not null) attributes.Add("beta", beta, 1f);
            y = builder.Emit("Gemm", [a, b, vector], attributes, ElementType.Float32, shape, name);
            if (bias) c = null;
        }
        else
        {
            attributes.Flag("transA", transA).Flag("transB", transB).Add("alpha", alpha, 1f);
            y = builder.Emit("MatMul", [a, b], attributes, ElementType.Float32, shape, name);
        }
        if (c is not null)
        {
            if (beta != 1) c = builder.Binary("Mul", c, builder.Scalar(beta, "beta"));
            // The addend never makes the product larger.
            y = builder.Emit("Add", [y, c], StepAttributes.Empty, ElementType.Float32, shape, output);
        }
        return y;
    }
}
