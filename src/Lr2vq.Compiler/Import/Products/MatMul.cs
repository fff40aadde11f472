using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MatMul, as numpy has it. A constant right operand of rank 2 makes it a Gemm over rows.</summary>
internal sealed class MatMul() : OnnxOperator("MatMul")
{
    public override void Import(NodeContext node)
    {
        Value a = node.Floats(0), b = node.Floats(1);
        if (a.Rank == 0 || b.Rank == 0) throw node.Invalid("an operand is a scalar");
        GraphBuilder builder = node.Builder;
        bool row = a.Rank == 1, column = b.Rank == 1;
        if (row) a = builder.Reshape(a, [Dimension.One, a.Shape[0]]);
        if (column) b = builder.Reshape(b, [b.Shape[0], Dimension.One]);
        if (b.Constant is null ? !Shapes.MayBeEqual(a.Shape[^1], b.Shape[^2]) : !NodeContext.Unify(a.Shape[^1], b.Shape[^2])) throw node.Invalid($"the shapes of {a} and {b} do not fit");
        Dimension[] batch = Shapes.Broadcast(a.Shape[..^2], b.Shape[..^2]) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        Dimension[] shape = [.. batch, a.Shape[^2], b.Shape[^1]];
        if (b.Constant is not null && b.Rank > 2 && b.Shape[..^2].All(d => d.Equals(Dimension.One))) b = builder.Reshape(b, b.Shape[^2..]);
        // A weight has elements; the product of nothing is one of values.
        bool weight = b.Constant is not null && b.Rank == 2 && b.Count != 0;
        // A Gemm has the leading dimensions of its left operand; the right one may have had more of them.
        if (weight && a.Rank < shape.Length) a = builder.Reshape(a, [.. batch, .. a.Shape[^2..]]);
        Value y = builder.Emit(weight ? "Gemm" : "MatMul", [a, b], StepAttributes.Empty, ElementType.Float32, shape, row || column ? null : node.OutputName());
        if (row) y = builder.Reshape(y, [.. batch, y.Shape[^1]], column ? null : node.OutputName());
        if (column) y = builder.Reshape(y, y.Shape[..^1], node.OutputName());
        node.Return(y);
    }
}
