using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>GlobalAveragePool and GlobalMaxPool.</summary>
internal sealed class GlobalPooling() : OnnxOperator("GlobalAveragePool", "GlobalMaxPool")
{
    public override void Import(NodeContext node)
    {
        Value x = node.Floats(0);
        if (x.Rank < 3) throw node.Invalid($"its input has {x.Rank} dimensions");
        Dimension[] shape = [.. x.Shape.Select((length, axis) => axis < 2 ? length : Dimension.One)];
        node.Return(node.Builder.Emit(node.OpType, [x], StepAttributes.Empty, x.Type, shape, node.OutputName()));
    }
}
