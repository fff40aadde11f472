using System;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>The models that reach what the first ones do not.</summary>
internal static partial class SmallModels
{
    /// <summary>A picture of any size before a fully connected layer that fits one size only.</summary>
    private static byte[] Classifier() => new OnnxBuilder(13).Input("image", ElementType.Float32, "n", 3, "h", "w")
        .Initializer("w", Random(1, 8, 3, 3, 3)).Initializer("fc", Random(2, 10, 8 * 36)).Initializer("b", Random(3, 10))
        .Node("Conv", ["image", "w"], ["a"], ("pads", new[] { 1, 1, 1, 1 }), ("strides", new[] { 2, 2 })).Node("Relu", ["a"], ["c"])
        .Node("Flatten", ["c"], ["d"]).Node("Gemm", ["d", "fc", "b"], ["y"], ("transB", 1)).Node("Softmax", ["y"], ["p"], ("axis", 1))
        .Output("p", ElementType.Float32, "n", 10).Build();

    /// <summary>Pairs of QuantizeLinear and DequantizeLinear with a weight of 8 bits, operators of integers, and quantization by the data.</summary>
    private static byte[] Quantized()
    {
        byte[] bytes = new byte[8 * 8 * 9];
        new Random(1).NextBytes(bytes);
        HostTensor Bytes(ElementType type, params int[] shape) => new(type, shape, bytes[..shape.Aggregate(1, (n, d) => n * d)]);
        OnnxBuilder model = new OnnxBuilder(13).Opset("com.microsoft", 1).Input("x", ElementType.Float32, "n", 8, "h", 6)
            .Initializer("s", HostTensor.Scalar(0.05f)).Initializer("z", HostTensor.Scalar<byte>(120)).Initializer("zi", HostTensor.Scalar<sbyte>(0))
            .Initializer("w", Bytes(ElementType.Int8, 8, 8, 3, 3)).Initializer("sw", RandomTensor.Floats(1, 0.001f, 0.01f, 8)).Initializer("zw", Bytes(ElementType.Int8, 8))
            .Initializer("p", Bytes(ElementType.Int8, 6, 5));
        model.Node("QuantizeLinear", ["x", "s", "z"], ["q"]).Node("DequantizeLinear", ["q", "s", "z"], ["d"]).Node("DequantizeLinear", ["w", "sw", "zw"], ["wd"], ("axis", 0))
            .Node("Conv", ["d", "wd"], ["c"], ("pads", new[] { 1, 1, 1, 1 })).Node("QuantizeLinear", ["c", "s", "z"], ["cq"])
            .Node("QLinearConv", ["q", "s", "z", "w", "sw", "zi", "s", "z"], ["e"], ("pads", new[] { 1, 1, 1, 1 }));
        return model.Node("QLinearAdd", ["e", "s", "z", "cq", "s", "z", "s", "z"], ["f"], null, "com.microsoft").Node("DequantizeLinear", ["f", "s", "z"], ["g"])
            .Node("DynamicQuantizeLinear", ["g"], ["i", "si", "zd"]).Node("MatMulInteger", ["i", "p", "zd"], ["m"]).Node("Cast", ["m"], ["mf"], ("to", 1)).Node("Mul", ["mf", "si"], ["y"])
            .Output("y", ElementType.Float32, null, null, null, null).Output("f", ElementType.UInt8, null, null, null, null).Build();
    }

    /// <summary>LSTM and GRU with initial states, a convolution along time.</summary>
    private static byte[] Recurrent() => new OnnxBuilder(14).Input("x", ElementType.Float32, "t", "n", 6).Input("h0", ElementType.Float32, 1, "n", 5)
        .Initializer("wl", Random(1, 1, 20, 6)).Initializer("rl", Random(2, 1, 20, 5)).Initializer("bl", Random(3, 1, 40))
        .Initializer("wg", Random(4, 1, 12, 5)).Initializer("rg", Random(5, 1, 12, 4)).Initializer("last", Random(6, 4, 3))
        .Node("LSTM", ["x", "wl", "rl", "bl", "", "h0"], ["l", "lh", "lc"], ("hidden_size", 5)).Constant("one", HostTensor.Longs(1))
        .Node("Squeeze", ["l", "one"], ["s"]).Node("GRU", ["s", "wg", "rg"], ["g", "gh"], ("hidden_size", 4), ("linear_before_reset", 1))
        .Node("Squeeze", ["g", "one"], ["q"]).Node("MatMul", ["q", "last"], ["y"]).Output("y", ElementType.Float32, null, null, null).Output("lc", ElementType.Float32, null, null, null).Build();

    /// <summary>Branches by data and by shapes, one inside the other, around convolutions; loops whose turns data and lengths count, and that data end.</summary>
    private static byte[] Branches()
    {
        OnnxBuilder up = new OnnxBuilder(13).Node("Conv", ["r", "w"], ["a"], ("pads", new[] { 1, 1, 1, 1 })).Output("a"), down = new OnnxBuilder(13).Node("Neg", ["r"], ["b"]).Output("b");
        OnnxBuilder longer = new OnnxBuilder(13).Node("If", ["c"], ["i"], ("then_branch", up), ("else_branch", down)).Node("Conv", ["i", "v"], ["j"]).Output("j");
        OnnxBuilder shorter = new OnnxBuilder(13).Node("Relu", ["x"], ["u"]).Output("u");
        OnnxBuilder counted = new OnnxBuilder(13).Input("i0", ElementType.Int64).Input("g0", ElementType.Bool).Input("h0", ElementType.Float32, null, null, null, null).Node("Conv", ["h0", "v"], ["h1"]).Node("Tanh", ["h1"], ["h2"])
            .Node("Add", ["h2", "y"], ["h3"]).Node("Identity", ["g0"], ["m0"]).Output("m0", ElementType.Bool).Output("h3", ElementType.Float32, null, null, null, null);
        OnnxBuilder ended = new OnnxBuilder(13).Input("i1", ElementType.Int64).Input("g1", ElementType.Bool).Input("e0", ElementType.Float32, null, null, null, null).Input("f0", ElementType.Float32, null, null, null, null)
            .Node("Mul", ["e0", "r"], ["e1"]).Node("ReduceMax", ["e1"], ["e2"], ("keepdims", 0)).Node("Greater", ["e2", "tenth"], ["m1"]).Node("Identity", ["f0"], ["f1"])
            .Output("m1", ElementType.Bool).Output("f1", ElementType.Float32, null, null, null, null).Output("e1", ElementType.Float32, null, null, null, null).Output("e2", ElementType.Float32);
        return new OnnxBuilder(13).Input("x", ElementType.Float32, "n", 8, "h", 4).Input("c", ElementType.Bool).Input("m", ElementType.Int64).Constant("tenth", HostTensor.Scalar(0.1f)).Initializer("w", Random(1, 8, 8, 3, 3)).Initializer("v", Random(2, 8, 8, 1, 1))
            .Node("Relu", ["x"], ["r"]).Node("Shape", ["x"], ["s"]).Constant("two", HostTensor.Scalar(2L)).Node("Gather", ["s", "two"], ["h"]).Node("Greater", ["h", "two"], ["d"])
            .Node("If", ["d"], ["z"], ("then_branch", longer), ("else_branch", shorter)).Node("Conv", ["z", "v"], ["y"])
            .Node("Loop", ["m", "c", "y"], ["q"], ("body", counted)).Node("Loop", ["h", "c", "x", "x"], ["o", "p", "l"], ("body", ended)).Node("Neg", ["l"], ["k"])
            .Output("q", ElementType.Float32, "n", 8, null, 4).Output("p", ElementType.Float32, "n", 8, null, 4).Output("k", ElementType.Float32, [null]).Build();
    }

    /// <summary>Indices that are data: gathers, scatters, TopK, OneHot, ArgMax, Where.</summary>
    private static byte[] Selection() => new OnnxBuilder(18).Input("x", ElementType.Float32, "n", 12).Input("i", ElementType.Int64, "n", 3).Input("p", ElementType.Int64, 4, 2)
        .Constant("k", HostTensor.Longs(4)).Node("TopK", ["x", "k"], ["v", "vi"], ("axis", 1))
        .Node("GatherElements", ["x", "i"], ["ge"], ("axis", 1)).Node("ScatterElements", ["x", "i", "ge"], ["se"], ("axis", 1), ("reduction", "add"))
        .Node("GatherND", ["se", "p"], ["gn"]).Node("ScatterND", ["se", "p", "gn"], ["sn"]).Constant("depth", HostTensor.Longs(12)).Constant("onoff", HostTensor.Of<float>([0, 1], 2))
        .Node("ArgMax", ["sn"], ["am"], ("axis", 1), ("keepdims", 0)).Node("OneHot", ["am", "depth", "onoff"], ["oh"])
        .Node("Greater", ["sn", "oh"], ["gt"]).Node("Where", ["gt", "sn", "oh"], ["w"]).Constant("axis", HostTensor.Longs(1)).Node("CumSum", ["w", "axis"], ["y"])
        .Output("y", ElementType.Float32, "n", 12).Output("v", ElementType.Float32, "n", 4).Output("vi", ElementType.Int64, "n", 4).Build();

    /// <summary>What moves values about: Pad, Tile, Expand, Slice, Split, Concat, Resize, DepthToSpace, Trilu, Transpose.</summary>
    private static byte[] Movement() => new OnnxBuilder(18).Input("x", ElementType.Float32, 1, 4, "h", 6)
        .Constant("pads", HostTensor.Longs(0, 0, 1, 2, 0, 0, 1, 2)).Node("Pad", ["x", "pads"], ["a"], ("mode", "reflect"))
        .Constant("starts", HostTensor.Longs(1, -2)).Constant("ends", HostTensor.Longs(99, -9)).Constant("axes", HostTensor.Longs(2, 3)).Constant("steps", HostTensor.Longs(1, -2))
        .Node("Slice", ["a", "starts", "ends", "axes", "steps"], ["b"]).Node("Split", ["b"], ["c", "d"], ("axis", 1), ("num_outputs", 2))
        .Node("Concat", ["d", "c"], ["e"], ("axis", 1)).Constant("scales", HostTensor.Of<float>([1, 1, 1.5f, 2], 4)).Node("Resize", ["e", "", "scales"], ["f"], ("mode", "linear"))
        .Node("DepthToSpace", ["f"], ["g"], ("blocksize", 2)).Constant("times", HostTensor.Longs(1, 2, 1, 1)).Node("Tile", ["g", "times"], ["i"])
        .Node("Transpose", ["i"], ["j"], ("perm", new[] { 0, 2, 1, 3 })).Node("Trilu", ["j"], ["l"], ("upper", 0)).Constant("to", HostTensor.Longs(2, 1, 1, 1)).Node("Expand", ["l", "to"], ["y"])
        .Output("y", ElementType.Float32, null, null, null, null).Build();

    /// <summary>Normalizations, reductions and pooling.</summary>
    private static byte[] Normalization() => new OnnxBuilder(18).Input("x", ElementType.Float32, "n", 8, 6, 6)
        .Initializer("scale", Random(1, 8)).Initializer("offset", Random(2, 8)).Initializer("gain", Random(3, 6)).Initializer("w", Random(4, 8, 8, 1, 1))
        .Node("InstanceNormalization", ["x", "scale", "offset"], ["a"]).Node("Conv", ["a", "w"], ["b"]).Node("LayerNormalization", ["b", "gain"], ["c"], ("axis", -1))
        .Node("LRN", ["c"], ["d"], ("size", 3)).Node("LpNormalization", ["d"], ["e"], ("axis", 1), ("p", 2)).Node("AveragePool", ["e"], ["f"], ("kernel_shape", new[] { 3, 3 }), ("strides", new[] { 2, 2 }))
        .Constant("axes", HostTensor.Longs(2)).Node("ReduceLogSumExp", ["f", "axes"], ["g"]).Constant("all", HostTensor.Longs(1, 3)).Node("ReduceMax", ["g", "all"], ["i"], ("keepdims", 0))
        .Node("GlobalMaxPool", ["f"], ["j"]).Node("LogSoftmax", ["f"], ["l"], ("axis", 1)).Output("i", ElementType.Float32, null, null).Output("j", ElementType.Float32, null, null, null, null)
        .Output("l", ElementType.Float32, null, null, null, null).Build();

    /// <summary>Elementwise operators with broadcasts, of several types, and casts between them.</summary>
    private static byte[] Arithmetic() => new OnnxBuilder(18).Input("x", ElementType.Float32, "n", 7).Input("z", ElementType.Int32, "n", 1).Input("m", ElementType.Bool, 7)
        .Initializer("slope", Random(1, 7)).Constant("three", HostTensor.Of<int>([3], 1)).Node("PRelu", ["x", "slope"], ["a"]).Node("Cast", ["z"], ["b"], ("to", 1))
        .Node("Add", ["a", "b"], ["c"]).Node("Pow", ["c", "b"], ["d"]).Node("Clip", ["d", "", ""], ["e"]).Node("Mod", ["z", "three"], ["f"]).Node("Equal", ["f", "z"], ["g"])
        .Node("And", ["g", "m"], ["i"]).Node("Not", ["i"], ["j"]).Node("Where", ["j", "e", "b"], ["l"]).Node("Erf", ["l"], ["o"]).Node("Max", ["o", "a", "b"], ["q"]).Node("HardSwish", ["q"], ["r"])
        .Node("Cast", ["r"], ["s"], ("to", 10)).Output("s", ElementType.Float16, "n", 7).Output("f", ElementType.Int32, "n", 1).Build();

    /// <summary>Places in images that are data: grids, regions; blocks, determinants and a spectrum.</summary>
    private static byte[] Places() => new OnnxBuilder(20).Input("x", ElementType.Float32, "n", 4, 8, 8).Input("grid", ElementType.Float32, "n", "h", 5, 2).Input("regions", ElementType.Float32, 2, 4)
        .Constant("images", HostTensor.Longs(0, 0)).Constant("maps", HostTensor.Of<float>([0, 1, 1, 5, 6, 0, -2, 3, 9, 4], 2, 5)).Constant("columns", HostTensor.Longs(0, 16, 16))
        .Constant("image", HostTensor.Longs(5, 5)).Constant("block", HostTensor.Longs(2, 2)).Constant("signal", HostTensor.Longs(0, 4, 25, 1))
        .Node("GridSample", ["x", "grid"], ["a"], ("mode", "cubic"), ("padding_mode", "reflection"))
        .Node("RoiAlign", ["x", "regions", "images"], ["b"], ("output_height", 2), ("output_width", 2)).Node("MaxRoiPool", ["x", "maps"], ["c"], ("pooled_shape", new[] { 2, 2 })).Node("Add", ["b", "c"], ["d"])
        .Node("Reshape", ["x", "columns"], ["e"]).Node("Col2Im", ["e", "image", "block"], ["f"]).Node("Det", ["f"], ["g"]).Node("Reshape", ["f", "signal"], ["i"]).Node("DFT", ["i"], ["j"], ("onesided", 1))
        .Output("a", ElementType.Float32, null, null, null, null).Output("d", ElementType.Float32, null, null, null, null).Output("g", ElementType.Float32, null, null).Output("j", ElementType.Float32, null, null, null, null).Build();

    /// <summary>Sizes that the data decides: boxes that do not overlap, what stands where, and what follows from how many they are.</summary>
    public static byte[] Detector() => new OnnxBuilder(17).Input("x", ElementType.Float32, 1, "n", 6)
        .Initializer("wb", Random(1, 6, 4)).Initializer("ws", Random(2, 6, 3)).Initializer("most", HostTensor.Longs(5)).Initializer("overlap", HostTensor.Scalar(0.4f)).Initializer("least", HostTensor.Scalar(0.4f))
        .Initializer("zero", HostTensor.Scalar(0L)).Initializer("one", HostTensor.Scalar(1L)).Initializer("two", HostTensor.Scalar(2L)).Initializer("rows", HostTensor.Longs(-1, 4))
        .Initializer("first", HostTensor.Longs(0)).Initializer("second", HostTensor.Longs(1)).Initializer("kept", HostTensor.Longs(3)).Initializer("half", HostTensor.Scalar(0.1f)).Initializer("head", Random(3, 4, 5))
        .Node("MatMul", ["x", "wb"], ["boxes"]).Node("MatMul", ["x", "ws"], ["logits"]).Node("Sigmoid", ["logits"], ["table"]).Node("Transpose", ["table"], ["scores"], ("perm", new[] { 0, 2, 1 }))
        .Node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "least"], ["found"], ("center_point_box", 1))
        .Node("Gather", ["found", "two"], ["places"], ("axis", 1)).Node("Gather", ["found", "one"], ["classes"], ("axis", 1))
        .Node("Gather", ["boxes", "places"], ["picked"], ("axis", 1)).Node("Reshape", ["picked", "rows"], ["taken"]).Node("MatMul", ["taken", "head"], ["y"])
        .Node("Shape", ["places"], ["length"]).Node("Min", ["length", "kept"], ["k"]).Node("ReduceMax", ["taken"], ["best"], ("axes", new[] { 1 }), ("keepdims", 0)).Node("TopK", ["best", "k"], ["v", "vi"])
        .Node("Sub", ["kept", "k"], ["open"]).Node("Expand", ["half", "open"], ["fill"]).Node("Concat", ["v", "fill"], ["padded"], ("axis", 0))
        .Node("Greater", ["taken", "half"], ["large"]).Node("NonZero", ["large"], ["at"]).Node("Unique", ["classes"], ["kinds", "", "", "counts"])
        .Node("Slice", ["best", "second", "length"], ["later"]).Node("Greater", ["best", "half"], ["chosen"]).Node("Compress", ["y", "chosen"], ["z"], ("axis", 0))
        .Output("y", ElementType.Float32, null, 5).Output("padded", ElementType.Float32, 3).Output("at", ElementType.Int64, 2, null).Output("kinds", ElementType.Int64, (object?)null)
        .Output("counts", ElementType.Int64, (object?)null).Output("later", ElementType.Float32, (object?)null).Output("z", ElementType.Float32, null, 5).Build();
}
