using System.Collections.Generic;

namespace Lr2vq.Import;

/// <summary>Operators of the domain com.microsoft, as exporters and the optimizer of ONNX Runtime write them.</summary>
internal static class MicrosoftOperators
{
    public const string Domain = "com.microsoft";

    private static readonly Dictionary<string, OnnxOperator> ByType = OnnxOperators.Index(
    [
        new BiasAdd(), new BiasedGelu(), new BiasSplitGelu(), new QuickGelu(),
        new FusedConv(), new FusedGemm(), new FusedMatMul(),
        new LayerNormalization(), new SkipLayerNormalization(), new EmbedLayerNormalization(), new GroupNorm(),
        new InputAttention(), new MultiHeadAttention(), new GridSample(),
    ]);

    public static OnnxOperator? Find(string type) => ByType.GetValueOrDefault(type);
}
