using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Functions of one quantized tensor that com.microsoft defines as those of floats between DequantizeLinear and QuantizeLinear.</summary>
internal sealed class QuantizedFunction() : MicrosoftOperator("QLinearSigmoid", "QLinearLeakyRelu", "QLinearAveragePool")
{
    public override void Import(NodeContext node)
    {
        if (node.Int("channels_last", 0) != 0) throw node.Unsupported("channels_last");
        // What windows that reach beyond the borders are divided by, ONNX Runtime says otherwise than ONNX.
        if (node.Int("ceil_mode", 0) != 0 && node.Int("count_include_pad", 0) != 0) throw node.Unsupported("ceil_mode with count_include_pad");
        Value x = QuantizationParameters.Bytes(node, 0);
        Value scale = QuantizationParameters.Scale(node, 3), zero = QuantizationParameters.ZeroPoint(node, 4, x.Type);
        Value floats = QuantizationParameters.Dequantize(node, x, QuantizationParameters.Scale(node, 1), QuantizationParameters.ZeroPoint(node, 2, x.Type));
        Value y = node.OpType switch
        {
            "QLinearSigmoid" => node.Builder.Unary("Sigmoid", floats),
            "QLinearLeakyRelu" => node.Builder.Unary("LeakyRelu", floats, new AttributeList().Add("alpha", node.Float("alpha", 0.01f), 0.01f)),
            _ => Pooling.Emit(node, "AveragePool", floats, null),
        };
        node.Return(QuantizationParameters.Quantize(node, y, scale, zero, node.OutputName()));
    }
}
