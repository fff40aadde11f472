using System;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Scan: its turns one after the other, where the length of its sequences is a number.</summary>
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
        if (!length.IsConstant) throw node.NotANumber("the length of its sequences", length);
        if (given.Zip(inputAxes).Any(pair => !pair.First.Shape[pair.Second].Equals(length))) throw node.Invalid("its sequences have other lengths");
        if (length.Value > Turns.Most) throw node.Unsupported($"a sequence of {length.Value} (at most {Turns.Most} turns are supported)");
        var turns = new Turns(node, scans);
        for (int t = 0; t < length.Value; t++)
        {
            int turn = t;
            Value[] elements = [.. given.Select((value, i) => Element(node, value, inputAxes[i], inputDirections[i] == 0 ? turn : (int)length.Value - 1 - turn))];
            carried = turns.Add(body, [.. carried, .. elements]);
        }
        node.Return([.. carried, .. Enumerable.Range(0, scans).Select(i => turns.Stacked(i, outputAxes[i], outputDirections[i] != 0))]);
    }

    private static int[] Attribute(NodeContext node, string name, int count) =>
        node.Ints(name) is not { } given ? new int[count] : given.Length == count ? [.. given] : throw node.Invalid($"{name} has {given.Length} numbers, not {count}");

    private static Value Element(NodeContext node, Value value, int axis, int index) =>
        node.Builder.Reshape(node.Builder.Slice(value, axis, index, 1), [.. value.Shape[..axis], .. value.Shape[(axis + 1)..]]);
}
