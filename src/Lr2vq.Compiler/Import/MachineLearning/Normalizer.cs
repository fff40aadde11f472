using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Normalizer: rows divided by their largest number, or by a norm.</summary>
internal sealed class Normalizer() : MachineLearningOperator("Normalizer")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = builder.Cast(node[0], ElementType.Float32);
        node.FloatType = ElementType.Float32;
        if (x.Rank is < 1 or > 2) throw node.Unsupported($"an input {x} that is no matrix of rows");
        int axis = x.Rank - 1;
        switch (node.Choice("norm", "MAX", "MAX", "L1", "L2"))
        {
            case "L1": node.Return(builder.Unary("LpNormalization", x, new AttributeList().Add("axis", axis).Add("p", 1), node.OutputName())); break;
            case "L2": node.Return(builder.Unary("LpNormalization", x, new AttributeList().Add("axis", axis), node.OutputName())); break;
            default:
                Dimension[] shape = [.. x.Shape];
                shape[axis] = Dimension.One;
                Value largest = builder.Emit("ReduceMax", [x], new AttributeList().Add("axes", [axis]), x.Type, shape), zero = builder.Scalar(0f, "zero");
                // What would be divided by zero stays.
                Value divisor = builder.Emit("Where", [builder.Binary("Equal", largest, zero, ElementType.Bool), builder.Scalar(1f, "one"), largest], StepAttributes.Empty, x.Type, shape);
                node.Return(builder.Binary("Div", x, divisor, output: node.OutputName()));
                break;
        }
    }
}
