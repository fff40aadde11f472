using System;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Networks with steps that came later than the others.</summary>
internal static partial class SmallModels
{
    /// <summary>Types of 4 bits and floats of 8: activations that are rounded to them and moved, weights that were, outputs that have them.</summary>
    private static byte[] Narrow() => new OnnxBuilder(21, irVersion: 10).Input("x", ElementType.Float32, "n", 8).Input("bits", ElementType.UInt4, "n", 8)
        .Initializer("s", HostTensor.Scalar(0.05f)).Initializer("eighth", new HostTensor(ElementType.Float8E4M3FN, [], [0])).Initializer("fourth", new HostTensor(ElementType.Int4, [], [3]))
        .Initializer("none", new HostTensor(ElementType.UInt4, [], [0])).Initializer("w", new HostTensor(ElementType.Int4, [6, 8], [.. Random(1, 48).Values<float>().ToArray().Select(v => (byte)((int)(v * 28) & 15))]))
        .Initializer("sw", RandomTensor.Floats(3, 0.01f, 0.02f, 6)).Initializer("rows", HostTensor.Longs(-1, 4))
        .Node("QuantizeLinear", ["x", "s", "eighth"], ["e"]).Node("Transpose", ["e"], ["t"], ("perm", new[] { 1, 0 })).Node("DequantizeLinear", ["e", "s", "eighth"], ["d"])
        .Node("QuantizeLinear", ["d", "s", "fourth"], ["f"]).Node("Reshape", ["f", "rows"], ["r"]).Node("DequantizeLinear", ["f", "s", "fourth"], ["g"])
        .Node("DequantizeLinear", ["w", "sw"], ["wd"], ("axis", 0)).Node("Gemm", ["g", "wd"], ["m"], ("transB", 1)).Node("Cast", ["m"], ["c"], ("to", (int)ElementType.Float8E5M2))
        .Node("DequantizeLinear", ["bits", "s", "none"], ["b"]).Node("ReduceSum", ["b"], ["y"], ("keepdims", 0))
        .Output("t", ElementType.Float8E4M3FN, 8, "n").Output("r", ElementType.Int4, null, 4).Output("c", ElementType.Float8E5M2, "n", 6).Output("y", ElementType.Float32).Build();

    /// <summary>Three axes: convolutions, pools, a sampled grid, another size.</summary>
    private static byte[] Volumes() => new OnnxBuilder(20).Input("x", ElementType.Float32, 1, 3, "d", 6, 6).Input("grid", ElementType.Float32, 1, 2, 3, 3, 3)
        .Initializer("w", Random(1, 6, 3, 3, 3, 3)).Initializer("each", Random(2, 6, 1, 2, 2, 2)).Initializer("up", Random(3, 6, 4, 2, 2, 2)).Initializer("sizes", HostTensor.Longs(1, 4, 5, 7, 3))
        .Node("Conv", ["x", "w"], ["a"], ("pads", new[] { 1, 1, 1, 1, 1, 1 })).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "each"], ["c"], ("group", 6), ("strides", new[] { 1, 2, 2 }))
        .Node("ConvTranspose", ["c", "up"], ["e"], ("strides", new[] { 2, 2, 2 })).Node("MaxPool", ["e"], ["f"], ("kernel_shape", new[] { 2, 2, 2 }))
        .Node("GridSample", ["f", "grid"], ["g"], ("mode", "linear")).Node("Resize", ["f", "", "", "sizes"], ["i"], ("mode", "linear")).Node("GlobalAveragePool", ["i"], ["j"])
        .Output("g", ElementType.Float32, null, null, null, null, null).Output("j", ElementType.Float32, null, null, null, null, null).Build();

    /// <summary>Convolutions by weights that are computed from the data, and a deformable one.</summary>
    private static byte[] Computed() => new OnnxBuilder(19).Input("x", ElementType.Float32, "n", 4, 7, 7).Input("w", ElementType.Float32, 6, 4, 3, 3).Input("offsets", ElementType.Float32, "n", 18, 5, 5)
        .Initializer("scale", Random(1, 6, 1, 1, 1)).Initializer("last", Random(2, 5, 6, 3, 3)).Initializer("b", Random(3, 5)).Initializer("turn", Random(4, 6, 4))
        .Node("Mul", ["w", "scale"], ["v"]).Node("Conv", ["x", "v"], ["a"], ("pads", new[] { 1, 1, 1, 1 })).Node("DeformConv", ["a", "last", "offsets", "b"], ["y"])
        .Node("ConvTranspose", ["a", "v"], ["z"]).Node("GlobalAveragePool", ["z"], ["p"]).Node("Flatten", ["p"], ["q"]).Node("Transpose", ["turn"], ["tt"], ("perm", new[] { 1, 0 })).Node("MatMul", ["q", "tt"], ["r"])
        .Output("y", ElementType.Float32, "n", 5, 5, 5).Output("r", ElementType.Float32, "n", 6).Build();

    /// <summary>Shapes, bounds, borders, axes and sizes that are data; the model declares what comes of them.</summary>
    private static byte[] Sizes() => new OnnxBuilder(19).Input("x", ElementType.Float32, 2, 3, 4, 4).Input("shape", ElementType.Int64, 3).Input("starts", ElementType.Int64, 2).Input("ends", ElementType.Int64, 2)
        .Input("borders", ElementType.Int64, 8).Input("axes", ElementType.Int64, 1).Input("sizes", ElementType.Int64, 4).Input("first", ElementType.Int64).Input("limit", ElementType.Int64).Initializer("step", HostTensor.Scalar(2L))
        .Node("Reshape", ["x", "shape"], ["a"]).Node("Slice", ["x", "starts", "ends"], ["b"]).Node("Pad", ["x", "borders"], ["c"]).Node("ReduceMax", ["x", "axes"], ["d"])
        .Node("Resize", ["x", "", "", "sizes"], ["e"], ("mode", "linear")).Node("Range", ["first", "limit", "step"], ["f"])
        .Output("a", ElementType.Float32, 2, 12, 4).Output("b", ElementType.Float32, 1, 2, 4, 4).Output("c", ElementType.Float32, 2, 3, 6, 6).Output("d", ElementType.Float32, 2, 1, 4, 4)
        .Output("e", ElementType.Float32, 2, 3, 5, 7).Output("f", ElementType.Int64, 5).Build();

    /// <summary>An operator that the compiler does not have, behind weights of several types and roles, some of them in branches.</summary>
    private static byte[] Foreign()
    {
        OnnxBuilder Branch(string name, int seed) => new OnnxBuilder(17, name).Initializer("w", Random(seed, 32, 40)).Node("MatMul", ["g", "w"], [name]).Output(name);
        Half[] half = Array.ConvertAll(Random(3, 48 * 48).Values<float>().ToArray(), v => (Half)v);
        return new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "n", 48).Input("ids", ElementType.Int64, "n").Input("first", ElementType.Bool)
            .Initializer("half", HostTensor.Of(half, 48, 48)).Initializer("table", Random(4, 33, 32)).Initializer("longs", HostTensor.Longs(new long[600])).Initializer("small", Random(5, 8))
            .Node("Cast", ["half"], ["wide"], ("to", 1)).Node("MatMul", ["x", "wide"], ["m"]).Node("Gather", ["table", "ids"], ["g"])
            .Node("If", ["first"], ["i"], ("then_branch", Branch("a", 1)), ("else_branch", Branch("b", 2))).Node("CDist", ["m", "m"], ["y"], null, "com.microsoft", ("metric", "euclidean"))
            .Node("Gather", ["longs", "ids"], ["l"]).Output("y", ElementType.Float32, "n", "n").Output("i", ElementType.Float32, "n", 40).Output("l", ElementType.Int64, "n").Build();
    }
}
