using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>QLinearAdd and QLinearMul.</summary>
internal sealed class QuantizedBinary() : MicrosoftOperator("QLinearAdd", "QLinearMul")
{
    public override void Import(NodeContext node)
    {
        Value a = QuantizationParameters.Bytes(node, 0), b = QuantizationParameters.Bytes(node, 3);
        if (a.Type != b.Type) throw node.Invalid($"the types of {a} and {b} differ");
        Dimension[] shape = Shapes.Broadcast(a.Shape, b.Shape) ?? throw node.Invalid($"the shapes of {a} and {b} do not fit");
        node.Return(node.Builder.Emit(node.OpType,
            [
                a, QuantizationParameters.Scale(node, 1), QuantizationParameters.ZeroPoint(node, 2, a.Type), b, QuantizationParameters.Scale(node, 4),
                QuantizationParameters.ZeroPoint(node, 5, b.Type), QuantizationParameters.Scale(node, 6), QuantizationParameters.ZeroPoint(node, 7, a.Type),
            ],
            StepAttributes.Empty, a.Type, shape, node.OutputName()));
    }
}
