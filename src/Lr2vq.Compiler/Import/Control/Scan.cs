using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Scan: its turns one after the other, where the length of its sequences is a small number; else a step that repeats its body.</summary>
internal sealed class Scan() : OnnxOperator("Scan")
{
    public override bool TakesNarrow => true;

    public override void Import(NodeContext node)
    {
        if (node.Opset < 9)
        {
            ScanOfBatches.Import(node);
            return;
        }
        OnnxGraph body = node.Graph("body");
        int sequences = node.Int("num_scan_inputs", 0), states = node.InputCount - sequences, scans = body.Outputs.Count - states;
        if (sequences < 1 || states < 0 || scans < 0) throw node.Invalid($"num_scan_inputs is {sequences} for {node.InputCount} inputs and {body.Outputs.Count} outputs of its body");
        int[] inputAxes = Attribute(node, "scan_input_axes", sequences), outputAxes = Attribute(node, "scan_output_axes", scans);
        int[] inputDirections = Attribute(node, "scan_input_directions", sequences), outputDirections = Attribute(node, "scan_output_directions", scans);
        Value[] carried = [.. Enumerable.Range(0, states).Select(i => node[i])], given = [.. Enumerable.Range(states, sequences).Select(i => node[i])];
        for (int i = 0; i < sequences; i++) inputAxes[i] = node.Axis(inputAxes[i], given[i].Rank);
        Dimension length = given[0].Shape[inputAxes[0]];
        for (int i = 1; i < sequences; i++) NodeContext.Unify(length, given[i].Shape[inputAxes[i]]);
        if (given.Zip(inputAxes).Any(pair => !pair.First.Shape[pair.Second].Equals(length))) throw node.Invalid("its sequences have other lengths");
        if (body.Inputs.Count != node.InputCount) throw node.Invalid($"its body has {body.Inputs.Count} inputs, not {node.InputCount}");
        if (length.IsConstant && Unroll() is { } results)
        {
            node.Return(results);
            return;
        }
        Value[] ahead = [.. given.Select((value, i) => inputDirections[i] == 0 ? value : Reversed(node, value, inputAxes[i]))];
        var step = new LoopStep(node, scans, why => length.IsConstant ? Turns.TooMany(node, why) : node.NotANumber("the length of its sequences" + why, length)) { Count = length };
        Value[] made = step.Add(carried, (turn, values) =>
            (null, node.Turn(body, [.. values, .. ahead.Select((value, i) => Entry(node, value, inputAxes[i], turn))])));
        for (int i = 0; i < scans; i++)
        {
            Value stack = made[states + i];
            if (outputDirections[i] != 0) stack = Reversed(node, stack, 0);
            int axis = node.Axis(outputAxes[i], stack.Rank);
            made[states + i] = node.Builder.Transpose(stack, [.. Enumerable.Range(1, axis), 0, .. Enumerable.Range(axis + 1, stack.Rank - axis - 1)]);
        }
        node.Return(made);

        Value[]? Unroll()
        {
            var turns = new Turns(node, scans);
            if (length.Value > Turns.Most || length.Value == 0 && scans > 0) return null;
            Value[] states = carried;
            for (int t = 0; t < length.Value; t++)
            {
                int turn = t;
                Value[] elements = [.. given.Select((value, i) => Element(node, value, inputAxes[i], inputDirections[i] == 0 ? turn : (int)length.Value - 1 - turn))];
                if (turns.Add(body, [.. states, .. elements]) is not { } next)
                {
                    turns.GiveUp();
                    return null;
                }
                states = next;
            }
            return [.. states, .. Enumerable.Range(0, scans).Select(i => turns.Stacked(i, outputAxes[i], outputDirections[i] != 0))];
        }
    }

    /// <summary>The entries of an axis, the last one first.</summary>
    private static Value Reversed(NodeContext node, Value value, int axis)
    {
        Dimension length = value.Shape[axis];
        Value order = node.Builder.Range(length - Dimension.One, Dimension.Of(-1), length, ElementType.Int64);
        return node.Builder.Emit("Gather", [value, order], new AttributeList().Add("axis", axis), value.Type, value.Shape);
    }

    /// <summary>The entry of an axis that the turn's number says.</summary>
    private static Value Entry(NodeContext node, Value value, int axis, Value turn) =>
        node.Builder.Emit("Gather", [value, turn], new AttributeList().Add("axis", axis), value.Type, [.. value.Shape[..axis], .. value.Shape[(axis + 1)..]]);

    private static int[] Attribute(NodeContext node, string name, int count) =>
        node.Ints(name) is not { } given ? new int[count] : given.Length == count ? [.. given] : throw node.Invalid($"{name} has {given.Length} numbers, not {count}");

    private static Value Element(NodeContext node, Value value, int axis, int index) =>
        node.Builder.Reshape(node.Builder.Slice(value, axis, index, 1), [.. value.Shape[..axis], .. value.Shape[(axis + 1)..]]);
}
