using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>Functions of one float without attributes; a few are defined for integers too.</summary>
internal sealed class Unary() : OnnxOperator("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp",
    "Floor", "HardSwish", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt",
    "Tan", "Tanh")
{
    public override void Import(NodeContext node)
    {
        Value x = node.OpType is "Abs" or "Neg" or "Relu" or "Sign" ? node[0] : node.Floats(0);
        node.Return(Widening.Unary(node, node.OpType, x));
    }
}
