namespace Lr2vq.Import;

/// <summary>Dropout: nothing when a network runs.</summary>
internal sealed class Dropout() : OnnxOperator("Dropout")
{
    public override void Import(NodeContext node)
    {
        if (node.Optional(2) is { } training && training.Dimensions is not [{ IsConstant: true, Value: 0 }]) throw node.Training("its third input is not false");
        node.Return(node[0]);
    }
}
