using System.Collections.Generic;
using System.Linq;

namespace Lr2vq.Import;

/// <summary>Operators of floats of the domain com.microsoft, as exporters and the optimizer of ONNX Runtime write them.</summary>
internal static class MicrosoftOperators
{
    public const string Domain = "com.microsoft";

    private static readonly Dictionary<string, OnnxOperator> ByType = new OnnxOperator[]
    {
        new BiasAdd(), new BiasedGelu(), new BiasSplitGelu(), new QuickGelu(),
        new FusedConv(), new FusedGemm(), new FusedMatMul(),
        new LayerNormalization(), new SkipLayerNormalization(), new EmbedLayerNormalization(), new GroupNorm(),
        new InputAttention(), new MultiHeadAttention(), new GridSample(),
    }.SelectMany(op => op.Types.Select(type => (Type: type, Operator: op))).ToDictionary(pair => pair.Type, pair => pair.Operator);

    public static IEnumerable<string> All => ByType.Keys;

    public static OnnxOperator? Find(string type) => ByType.GetValueOrDefault(type);
}
