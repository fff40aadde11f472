using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>Random numbers as a step. A network is a function of its inputs: the numbers follow from the seed that the model gives or, where it gives none, from the name of the
/// node, and are the same in each call. Turns of loops have numbers of their own.</summary>
internal static class RandomStep
{
    /// <summary>Numbers from low to below high.</summary>
    public static Value Uniform(NodeContext node, Dimension[] shape, float low, float high, string? output = null) =>
        Add(node, "RandomUniform", shape, new AttributeList().Add("low", low, 0f).Add("high", high, 1f), output);

    /// <summary>Normal numbers.</summary>
    public static Value Normal(NodeContext node, Dimension[] shape, float mean, float scale, string? output = null) =>
        Add(node, "RandomNormal", shape, new AttributeList().Add("mean", mean, 0f).Add("scale", scale, 1f), output);

    /// <summary>The type of floats that the attribute says, or that of an input.</summary>
    public static ElementType FloatType(NodeContext node, ElementType absent)
    {
        var type = (ElementType)node.Int("dtype", (int)absent);
        return type is ElementType.Float32 or ElementType.Float16 or ElementType.Float64 or ElementType.BFloat16 ? type : throw node.UnsupportedType(type);
    }

    private static Value Add(NodeContext node, string op, Dimension[] shape, AttributeList attributes, string? output)
    {
        Graph graph = node.Builder.Graph;
        string name = node.Builder.Name;
        // An unrolled loop imports a node again.
        int draw = node.Inner.Draws[name] = node.Inner.Draws.GetValueOrDefault(name, -1) + 1;
        int[] seed = node.Has("seed") ? [BitConverter.SingleToInt32Bits(node.Float("seed", 0)), 2 * draw + 1] : [Hash(name), 2 * draw];
        var turns = new List<Value>();
        for (Branch? branch = graph.Branch; branch is not null; branch = branch.Outer)
            if (branch.Turn is { } turn) turns.Insert(0, turn);
        if (draw == 0) node.Note(DiagnosticCatalogue.RandomRepeats, node.OpType);
        Value made = new(output ?? name + "/" + op, ElementType.Float32, shape);
        Shapes.CheckResult(shape);
        return graph.Add(new Node(name, op, turns, [made], attributes.Add("seed", seed))).Output;
    }

    /// <summary>FNV-1a, 32 bits, of the name's UTF-8.</summary>
    private static int Hash(string name) => unchecked((int)Encoding.UTF8.GetBytes(name).Aggregate(2166136261u, (hash, next) => (hash ^ next) * 16777619u));
}
