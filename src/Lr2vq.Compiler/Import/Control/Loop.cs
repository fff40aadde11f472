using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Loop: its turns one after the other, where constants and sizes that are numbers count them and they are few; else a step that repeats its body.</summary>
internal sealed class Loop() : OnnxOperator("Loop")
{
    /// <summary>More turns than anything takes: exporters write it where there is no trip count.</summary>
    private const long Endless = int.MaxValue;

    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        OnnxGraph body = node.Graph("body");
        Value[] carried = [.. Enumerable.Range(2, Math.Max(0, node.InputCount - 2)).Select(i => node[i])];
        int scans = body.Outputs.Count - 1 - carried.Length;
        if (scans < 0) throw node.Invalid($"its body has {body.Outputs.Count} outputs for {carried.Length} carried values");
        if (body.Inputs.Count != carried.Length + 2) throw node.Invalid($"its body has {body.Inputs.Count} inputs for {carried.Length} carried values");
        if (node.Optional(0) is { Type: not ElementType.Int64 }) throw node.Invalid("its trip count is not i64");
        if (node.Optional(1) is { Type: not ElementType.Bool }) throw node.Invalid("its condition is not bool");
        // Turns one after the other fold what their numbers decide, and their values may change their shapes.
        Func<string, ImportException>? refuse = Unroll(node, body, carried, scans);
        if (refuse is null) return;
        Value? trips = node.Optional(0);
        Dimension? count = trips?.Dimensions is [{ } known] ? Dimension.Max(known, Dimension.Zero) : null;
        if (count is { IsConstant: true, Value: > Endless } && scans == 0) (trips, count) = (null, null);
        var step = new LoopStep(node, scans, refuse) { Trips = count is null ? trips : null, Count = count, Condition = IsTrue(node.Optional(1)) ? null : node.Optional(1) };
        Value[] made = step.Add(carried, (turn, values) =>
        {
            Value[] results = node.Turn(body, [Number(node, body, turn), Truth(node), .. values]);
            if (results[0].Type != ElementType.Bool) throw node.Invalid("whether it goes on is not bool");
            return (IsTrue(results[0]) ? null : results[0], results[1..]);
        });
        node.Return(made);
    }

    /// <summary>The turns one after the other.</summary>
    /// <returns>Null if that is the loop; else how to refuse it where it cannot be a step either, for a reason that is added.</returns>
    private static Func<string, ImportException>? Unroll(NodeContext node, OnnxGraph body, Value[] carried, int scans)
    {
        Value? trips = node.Optional(0);
        if (trips is not null && !IsNumber(trips)) return why => Turns.Unknown(node, "its trip count" + why, trips);
        Func<string, ImportException> tooMany = why => Turns.TooMany(node, why);
        long most = trips?.Dimensions![0].Value ?? long.MaxValue;
        if (trips is not null && most > Turns.Most && IsTrue(node.Optional(1)) && most < Endless) return tooMany;
        Value condition = node.Optional(1) ?? Truth(node);
        var turns = new Turns(node, scans);
        while (turns.Count < most)
        {
            if (!IsNumber(condition))
            {
                turns.GiveUp();
                Value unknown = condition;
                return why => Turns.Unknown(node, "whether it goes on" + why, unknown);
            }
            if (condition.Dimensions![0].Value == 0) break;
            Value number = node.Builder.Constant(ConstantTensor.Of([], [(long)turns.Count]), "turn");
            // Where the condition stays what it is, the first turn tells how many nodes all of them will be.
            if (turns.Add(body, [Number(node, body, number), condition, .. carried]) is not { } made || turns.Count == 1 && made[0] == condition && trips is not null && turns.AreTooMany(most))
            {
                turns.GiveUp();
                return tooMany;
            }
            (condition, carried) = (made[0], made[1..]);
        }
        // What has no elements has a shape all the same.
        if (turns.Count == 0 && scans > 0) return why => node.Unsupported("a loop without turns" + why);
        node.Return([.. carried, .. Enumerable.Range(0, scans).Select(i => turns.Stacked(i))]);
        return null;
    }

    private static Value Truth(NodeContext node) => node.Builder.Constant(ConstantTensor.Of(ElementType.Bool, [], [1])!, "true");

    private static bool IsNumber(Value value) => value.Dimensions is [{ IsConstant: true }];

    private static bool IsTrue(Value? value) => value is null || value.Dimensions is [{ IsConstant: true, Value: not 0 }];

    /// <summary>The number of a turn as the body declares it: bodies have it with one dimension or none.</summary>
    private static Value Number(NodeContext node, OnnxGraph body, Value turn) => body.Inputs[0].Dims is { Count: 1 } ? node.Builder.Reshape(turn, [Dimension.One]) : turn;
}
