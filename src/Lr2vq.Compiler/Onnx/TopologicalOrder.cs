using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Puts nodes after the nodes whose values they read. A sorted graph keeps its order; otherwise, of the nodes that could come next,
/// the first in the file does.</summary>
internal static class TopologicalOrder
{
    public static void Sort(OnnxGraph graph, ProblemList problems)
    {
        List<OnnxNode> nodes = graph.Nodes;
        var makers = new Dictionary<string, int>(StringComparer.Ordinal);
        // A node that makes what is there already is another problem, no cycle.
        foreach (OnnxTensor initializer in graph.Initializers) makers[initializer.Name] = -1;
        foreach (OnnxValueInfo input in graph.Inputs) makers[input.Name] = -1;
        for (int i = 0; i < nodes.Count; i++)
            foreach (string output in nodes[i].Outputs)
                if (output.Length > 0) makers.TryAdd(output, i);

        var waitsFor = new List<int>[nodes.Count];
        bool sorted = true;
        for (int i = 0; i < nodes.Count; i++)
        {
            waitsFor[i] = [.. GraphChecks.Reads(nodes[i]).Select(read => makers.GetValueOrDefault(read, -1)).Where(maker => maker >= 0).Distinct()];
            sorted &= waitsFor[i].TrueForAll(maker => maker < i);
        }
        if (sorted) return;

        var readers = new List<int>?[nodes.Count];
        var open = new int[nodes.Count];
        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < nodes.Count; i++)
        {
            open[i] = waitsFor[i].Count;
            foreach (int maker in waitsFor[i]) (readers[maker] ??= []).Add(i);
            if (open[i] == 0) ready.Enqueue(i, i);
        }
        var order = new List<OnnxNode>(nodes.Count);
        while (ready.TryDequeue(out int next, out _))
        {
            order.Add(nodes[next]);
            foreach (int reader in readers[next] ?? [])
                if (--open[reader] == 0) ready.Enqueue(reader, reader);
        }
        if (order.Count == nodes.Count) graph.Nodes = order;
        else ReportCycle(nodes, waitsFor, open, problems);
    }

    private static void ReportCycle(List<OnnxNode> nodes, List<int>[] waitsFor, int[] open, ProblemList problems)
    {
        // Every node left waits for another one that is left, so walking that way must return.
        var seen = new Dictionary<int, int>();
        var walk = new List<int>();
        int at = Array.FindIndex(open, count => count > 0);
        while (seen.TryAdd(at, walk.Count))
        {
            walk.Add(at);
            at = waitsFor[at].Find(maker => open[maker] > 0);
        }
        // In the order of the data, from the node that is first in the file.
        List<int> around = walk.Skip(seen[at]).Reverse().ToList();
        int first = around.IndexOf(around.Min());
        List<string> cycle = around.Skip(first).Concat(around.Take(first)).Select(i => "'" + nodes[i].Label + "'").ToList();
        const int most = 12;
        string shown = string.Join(" → ", cycle.Take(most)) + (cycle.Count > most ? $" → … ({cycle.Count} nodes)" : "") + " → " + cycle[0];
        problems.Add(DiagnosticCatalogue.GraphCycle, new DiagnosticPlace(null, nodes[at].Label), shown);
    }
}
