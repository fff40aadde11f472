using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Skeletons;

/// <summary>What a tensor of a model is to the nodes that read it, in the words of the Plan.</summary>
/// <param name="Role">How it may be compressed.</param>
/// <param name="Groups">Groups of the convolution.</param>
/// <param name="Shape">Its shape for the role: the same elements in the same order, with fewer dimensions where the role wants two.</param>
internal sealed record WeightUse(WeightRole Role, int Groups, int[] Shape)
{
    /// <summary>Nodes that hand a weight on, one behind the other.</summary>
    private const int MostBetween = 6;

    /// <summary>Reads that are looked at for one tensor. Those of real networks are a handful.</summary>
    private const int MostLooks = 1000;

    /// <summary>Readers of every value, subgraphs included.</summary>
    public static Dictionary<string, List<(OnnxNode Node, int Input)>> Readers(OnnxGraph graph)
    {
        var readers = new Dictionary<string, List<(OnnxNode, int)>>(StringComparer.Ordinal);
        Collect(graph, readers);
        return readers;
    }

    /// <summary>The use that compresses a tensor best: products before tables; exact where there is neither.</summary>
    public static WeightUse Of(OnnxTensor tensor, IReadOnlyDictionary<string, List<(OnnxNode Node, int Input)>> readers)
    {
        int[] shape = Array.ConvertAll(tensor.Dims, d => checked((int)d));
        WeightUse exact = new(WeightRole.Constant, 1, shape);
        // Wider floats would lose digits that nobody gave up.
        if (!tensor.IsFloat || tensor.ElementType == ElementType.Float64) return exact;
        List<WeightUse> uses = Uses(tensor.Name, shape, readers);
        return uses.Find(use => use.Role != WeightRole.Gather) ?? uses.FirstOrDefault() ?? exact;
    }

    private static List<WeightUse> Uses(string name, int[] shape, IReadOnlyDictionary<string, List<(OnnxNode Node, int Input)>> readers)
    {
        var uses = new List<WeightUse>();
        var open = new Queue<(string Name, Way Way)>([(name, new Way(false, false, 0))]);
        var seen = new HashSet<(string, bool, bool)>();
        int looks = 0;
        while (open.TryDequeue(out (string Name, Way Way) at))
        {
            if (!seen.Add((at.Name, at.Way.IsTurned, at.Way.IsArranged))) continue;
            foreach ((OnnxNode node, int input) in readers.GetValueOrDefault(at.Name, []))
            {
                if (++looks > MostLooks) return uses;
                if (at.Way.Nodes < MostBetween && Next(at.Way, node, shape) is { } next)
                    foreach (string output in node.Outputs) open.Enqueue((output, next));
                else if (Of(node, input, shape, at.Way) is { } found) uses.Add(found);
            }
        }
        return uses;
    }

    /// <summary>The way behind a node that only passes a weight on; null if it does more.</summary>
    private static Way? Next(Way way, OnnxNode node, int[] shape)
    {
        if (node.Domain.Length > 0) return null;
        way = way with { Nodes = way.Nodes + 1 };
        return node.OpType switch
        {
            "Identity" or "Cast" => way,
            "Transpose" when shape.Length == 2 && !way.IsArranged => node.Attribute("perm") is not { } perm || perm.Ints is [1, 0] ? way with { IsTurned = !way.IsTurned } : way,
            "Slice" or "Split" or "Concat" or "Squeeze" or "Unsqueeze" or "Reshape" => way with { IsArranged = true },
            _ => null,
        };
    }

    private static WeightUse? Of(OnnxNode node, int input, int[] shape, Way way)
    {
        bool isTurned = way.IsTurned;
        if (node.Domain is not ("" or "com.microsoft")) return null;
        // [directions, gates, inputs]: rows of gates, which exporters put in ONNX's order at run time.
        if (node.OpType is "LSTM" or "GRU" or "RNN" && input is 1 or 2 && shape.Length >= 2 && !isTurned) return Matrix(true);
        if (way.IsArranged) return null;
        if (shape.Length is 3 or 4 && input == 1 && !isTurned)
        {
            int groups = Number(node, "group", 1);
            if (node.OpType is "Conv" or "FusedConv" && groups >= 1 && shape[0] % groups == 0) return new(WeightRole.Conv, groups, shape);
            if (node.OpType == "ConvTranspose" && groups >= 1 && shape[0] % groups == 0) return new(WeightRole.ConvTranspose, groups, shape);
        }
        return (node.OpType, input) switch
        {
            ("Gemm" or "FusedGemm", 1) => Matrix(Number(node, "transB", 0) != 0),
            ("Gemm" or "FusedGemm", 0) => Matrix(Number(node, "transA", 0) == 0),
            ("FusedMatMul" or "TransposeMatMul", 1) => Matrix(Number(node, "transB", 0) != 0),
            ("MatMul" or "Attention", 1) => Matrix(false),
            ("MatMul", 0) => Matrix(true),
            ("Gather", 0) when shape.Length == 2 && !isTurned && Number(node, "axis", 0) == 0 => new(WeightRole.Gather, 1, shape),
            ("EmbedLayerNormalization", 2 or 3 or 4) when shape.Length == 2 && !isTurned => new(WeightRole.Gather, 1, shape),
            _ => null,
        };

        // Rows are outputs if the last dimension is summed over. A batch of matrices [n, inputs, outputs] lies as one of n times the inputs.
        WeightUse? Matrix(bool rowsAreOutputs)
        {
            if (shape.Length == 2) return new(rowsAreOutputs ^ isTurned ? WeightRole.Gemm : WeightRole.MatMul, 1, shape);
            if (shape.Length < 3 || isTurned) return null;
            long rows = shape[..^1].Aggregate(1L, (product, d) => Math.Min(product * d, 1L << 32));
            return rows > int.MaxValue ? null : new(rowsAreOutputs ? WeightRole.Gemm : WeightRole.MatMul, 1, [(int)rows, shape[^1]]);
        }
    }

    /// <summary>What lies between a weight and a node that reads it.</summary>
    /// <param name="IsTurned">Rows and columns are exchanged.</param>
    /// <param name="IsArranged">Rows are taken apart or put together.</param>
    /// <param name="Nodes">How many nodes.</param>
    private readonly record struct Way(bool IsTurned, bool IsArranged, int Nodes);

    private static int Number(OnnxNode node, string name, int absent) => node.Attribute(name) is { } attribute ? (int)Math.Clamp(attribute.Int, int.MinValue, int.MaxValue) : absent;

    private static void Collect(OnnxGraph graph, Dictionary<string, List<(OnnxNode, int)>> readers)
    {
        foreach (OnnxNode node in graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i].Length == 0) continue;
                if (!readers.TryGetValue(node.Inputs[i], out var known)) readers.Add(node.Inputs[i], known = []);
                known.Add((node, i));
            }
            foreach (OnnxGraph inner in FunctionInliner.Subgraphs(node)) Collect(inner, readers);
        }
    }
}
