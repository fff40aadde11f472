namespace Lr2vq.Import;

/// <summary>An operator of ai.onnx.ml, which exporters of classical models write.</summary>
internal abstract class MachineLearningOperator(params string[] types) : OnnxOperator(types)
{
    public const string Domain = "ai.onnx.ml";

    public override bool IsOnnx => false;

    public override string? OtherDomain => Domain;
}
