using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QLinearGlobalAveragePool.</summary>
internal sealed class QLinearGlobalAveragePool() : MicrosoftOperator("QLinearGlobalAveragePool")
{
    public override void Import(NodeContext node)
    {
        if (node.Int("channels_last", 0) != 0) throw node.Unsupported("channels_last");
        Value x = QuantizationParameters.Bytes(node, 0);
        if (x.Rank < 3) throw node.Invalid($"its input has {x.Rank} dimensions");
        Value[] operands =
        [
            x, QuantizationParameters.Scale(node, 1), QuantizationParameters.ZeroPoint(node, 2, x.Type), QuantizationParameters.Scale(node, 3),
            QuantizationParameters.ZeroPoint(node, 4, x.Type),
        ];
        node.Return(node.Builder.Emit(node.OpType, operands, StepAttributes.Empty, x.Type, [x.Shape[0], x.Shape[1], .. x.Shape[2..].Select(_ => Dimension.One)], node.OutputName()));
    }
}
