using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Import;

/// <summary>LabelEncoder between numbers; texts are refused.</summary>
internal sealed class LabelEncoder() : MachineLearningOperator("LabelEncoder")
{
    public override void Import(NodeContext node)
    {
        GraphBuilder builder = node.Builder;
        Value x = node[0];
        if (!x.IsFloat && x.Type != ElementType.Int64) throw node.UnsupportedType(x.Type);
        if (node.Has("keys_strings") || node.Has("values_strings") || node.Has("classes_strings")) throw node.UnsupportedType(ElementType.String);
        (ElementType keyType, double[] keys, long[] wholeKeys) = List(node, "keys");
        (ElementType valueType, double[] values, long[] wholeValues) = List(node, "values");
        if (keyType != x.Type || keys.Length == 0 || keys.Length != values.Length) throw node.Invalid("its keys and values do not fit each other, or its input");
        node.FloatType = ElementType.Float32;
        // The first of equal keys counts; NaN comes last.
        int[] order = [.. Enumerable.Range(0, keys.Length).OrderBy(i => double.IsNaN(keys[i])).ThenBy(i => keys[i]).ThenBy(i => wholeKeys[i])];
        var distinct = new List<int>();
        foreach (int i in order)
            if (distinct.Count == 0 || !keys[i].Equals(keys[distinct[^1]]) || wholeKeys[i] != wholeKeys[distinct[^1]]) distinct.Add(i);
        Value sorted = Constant(builder, "keys", keyType, [.. distinct.Select(i => keys[i])], [.. distinct.Select(i => wholeKeys[i])]);
        Value given = Constant(builder, "values", valueType, [.. distinct.Select(i => values[i]), DefaultFloat(node)], [.. distinct.Select(i => wholeValues[i]), DefaultLong(node)]);
        node.Return(builder.Emit("LabelEncoder", [x, sorted, given], StepAttributes.Empty, valueType, x.Shape, node.OutputName()));
    }

    private static (ElementType Type, double[] Floats, long[] Longs) List(NodeContext node, string name)
    {
        if (node.Attribute(name + "_int64s")?.Ints is { Length: > 0 } longs) return (ElementType.Int64, Array.ConvertAll(longs, v => (double)v), longs);
        if (node.Attribute(name + "_floats")?.Floats is { Length: > 0 } floats) return (ElementType.Float32, Array.ConvertAll(floats, v => (double)v), new long[floats.Length]);
        OnnxTensor tensor = node.Attribute(name + "_tensor")?.Tensor ?? throw node.Invalid($"its {name} are missing");
        return tensor.ElementType switch
        {
            ElementType.Int64 when tensor.ToInt64s() is var whole => (ElementType.Int64, Array.ConvertAll(whole, v => (double)v), whole),
            ElementType.Float32 => (ElementType.Float32, Array.ConvertAll(tensor.ToFloats(), v => (double)v), new long[tensor.Count]),
            var other => throw node.UnsupportedType(other),
        };
    }

    private static float DefaultFloat(NodeContext node) => node.Attribute("default_tensor")?.Tensor is { ElementType: ElementType.Float32, Count: 1 } tensor ? tensor.ToFloats()[0] : node.Float("default_float", -0f);

    private static long DefaultLong(NodeContext node) => node.Attribute("default_tensor")?.Tensor is { ElementType: ElementType.Int64, Count: 1 } tensor ? tensor.ToInt64s()[0] : node.Attribute("default_int64")?.Int ?? -1;

    private static Value Constant(GraphBuilder builder, string name, ElementType type, double[] floats, long[] longs) => builder.Constant(type == ElementType.Float32
        ? ConstantTensor.Of([floats.Length], Array.ConvertAll(floats, v => (float)v)) : ConstantTensor.Of([longs.Length], longs), name);
}
