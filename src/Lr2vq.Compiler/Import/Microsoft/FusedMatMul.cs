using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>FusedMatMul and TransposeMatMul: α·A·B, of which either may be transposed, also with its first axis behind the batch.</summary>
internal sealed class FusedMatMul() : MicrosoftOperator("FusedMatMul", "TransposeMatMul")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value a = Operand(node, 0, "transBatchA"), b = Operand(node, 1, "transBatchB");
        bool transA = node.Int("transA", 0) != 0, transB = node.Int("transB", 0) != 0;
        Dimension inner = a.Shape[transA ? ^2 : ^1], other = b.Shape[transB ? ^1 : ^2];
        if (b.Constant is null ? !Shapes.MayBeEqual(inner, other) : !NodeContext.Unify(inner, other)) throw node.Invalid($"the shapes of {a} and {b} do not fit");
        Dimension[] batch = Shapes.Broadcast(a.Shape[..^2], b.Shape[..^2]) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        Dimension[] shape = [.. batch, a.Shape[transA ? ^1 : ^2], b.Shape[transB ? ^2 : ^1]];
        AttributeList attributes = new AttributeList().Flag("transB", transB).Add("alpha", node.Float("alpha", 1f), 1f);
        // A weight has elements; the product of nothing is one of values.
        bool weight = b.Constant is not null && b.Rank == 2 && b.Count != 0;
        if (!weight) attributes.Flag("transA", transA);
        else if (transA) a = builder.Transpose(a, [.. Enumerable.Range(0, a.Rank - 2), a.Rank - 1, a.Rank - 2]);
        node.Return(builder.Emit(weight ? "Gemm" : "MatMul", [a, b], attributes, ElementType.Float32, shape, node.OutputName()));
    }

    private static Value Operand(NodeContext node, int input, string transposed)
    {
        Value x = node.Floats(input);
        if (x.Rank < 2) throw node.Unsupported($"the operand {x}, which is no matrix");
        return node.Int(transposed, 0) == 0 ? x : node.Builder.Transpose(x, [.. Enumerable.Range(1, x.Rank - 2), 0, x.Rank - 1]);
    }
}
