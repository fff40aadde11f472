using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Scan of opset 8, whose first axis is that of batches and whose second is that of the sequences: a loop for each batch, where both lengths are numbers.</summary>
internal static class ScanOfBatches
{
    public static void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        OnnxGraph body = node.Graph("body");
        int sequences = node.Int("num_scan_inputs", 0), states = node.InputCount - 1 - sequences, scans = body.Outputs.Count - states;
        if (sequences < 1 || states < 0 || scans < 0) throw node.Invalid($"num_scan_inputs is {sequences} for {node.InputCount} inputs and {body.Outputs.Count} outputs of its body");
        int[] directions = node.Ints("directions") ?? new int[sequences];
        Value[] given = [.. Enumerable.Range(1, states + sequences).Select(i => node[i])];
        if (directions.Length != sequences || given.Any(value => value.Rank < 1) || given[states..].Any(value => value.Rank < 2)) throw node.Invalid("its operands have too few dimensions");
        Dimension batches = given[0].Shape[0], length = given[states].Shape[1];
        foreach (Value value in given) NodeContext.Unify(batches, value.Shape[0]);
        foreach (Value value in given[states..]) NodeContext.Unify(length, value.Shape[1]);
        if (!batches.IsConstant || !length.IsConstant) throw node.NotANumber("the lengths of its batches and sequences", batches.IsConstant ? length : batches);
        if (given.Any(value => !value.Shape[0].Equals(batches)) || given[states..].Any(value => !value.Shape[1].Equals(length))) throw node.Invalid("its operands have other lengths");
        if (node.Optional(0) is { } lengths && lengths.Dimensions?.All(each => each.Equals(length)) != true) throw node.Unsupported("sequences that are shorter than the input (sequence_lens)");
        if (batches.Value is < 1 or > Turns.Most || length.Value > Turns.Most) throw node.Unsupported($"{batches} sequences of {length} (at most {Turns.Most} turns of as many sequences are supported)");
        var results = new Value[body.Outputs.Count][];
        for (int i = 0; i < results.Length; i++) results[i] = new Value[(int)batches.Value];
        for (int b = 0; b < batches.Value; b++)
        {
            Value[] rows = [.. given.Select(value => Element(builder, value, b))], carried = rows[..states];
            var turns = new Turns(node, scans);
            for (int t = 0; t < length.Value; t++)
            {
                int turn = t;
                carried = turns.Add(body, [.. carried, .. rows[states..].Select((row, i) => Element(builder, row, directions[i] == 0 ? turn : (int)length.Value - 1 - turn))]) ?? throw Turns.TooMany(node, "");
            }
            for (int i = 0; i < results.Length; i++) results[i][b] = i < states ? carried[i] : turns.Stacked(i - states);
        }
        node.Return([.. results.Select(parts => Together(node, parts))]);
    }

    private static Value Element(GraphBuilder builder, Value value, int index) => builder.Reshape(builder.Slice(value, 0, index, 1), value.Shape[1..]);

    /// <summary>The results of all batches, along a new axis.</summary>
    private static Value Together(NodeContext node, Value[] parts)
    {
        if (parts.Any(part => part.Type != parts[0].Type || !part.HasShapeOf(parts[0]))) throw node.Invalid("a result has other shapes in other batches");
        Value[] rows = [.. parts.Select(part => node.Builder.Reshape(part, [Dimension.One, .. part.Shape]))];
        return rows.Length == 1 ? rows[0] : node.Builder.Concat(rows, 0);
    }
}
