using System.Collections.Generic;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Concat along an axis.</summary>
internal sealed class Concat() : OnnxOperator("Concat")
{
    public override void Import(NodeContext node)
    {
        Value first = node[0];
        int axis = node.Axis(node.Int("axis", 1), first.Rank);
        Dimension[] shape = [.. first.Shape];
        var inputs = new List<Value>();
        for (int i = 0; i < node.InputCount; i++)
        {
            Value x = node[i];
            if (x.Type != first.Type || x.Rank != first.Rank) throw node.Invalid($"{x} does not fit {first}");
            for (int d = 0; d < shape.Length; d++)
                if (i == 0) continue;
                else if (d == axis) shape[d] += x.Shape[d];
                else if (Shapes.MayBeEqual(shape[d], x.Shape[d])) shape[d] = Shapes.Simpler(shape[d], x.Shape[d]);
                else throw node.Invalid($"{x} does not fit {first}");
            inputs.Add(x);
        }
        node.Return(inputs.Count == 1 ? first
            : node.Builder.Emit("Concat", inputs, new AttributeList().Add("axis", axis), first.Type, shape, node.OutputName()));
    }
}
