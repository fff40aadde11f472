namespace Lr2vq.Import;

/// <summary>An operator that com.microsoft alone has, as exporters and the optimizer of ONNX Runtime write it.</summary>
internal abstract class MicrosoftOperator(params string[] types) : OnnxOperator(types)
{
    public const string Domain = "com.microsoft";

    public sealed override bool IsOnnx => false;

    public sealed override bool IsMicrosoft => true;
}
