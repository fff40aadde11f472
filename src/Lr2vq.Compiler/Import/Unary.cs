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

/// <summary>Functions of one float with attributes.</summary>
internal sealed class ParametricUnary() : OnnxOperator("Celu", "Elu", "Gelu", "HardSigmoid", "LeakyRelu", "Selu", "Shrink", "Swish", "ThresholdedRelu")
{
    public override void Import(NodeContext node)
    {
        AttributeList attributes = node.OpType switch
        {
            "Gelu" => new AttributeList().Add("approximate", node.Text("approximate", "none"), "none"),
            "HardSigmoid" => new AttributeList().Add("alpha", node.Float("alpha", 0.2f), 0.2f).Add("beta", node.Float("beta", 0.5f), 0.5f),
            "LeakyRelu" => new AttributeList().Add("alpha", node.Float("alpha", 0.01f), 0.01f),
            "Selu" => new AttributeList().Add("alpha", node.Float("alpha", 1.67326319f), 1.67326319f).Add("gamma", node.Float("gamma", 1.05070102f), 1.05070102f),
            "Shrink" => new AttributeList().Add("lambd", node.Float("lambd", 0.5f), 0.5f).Add("bias", node.Float("bias", 0f), 0f),
            _ => new AttributeList().Add("alpha", node.Float("alpha", 1f), 1f),
        };
        node.Return(node.Builder.Unary(node.OpType, node.Floats(0), attributes, node.OutputName()));
    }
}

/// <summary>Not, BitwiseNot, IsNaN and IsInf.</summary>
internal sealed class Predicate() : OnnxOperator("Not", "BitwiseNot", "IsNaN", "IsInf")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        if (node.OpType is "Not" or "BitwiseNot")
        {
            if (node.OpType == "Not" && x.Type != ElementType.Bool) throw node.Invalid("its operand is not bool");
            node.Return(node.Builder.Unary(node.OpType, x, output: node.OutputName()));
            return;
        }
        AttributeList attributes = new AttributeList().Add("detect_positive", node.Int("detect_positive", 1), 1)
            .Add("detect_negative", node.Int("detect_negative", 1), 1);
        node.Return(node.Builder.Emit(node.OpType, [node.Floats(0)], attributes, ElementType.Bool, x.Shape, node.OutputName()));
    }
}
