using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Size: the number of elements, known without running.</summary>
internal sealed class Size() : OnnxOperator("Size")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        AttributeList attributes = new AttributeList().Add("values", [Shapes.Product(node[0].Shape)]);
        node.Return(node.Builder.Emit("DimensionValues", [], attributes, ElementType.Int64, [], node.OutputName()));
    }
}
