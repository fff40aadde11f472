using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Plans;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>A step that reads and writes more than it computes.</summary>
/// <param name="Inputs">What goes in.</param>
/// <param name="Nodes">Adds nodes whose results are y, or <paramref name="Outputs"/>.</param>
/// <param name="Opset">ONNX operator set.</param>
/// <param name="Blocked">The operator gets rank-4 tensors in blocks of sixteen channels.</param>
internal sealed record MemoryCase(string Name, (string Name, HostTensor Value)[] Inputs, Action<OnnxBuilder> Nodes, string[] Outputs, int Opset = 17, bool Blocked = false)
{
    private static readonly int[] s_scores = [12, 197, 197], s_narrow = [12, 49, 49], s_classes = [32, 1000], s_tokens = [197, 768],
        s_picture = [1, 64, 56, 56], s_large = [1, 64, 112, 112], s_heads = [1, 197, 12, 64], s_segments = [1, 19, 128, 128];

    public byte[] Model()
    {
        var builder = new OnnxBuilder(Opset);
        foreach ((string name, HostTensor value) in Inputs) builder.Input(name, value.Type, Array.ConvertAll(value.Shape, d => (object?)d));
        Nodes(builder);
        foreach (string output in Outputs) builder.Output(output);
        return builder.Build();
    }

    public static IEnumerable<MemoryCase> All =>
        [.. Normalisations(), .. Movements(), .. Resizings(), .. Pools(), .. Reductions(), .. Functions(), .. Arithmetic(), .. Indexing()];

    private static IEnumerable<MemoryCase> Normalisations()
    {
        yield return One("Softmax rows", "Softmax", s_scores, ("axis", -1L));
        yield return One("Softmax rows of 49", "Softmax", s_narrow, ("axis", -1L));
        yield return One("Softmax rows of 1000", "Softmax", s_classes, ("axis", -1L));
        yield return One("Softmax columns", "Softmax", s_scores, ("axis", 1L));
        yield return One("Softmax channels", "Softmax", s_segments, ("axis", 1L));
        yield return Of("LayerNormalization", s_tokens, b => b.Initializer("g", Full(768, 1f)).Initializer("b", Full(768, 1f)).Node("LayerNormalization", ["x", "g", "b"], ["y"]));
        yield return Of("BatchNormalization", s_picture, b => b.Initializer("g", Full(64, 1.1f)).Initializer("b", Full(64, 0.1f)).Initializer("m", Full(64, 0.2f)).Initializer("v", Full(64, 0.9f))
            .Node("BatchNormalization", ["x", "g", "b", "m", "v"], ["y"]));
        yield return Of("InstanceNormalization", s_picture, b => b.Initializer("g", Full(64, 1.1f)).Initializer("b", Full(64, 0.1f)).Node("InstanceNormalization", ["x", "g", "b"], ["y"]));
        yield return One("LRN", "LRN", s_picture, ("size", 5L));
    }

    private static IEnumerable<MemoryCase> Movements()
    {
        yield return Permuted("Transpose heads", [197, 12, 64], 1, 0, 2);
        yield return Permuted("Transpose 0213", s_heads, 0, 2, 1, 3);
        yield return Permuted("Transpose 0321", s_picture, 0, 3, 2, 1);
        yield return Permuted("Transpose keys", [1, 12, 197, 64], 0, 1, 3, 2);
        yield return Permuted("Transpose matrix", s_tokens, 1, 0);
        yield return Permuted("Transpose to NHWC", s_picture, 0, 2, 3, 1);
        yield return Permuted("Transpose from NHWC", [1, 56, 56, 64], 0, 3, 1, 2);
        yield return Of("Concat channels", s_picture, b => b.Node("Concat", ["x", "x"], ["y"], ("axis", 1L)));
        yield return Of("Concat last axis", s_tokens, b => b.Node("Concat", ["x", "x"], ["y"], ("axis", 1L)));
        yield return Of("Concat short rows", [3072, 16], b => b.Node("Concat", ["x", "x"], ["y"], ("axis", 1L)));
        yield return Split("Split channels", s_picture, 2, 1);
        yield return Split("Split last axis", [197, 2304], 3, 1);
        yield return Of("Slice steps", s_picture, b => b.Initializer("from", HostTensor.Longs(0, 0)).Initializer("to", HostTensor.Longs(56, 56)).Initializer("axes", HostTensor.Longs(2, 3))
            .Initializer("steps", HostTensor.Longs(2, 2)).Node("Slice", ["x", "from", "to", "axes", "steps"], ["y"]));
        yield return Of("Slice columns", s_tokens, b => b.Initializer("from", HostTensor.Longs(0)).Initializer("to", HostTensor.Longs(384)).Initializer("axes", HostTensor.Longs(1))
            .Node("Slice", ["x", "from", "to", "axes"], ["y"]));
        foreach (string mode in new[] { "constant", "reflect" })
            yield return Of($"Pad {mode}", s_picture, b => b.Initializer("pads", HostTensor.Longs(0, 0, 1, 1, 0, 0, 1, 1)).Node("Pad", ["x", "pads"], ["y"], ("mode", mode)));
        yield return Of("Expand", [1, 768], b => b.Initializer("shape", HostTensor.Longs(197, 768)).Node("Expand", ["x", "shape"], ["y"]));
        yield return One("DepthToSpace", "DepthToSpace", s_picture, ("blocksize", 2L));
    }

    private static IEnumerable<MemoryCase> Resizings()
    {
        foreach ((string mode, string coordinates) in new[] { ("nearest", "asymmetric"), ("linear", "half_pixel"), ("cubic", "half_pixel") })
        {
            MemoryCase plain = Of($"Resize {mode} x2", s_picture, b => b.Initializer("s", HostTensor.Of([1f, 1f, 2f, 2f], 4)).Node("Resize", ["x", "", "s"], ["y"], ("mode", mode),
                ("coordinate_transformation_mode", coordinates), ("nearest_mode", "floor")));
            yield return plain;
            yield return plain.InBlocks();
        }
    }

    private static IEnumerable<MemoryCase> Pools()
    {
        foreach (string op in new[] { "MaxPool", "AveragePool" })
        {
            MemoryCase plain = One($"{op} 3x3 s2", op, s_large, ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }));
            yield return plain;
            yield return plain.InBlocks();
        }
        MemoryCase global = One("GlobalAveragePool", "GlobalAveragePool", s_picture);
        yield return global;
        yield return global.InBlocks();
    }

    private static IEnumerable<MemoryCase> Reductions()
    {
        foreach (string op in new[] { "ReduceMean", "ReduceMax", "ReduceL2" })
        {
            yield return One($"{op} last axis", op, s_tokens, ("axes", new long[] { 1 }));
            yield return One($"{op} first axis", op, s_tokens, ("axes", new long[] { 0 }));
        }
        yield return One("ReduceMean channels", "ReduceMean", s_picture, ("axes", new long[] { 1 }));
        yield return One("ReduceMean pictures", "ReduceMean", s_picture, ("axes", new long[] { 2, 3 }));
        yield return Of("ReduceSum middle axis", [16, 197, 64], b => b.Initializer("axes", HostTensor.Longs(1)).Node("ReduceSum", ["x", "axes"], ["y"]));
        yield return One("ReduceMean short rows", "ReduceMean", [3072, 16], ("axes", new long[] { 1 }));
        yield return One("ArgMax last axis", "ArgMax", s_classes, ("axis", 1L));
        yield return One("ArgMax channels", "ArgMax", s_segments, ("axis", 1L));
        yield return Cumulative("CumSum last axis", 1);
        yield return Cumulative("CumSum first axis", 0);
    }

    private static IEnumerable<MemoryCase> Functions()
    {
        yield return One("Gelu", "Gelu", s_tokens) with { Opset = 20 };
        yield return One("Gelu tanh", "Gelu", s_tokens, ("approximate", "tanh")) with { Opset = 20 };
        yield return Of("Swish", s_tokens, b => b.Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["x", "s"], ["y"]));
        foreach (string op in new[] { "Erf", "Sigmoid", "HardSigmoid", "HardSwish", "LeakyRelu", "Elu", "Softplus", "Mish", "Relu", "Sin", "Cos", "Exp", "Tanh", "Floor" })
            yield return One(op, op, s_tokens) with { Opset = op == "Mish" ? 18 : 17 };
        foreach (string op in new[] { "Sqrt", "Log", "Reciprocal" })
            yield return One(op, op, s_tokens).Positive();
        yield return Of("Clip", s_tokens, b => b.Initializer("l", HostTensor.Scalar(0f)).Initializer("h", HostTensor.Scalar(6f)).Node("Clip", ["x", "l", "h"], ["y"]));
        yield return Power("Pow 2", 2f);
        yield return Power("Pow 3", 3f);
        yield return Power("Pow 0.5", 0.5f).Positive();
        yield return Power("Pow 1.7", 1.7f).Positive();
    }

    private static IEnumerable<MemoryCase> Arithmetic()
    {
        foreach (string op in new[] { "Add", "Mul", "Div" })
        {
            yield return Two(op, op, s_tokens, s_tokens);
            yield return Two($"{op} scalar", op, s_tokens, [1]);
            yield return Two($"{op} last axis", op, s_tokens, [768]);
            yield return Two($"{op} rows", op, s_tokens, [197, 1]);
            yield return Two($"{op} channels", op, s_picture, [1, 64, 1, 1]);
        }
        yield return Two("Mul channels", "Mul", s_picture, [1, 64, 1, 1]).InBlocks();
        yield return Two("Greater", "Greater", s_tokens, s_tokens);
        yield return Two("Max", "Max", s_tokens, s_tokens);
        HostTensor condition = Flags(s_tokens);
        yield return new("Where", [("c", condition), ("x", Random(s_tokens)), ("z", Random(s_tokens))], b => b.Node("Where", ["c", "x", "z"], ["y"]), ["y"]);
        yield return new("Where scalar", [("c", condition), ("x", Random(s_tokens))], b => b.Initializer("z", HostTensor.Scalar(-1e9f)).Node("Where", ["c", "z", "x"], ["y"]), ["y"]);
        HostTensor longs = RandomTensor.Longs(1, -100, 100, s_tokens), shorts = RandomTensor.Floats(1, -100f, 100f, s_tokens);
        foreach ((string name, HostTensor from, ElementType to) in new[]
        {
            ("i64 to f32", longs, ElementType.Float32), ("i64 to i32", longs, ElementType.Int32), ("bool to f32", condition, ElementType.Float32),
            ("f32 to i64", shorts, ElementType.Int64), ("f32 to i32", shorts, ElementType.Int32), ("f32 to bool", shorts, ElementType.Bool),
        })
            yield return new($"Cast {name}", [("x", from)], b => b.Node("Cast", ["x"], ["y"], ("to", (long)to)), ["y"]);
    }

    private static IEnumerable<MemoryCase> Indexing()
    {
        yield return new("Gather embedding", [("i", RandomTensor.Longs(1, 0, 1000, 197))], b => b.Initializer("t", Random([1000, 768])).Node("Gather", ["t", "i"], ["y"]), ["y"]);
        yield return new("Gather rows", [("x", Random(s_tokens)), ("i", RandomTensor.Longs(1, 0, 197, 128))], b => b.Node("Gather", ["x", "i"], ["y"]), ["y"]);
        yield return Top("TopK 5 of 1000", s_classes, 5);
        yield return Top("TopK 300 of 8400", [1, 8400], 300);
    }

    private MemoryCase InBlocks() => this with { Name = Name + ", blocked", Blocked = true };

    /// <summary>With numbers from 0.1 on.</summary>
    private MemoryCase Positive() => this with { Inputs = [.. Inputs.Select(i => (i.Name, RandomTensor.Floats(1, 0.1f, 2f, i.Value.Shape)))] };

    private static MemoryCase Of(string name, int[] shape, Action<OnnxBuilder> nodes) => new(name, [("x", Random(shape))], nodes, ["y"]);

    private static MemoryCase One(string name, string op, int[] shape, params (string, object)[] attributes) =>
        Of(name, shape, b => b.Node(op, ["x"], ["y"], attributes));

    private static MemoryCase Two(string name, string op, int[] shape, int[] other) =>
        new(name, [("x", Random(shape)), ("z", RandomTensor.Floats(2, 0.5f, 2f, other))], b => b.Node(op, ["x", "z"], ["y"]), ["y"]);

    private static MemoryCase Permuted(string name, int[] shape, params long[] perm) => One(name, "Transpose", shape, ("perm", perm));

    private static MemoryCase Power(string name, float exponent) =>
        Of(name, s_tokens, b => b.Initializer("p", HostTensor.Scalar(exponent)).Node("Pow", ["x", "p"], ["y"]));

    private static MemoryCase Cumulative(string name, long axis) => Of(name, s_tokens, b => b.Initializer("a", HostTensor.Scalar(axis)).Node("CumSum", ["x", "a"], ["y"]));

    private static MemoryCase Top(string name, int[] shape, long k) =>
        Of(name, shape, b => b.Initializer("k", HostTensor.Longs(k)).Node("TopK", ["x", "k"], ["y", "i"])) with { Outputs = ["y", "i"] };

    private static MemoryCase Split(string name, int[] shape, int parts, long axis)
    {
        string[] outputs = [.. Enumerable.Range(0, parts).Select(i => $"y{i}")];
        return Of(name, shape, b => b.Node("Split", ["x"], outputs, ("axis", axis))) with { Outputs = outputs };
    }

    private static HostTensor Random(int[] shape) => RandomTensor.Floats(1, -2f, 2f, shape);

    private static HostTensor Flags(int[] shape)
    {
        var random = new Random(1);
        byte[] flags = new byte[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < flags.Length; i++) flags[i] = (byte)random.Next(2);
        return new HostTensor(ElementType.Bool, shape, flags);
    }

    private static HostTensor Full(int length, float value) => HostTensor.Of([.. Enumerable.Repeat(value, length)], length);
}
