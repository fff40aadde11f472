using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Functions of one float without attributes.</summary>
internal sealed class Unary() : OnnxOperator("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp",
    "Floor", "HardSwish", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt",
    "Tan", "Tanh")
{
    public override void Import(NodeContext node)
    {
        bool integers = node.OpType is "Abs" or "Neg" or "Relu" or "Sign" && node[0].Type is ElementType.Int32 or ElementType.Int64;
        Value x = integers ? node[0] : node.Floats(0);
        node.Return(node.Builder.Unary(node.OpType, x, output: node.OutputName()));
    }
}
