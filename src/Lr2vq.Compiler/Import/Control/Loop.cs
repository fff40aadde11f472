using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Loop: its turns one after the other, where constants and sizes that are numbers decide how many there are.</summary>
internal sealed class Loop() : OnnxOperator("Loop")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        OnnxGraph body = node.Graph("body");
        long most = node.Optional(0) is { } trips ? Number(node, trips, "its trip count") : long.MaxValue;
        Value[] carried = [.. Enumerable.Range(2, System.Math.Max(0, node.InputCount - 2)).Select(i => node[i])];
        int scans = body.Outputs.Count - 1 - carried.Length;
        if (scans < 0) throw node.Invalid($"its body has {body.Outputs.Count} outputs for {carried.Length} carried values");
        Value condition = node.Optional(1) ?? Truth(node);
        var turns = new Turns(node, scans);
        while (turns.Count < most && Number(node, condition, "whether it goes on") != 0)
        {
            Value number = node.Builder.Constant(ConstantTensor.Of([], [(long)turns.Count]), "turn");
            Value[] made = turns.Add(body, [number, condition, .. carried]);
            (condition, carried) = (made[0], made[1..]);
        }
        node.Return([.. carried, .. Enumerable.Range(0, scans).Select(i => turns.Stacked(i))]);
    }

    private static Value Truth(NodeContext node) => node.Builder.Constant(ConstantTensor.Of(ElementType.Bool, [], [1])!, "true");

    private static long Number(NodeContext node, Value value, string what) => value.Dimensions is [{ IsConstant: true } only] ? only.Value : throw Turns.Unknown(node, what, value);
}
