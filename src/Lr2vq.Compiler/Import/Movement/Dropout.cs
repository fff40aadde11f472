using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Dropout: nothing when a network runs, nor where nothing is to be dropped; its mask has ones then.</summary>
internal sealed class Dropout() : OnnxOperator("Dropout")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        bool trains = node.Optional(2) is { } training && training.Dimensions is not [{ IsConstant: true, Value: 0 }];
        if (trains && node.Optional(1)?.Scalar != 0f) throw node.Training("its third input is not false");
        Value x = node[0];
        Value? mask = node.Wants(1) && node.Opset >= 10 ? node.Builder.Expand(node.Builder.Constant(ConstantTensor.Of(ElementType.Bool, [], [1L])!, "kept"), x.Shape, node.OutputName(1)) : null;
        if (mask is null) node.Return(x);
        else node.Return(x, mask);
    }
}
