using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Tile: repeats along each axis.</summary>
internal sealed class Tile() : OnnxOperator("Tile")
{
    public override void Import(NodeContext node)
    {
        Value x = node[0];
        Dimension[] repeats = node.Sizes(1, "its repeats");
        if (repeats.Any(times => times.IsConstant && times.Value < 0)) throw node.Invalid("a length is negative");
        if (repeats.Length != x.Rank) throw node.Invalid($"its repeats do not fit {x}");
        Dimension[] shape = [.. x.Shape.Zip(repeats, (length, times) => length * times)];
        node.Return(shape.SequenceEqual(x.Shape) ? x : node.Builder.Emit("Tile", [x], StepAttributes.Empty, x.Type, shape, node.OutputName()));
    }
}
