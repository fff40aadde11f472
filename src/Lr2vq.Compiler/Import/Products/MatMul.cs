using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>MatMul, as numpy has it. A constant right operand of rank 2 makes it a Gemm over rows.</summary>
internal sealed class MatMul() : OnnxOperator("MatMul")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        var operands = new MatrixOperands(node, node.Floats(0), node.Floats(1), node.OutputName());
        (Value a, Value b, Dimension[] shape) = (operands.Left, operands.Right, operands.Shape);
        if (b.Constant is not null && b.Rank > 2 && b.Shape[..^2].All(d => d.Equals(Dimension.One))) b = builder.Reshape(b, b.Shape[^2..]);
        // A weight has elements; the product of nothing is one of values.
        bool weight = b.Constant is not null && b.Rank == 2 && b.Count != 0;
        // A Gemm has the leading dimensions of its left operand; the right one may have had more of them.
        if (weight && a.Rank < shape.Length) a = builder.Reshape(a, [.. operands.Batch, .. a.Shape[^2..]]);
        node.Return(operands.Result(builder.Emit(weight ? "Gemm" : "MatMul", [a, b], StepAttributes.Empty, ElementType.Float32, shape, operands.OutputName)));
    }
}
