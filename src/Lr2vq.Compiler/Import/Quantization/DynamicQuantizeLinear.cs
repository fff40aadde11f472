using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>DynamicQuantizeLinear: u8 with the scale that the data asks for.</summary>
internal sealed class DynamicQuantizeLinear() : OnnxOperator("DynamicQuantizeLinear")
{
    public override void Import(NodeContext node) =>
        node.Return(Emit(node, node.Floats(0), node.OutputName(), node.OutputName(1), node.OutputName(2)));

    /// <summary>The tensor as bytes, its scale, its zero point.</summary>
    public static Value[] Emit(NodeContext node, Value x, string? y = null, string? scale = null, string? zero = null) =>
        node.Builder.Emit("DynamicQuantizeLinear", [x], StepAttributes.Empty,
        [
            new Value(y ?? x.Name + "/bytes", ElementType.UInt8, x.Shape), new Value(scale ?? x.Name + "/scale", ElementType.Float32, []),
            new Value(zero ?? x.Name + "/zero", ElementType.UInt8, []),
        ]);
}
