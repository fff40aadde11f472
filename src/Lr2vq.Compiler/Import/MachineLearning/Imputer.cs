using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Imputer: what is missing, NaN or a number that stands for it, becomes a number of each feature.</summary>
internal sealed class Imputer() : MachineLearningOperator("Imputer")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node[0], isMissing, given;
        if (x.IsFloat)
        {
            float missing = node.Float("replaced_value_float", float.NaN);
            isMissing = float.IsNaN(missing) ? builder.Emit("IsNaN", [x], StepAttributes.Empty, ElementType.Bool, x.Shape) : builder.Binary("Equal", x, builder.Scalar(missing, "missing"), ElementType.Bool);
            given = Features.Of(node, x, "imputed_value_floats");
        }
        else if (x.Type == ElementType.Int64)
        {
            Value missing = builder.Constant(ConstantTensor.Of([], [node.Attribute("replaced_value_int64")?.Int ?? 0]), "missing");
            isMissing = builder.Binary("Equal", x, missing, ElementType.Bool);
            given = Features.OfLongs(node, x, "imputed_value_int64s");
        }
        else throw node.UnsupportedType(x.Type);
        node.Return(builder.Emit("Where", [isMissing, given, x], StepAttributes.Empty, x.Type, x.Shape, node.OutputName()));
    }
}
