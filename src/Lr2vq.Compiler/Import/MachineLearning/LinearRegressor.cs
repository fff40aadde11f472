using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>LinearRegressor.</summary>
internal sealed class LinearRegressor() : MachineLearningOperator("LinearRegressor")
{
    public override void Import(NodeContext node)
    {
        Value x = Scores.Rows(node);
        int targets = node.Int("targets", 1);
        node.Return(Scores.Regressed(node, Product(node, x, targets), targets));
    }

    /// <summary>Rows times coefficients, and intercepts.</summary>
    internal static Value Product(NodeContext node, Value x, int targets)
    {
        float[] coefficients = node.Attribute("coefficients")?.Floats ?? [], intercepts = node.Attribute("intercepts")?.Floats ?? [];
        if (targets < 1 || coefficients.Length == 0 || coefficients.Length % targets != 0 || intercepts.Length > 0 && intercepts.Length != targets) throw node.Invalid("its coefficients do not fit");
        int features = coefficients.Length / targets;
        if (!NodeContext.Unify(x.Shape[1], features)) throw node.Invalid($"its {features} coefficients do not fit {x}");
        Value weight = node.Builder.Constant(ConstantTensor.Of([targets, features], coefficients), "coefficients");
        Value? bias = intercepts.Length > 0 ? node.Builder.Constant(ConstantTensor.Of([targets], intercepts), "intercepts") : null;
        return node.Builder.Emit("Gemm", [x, weight, bias], new AttributeList().Flag("transB", true), ElementType.Float32, [x.Shape[0], targets]);
    }
}
