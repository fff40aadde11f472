using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>InstanceNormalization: each channel of each image.</summary>
internal sealed class InstanceNormalization() : OnnxOperator("InstanceNormalization")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (x.Rank < 3) throw node.Invalid($"its input has {x.Rank} dimensions");
        Emit(node, x, node.Floats(1), node.Floats(2), new AttributeList().Add("epsilon", node.Float("epsilon", 1e-5f)));
    }

    /// <summary>The step of the same name, with a scale and a bias for each channel.</summary>
    internal static void Emit(NodeContext node, Value x, Value scale, Value bias, AttributeList attributes)
    {
        foreach (Value operand in new[] { scale, bias })
            if (operand.Rank != 1 || !Shapes.MayBeEqual(operand.Shape[0], x.Shape[1])) throw node.Invalid($"{operand} does not fit the channels of {x}");
        node.Return(node.Builder.Emit(node.OpType, [x, scale, bias], attributes, x.Type, x.Shape, node.OutputName()));
    }
}
