namespace Lr2vq.Import;

/// <summary>Identity: what it is given.</summary>
internal sealed class Identity() : OnnxOperator("Identity")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node) => node.Return(node[0]);
}
