using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Networks of the kinds of steps that none of the others has, and of loops and branches that data decide.</summary>
internal static partial class SmallModels
{
    private const ElementType F32 = ElementType.Float32, I64 = ElementType.Int64, U8 = ElementType.UInt8;

    /// <summary>Loops that data count and that data end, one in a branch of the other, with results that grow; a scan of an open length.</summary>
    private static byte[] Loops()
    {
        OnnxBuilder inner = new OnnxBuilder(16).Input("ib", I64).Input("gb", ElementType.Bool).Input("q0", F32, "n", 8).Node("MatMul", ["q0", "w"], ["q1"]).Node("Tanh", ["q1"], ["q2"])
            .Node("Identity", ["gb"], ["mb"]).Output("mb", ElementType.Bool).Output("q2", F32, "n", 8);
        OnnxBuilder many = new OnnxBuilder(16).Node("Loop", ["few", "go", "h0"], ["t"], ("body", inner)).Output("t", F32, "n", 8);
        OnnxBuilder none = new OnnxBuilder(16).Node("Gather", ["x", "zeroth"], ["row"], ("axis", 0)).Node("Sub", ["h0", "row"], ["e"]).Output("e", F32, "n", 8);
        OnnxBuilder outer = new OnnxBuilder(16).Input("ia", I64).Input("ga", ElementType.Bool).Input("h0", F32, "n", 8).Node("ReduceMax", ["h0"], ["top"], ("keepdims", 0)).Node("Greater", ["top", "zero"], ["up"])
            .Node("If", ["up"], ["h1"], ("then_branch", many), ("else_branch", none)).Node("Add", ["h1", "x"], ["h2"]).Node("ReduceSum", ["h2"], ["sum"], ("keepdims", 0)).Node("Less", ["ia", "turns"], ["ma"])
            .Output("ma", ElementType.Bool).Output("h2", F32, "n", 8).Output("sum", F32);
        OnnxBuilder scanned = new OnnxBuilder(16).Input("s0", F32, 8).Input("entry", F32, 8).Node("Mul", ["s0", "entry"], ["s1"]).Node("Sigmoid", ["s1"], ["s2"]).Output("s1", F32, 8).Output("s2", F32, 8);
        return new OnnxBuilder(16).Input("x", F32, "n", 8).Input("start", F32, 8).Input("few", I64).Input("turns", I64).Input("go", ElementType.Bool)
            .Initializer("w", Random(1, 8, 8)).Initializer("zero", HostTensor.Scalar(0f)).Initializer("zeroth", HostTensor.Scalar(0L)).Initializer("most", HostTensor.Scalar(300L)).Initializer("last", Random(2, 8, 4))
            .Node("Loop", ["most", "go", "x"], ["y", "sums"], ("body", outer)).Node("Neg", ["sums"], ["found"])
            .Node("Scan", ["start", "y"], ["end", "all"], ("body", scanned), ("num_scan_inputs", 1)).Node("MatMul", ["all", "last"], ["z"])
            .Output("found", F32, [null]).Output("end", F32, 8).Output("z", F32, "n", 4).Build();
    }

    /// <summary>Branches that data choose, with results of different length: a suppression or nothing, a flag, one in the other, and in turns.</summary>
    private static byte[] Lengths()
    {
        OnnxBuilder Above(OnnxBuilder graph, string from, string to) => graph.Node("Greater", [from, "half"], [to + "a"]).Node("NonZero", [to + "a"], [to + "p"]).Node("Squeeze", [to + "p", "first"], [to + "i"]).Node("Gather", [from, to + "i"], [to]);
        OnnxBuilder nothing = new OnnxBuilder(16).Constant("no", HostTensor.Longs()).Output("no"), suppressed = new OnnxBuilder(16).Node("Unsqueeze", ["boxes", "first"], ["b"]).Node("Unsqueeze", ["scores", "front"], ["s"])
            .Node("NonMaxSuppression", ["b", "s", "most", "overlap"], ["n"]).Node("Gather", ["n", "two"], ["g"], ("axis", 1)).Node("Reshape", ["g", "flat"], ["k"]).Output("k");
        OnnxBuilder deep = Above(new OnnxBuilder(16), "all", "d").Output("d"), twice = new OnnxBuilder(16).Node("Concat", ["all", "scores"], ["f"], ("axis", 0)).Output("f");
        OnnxBuilder positive = new OnnxBuilder(16).Node("If", ["e"], ["t"], ("then_branch", deep), ("else_branch", twice)).Node("Neg", ["t"], ["tt"]).Output("tt"), negative = new OnnxBuilder(16).Node("Slice", ["all", "first", "last"], ["o"]).Output("o");
        OnnxBuilder few = Above(new OnnxBuilder(16), "sum", "q").Output("q"), every = new OnnxBuilder(16).Node("Identity", ["sum"], ["r"]).Output("r");
        OnnxBuilder body = new OnnxBuilder(16).Input("i", I64).Input("going", ElementType.Bool).Input("h", F32).Node("Add", ["all", "h"], ["sum"]).Node("Greater", ["h", "half"], ["up"]).Node("If", ["up"], ["v"], ("then_branch", few), ("else_branch", every))
            .Node("ReduceSum", ["v"], ["total"], ("keepdims", 0)).Node("Tanh", ["total"], ["next"]).Node("Shape", ["v"], ["length"]).Node("Less", ["i", "turns"], ["more"])
            .Output("more", ElementType.Bool).Output("next", F32).Output("length", I64, 1);
        return new OnnxBuilder(16).Input("x", F32, "n", 5).Input("c", ElementType.Bool).Input("e", ElementType.Bool).Input("turns", I64).Initializer("half", HostTensor.Scalar(0.5f)).Initializer("first", HostTensor.Longs(0)).Initializer("last", HostTensor.Longs(1))
            .Initializer("front", HostTensor.Longs(0, 1)).Initializer("flat", HostTensor.Longs(-1)).Initializer("two", HostTensor.Scalar(2L)).Initializer("most", HostTensor.Longs(8)).Initializer("overlap", HostTensor.Of([0.4f], 1)).Initializer("at", HostTensor.Scalar(4L))
            .Initializer("corners", HostTensor.Longs(0, 1, 2, 3)).Initializer("zero", HostTensor.Scalar(0L)).Initializer("many", HostTensor.Scalar(300L)).Initializer("w", Random(1, 4, 6)).Initializer("go", HostTensor.Scalar(true)).Node("Gather", ["x", "at"], ["all"], ("axis", 1)).Node("Gather", ["x", "corners"], ["each"], ("axis", 1))
            .Node("Greater", ["all", "half"], ["above"]).Node("NonZero", ["above"], ["places"]).Node("Squeeze", ["places", "first"], ["good"]).Node("Gather", ["each", "good"], ["boxes"]).Node("Gather", ["all", "good"], ["scores"])
            .Node("Size", ["scores"], ["count"]).Node("Equal", ["count", "zero"], ["empty"]).Node("If", ["empty"], ["keep"], ("then_branch", nothing), ("else_branch", suppressed)).Node("Gather", ["boxes", "keep"], ["kept"]).Node("MatMul", ["kept", "w"], ["y"])
            .Node("If", ["c"], ["some"], ("then_branch", positive), ("else_branch", negative)).Node("Concat", ["some", "all", "some"], ["z"], ("axis", 0)).Node("Loop", ["many", "go", "half"], ["end", "lengths"], ("body", body))
            .Output("y", F32, null, 6).Output("z", F32, [null]).Output("end", F32).Output("lengths", I64, null, 1).Build();
    }

    /// <summary>Recurrences in both directions over sequences that end earlier than others, and sequences turned round.</summary>
    private static byte[] Sequences() => new OnnxBuilder(14).Input("x", F32, "t", "n", 6).Input("lengths", ElementType.Int32, "n").Input("ends", I64, "n")
        .Initializer("wl", Random(1, 2, 16, 6)).Initializer("rl", Random(2, 2, 16, 4)).Initializer("pl", Random(3, 2, 12)).Initializer("bl", Random(4, 2, 32))
        .Initializer("wg", Random(5, 2, 9, 8)).Initializer("rg", Random(6, 2, 9, 3)).Initializer("wr", Random(7, 1, 5, 6)).Initializer("rr", Random(8, 1, 5, 5)).Constant("flat", HostTensor.Longs(0, 0, -1))
        .Node("LSTM", ["x", "wl", "rl", "bl", "lengths", "", "", "pl"], ["l", "lh", "lc"], ("hidden_size", 4), ("direction", "bidirectional"))
        .Node("Transpose", ["l"], ["lt"], ("perm", new[] { 0, 2, 1, 3 })).Node("Reshape", ["lt", "flat"], ["lr"])
        .Node("GRU", ["lr", "wg", "rg", "", "lengths"], ["g", "gh"], ("hidden_size", 3), ("direction", "bidirectional"))
        .Node("ReverseSequence", ["lr", "ends"], ["turned"], ("time_axis", 0), ("batch_axis", 1)).Node("Slice", ["turned", "from", "to", "axis"], ["some"])
        .Node("RNN", ["some", "wr", "rr", "", "lengths"], ["", "rh"], ("hidden_size", 5), ("direction", "reverse"), ("activations", new[] { "Relu" }))
        .Initializer("from", HostTensor.Longs(1)).Initializer("to", HostTensor.Longs(7)).Initializer("axis", HostTensor.Longs(2))
        .Output("g", F32, "t", 2, "n", 3).Output("gh", F32, 2, "n", 3).Output("lc", F32, 2, "n", 4).Output("rh", F32, 1, "n", 5).Build();

    /// <summary>Random numbers of every kind, and the kinds of steps that have no other place.</summary>
    private static byte[] Drawn() => new OnnxBuilder(18).Input("x", F32, "n", 4, 6, "w").Input("a", F32, "n", 3, 4).Input("b", F32, "n", 4, 5)
        .Node("RandomNormalLike", ["x"], ["noise"], ("seed", 1f), ("scale", 0.1f)).Node("Add", ["x", "noise"], ["c"]).Node("RandomUniform", [], ["u"], ("shape", new[] { 4, 6, 1 }), ("seed", 2f)).Node("Mul", ["c", "u"], ["d"])
        .Node("Sigmoid", ["d"], ["chance"]).Node("Bernoulli", ["chance"], ["kept"], ("seed", 3f)).Node("Mul", ["kept", "d"], ["e"]).Node("LpPool", ["e"], ["f"], ("kernel_shape", new[] { 2, 2 }), ("p", 2))
        .Node("MatMul", ["a", "b"], ["m"]).Constant("fives", HostTensor.Longs(-1, 5)).Node("Reshape", ["m", "fives"], ["rows"]).Node("EyeLike", ["rows"], ["eye"], ("k", 1)).Node("Sub", ["rows", "eye"], ["k"])
        .Constant("pixels", HostTensor.Longs(-1, 3, 5)).Node("Reshape", ["k", "pixels"], ["p"]).Node("ReduceMean", ["p", "middle"], ["q"], ("keepdims", 0)).Constant("middle", HostTensor.Longs(1))
        .Node("Multinomial", ["q"], ["drawn"], ("sample_size", 3), ("seed", 4f)).Node("SpaceToDepth", ["kept2"], ["blocks"], ("blocksize", 2)).Node("Concat", ["e", "e"], ["kept2"], ("axis", 3))
        .Node("Shape", ["f"], ["lengths"]).Node("Size", ["f"], ["count"])
        .Output("blocks", F32, "n", 16, 3, "w").Output("k", F32, null, 5).Output("drawn", ElementType.Int32, "n", 3).Output("lengths", I64, 4).Output("count", I64).Output("f", F32, "n", 4, 5, null).Build();

    /// <summary>Trees and labels of classical models, over features and over keys.</summary>
    private static byte[] Trees() => new OnnxBuilder(17).Opset("ai.onnx.ml", 3).Input("x", F32, "n", 3).Input("kinds", I64, "n")
        .Node("TreeEnsembleRegressor", ["x"], ["t"], null, "ai.onnx.ml", ("n_targets", 2), ("nodes_treeids", new long[] { 0, 0, 0, 1, 1, 1, 1, 1 }), ("nodes_nodeids", new long[] { 0, 1, 2, 0, 1, 2, 3, 4 }),
            ("nodes_featureids", new long[] { 0, 0, 0, 1, 2, 0, 0, 0 }), ("nodes_values", new[] { 0.5f, 0, 0, 0, 1.5f, 0, 0, 0 }), ("nodes_modes", new[] { "BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LT", "BRANCH_GT", "LEAF", "LEAF", "LEAF" }),
            ("nodes_truenodeids", new long[] { 1, 0, 0, 1, 3, 0, 0, 0 }), ("nodes_falsenodeids", new long[] { 2, 0, 0, 2, 4, 0, 0, 0 }), ("nodes_missing_value_tracks_true", new long[] { 0, 0, 0, 1, 0, 0, 0, 0 }),
            ("target_treeids", new long[] { 0, 0, 1, 1, 1 }), ("target_nodeids", new long[] { 1, 2, 2, 3, 4 }), ("target_ids", new long[] { 0, 1, 0, 1, 1 }), ("target_weights", new[] { 1f, 2, 3, 4, 5 }))
        .Node("LabelEncoder", ["kinds"], ["labels"], null, "ai.onnx.ml", ("keys_int64s", new long[] { 3, -1, 7 }), ("values_floats", new[] { 0.5f, 2, 8 }), ("default_float", -1f))
        .Node("LinearRegressor", ["t"], ["l"], null, "ai.onnx.ml", ("coefficients", new[] { 1f, 2, 3, 4 }), ("intercepts", new[] { 0.5f, 1 }), ("targets", 2))
        .Constant("last", HostTensor.Longs(1)).Node("Unsqueeze", ["labels", "last"], ["u"]).Node("Add", ["l", "u"], ["y"]).Output("y", F32, "n", 2).Build();

    /// <summary>Operators of bytes beside convolutions: products, sums, pools and joins, and weights of 4 bits in blocks.</summary>
    private static byte[] Integers()
    {
        HostTensor Bytes(ElementType type, int seed, params int[] shape) => new(type, shape, [.. Random(seed, shape).Values<float>().ToArray().Select(v => (byte)(int)(v * 500))]);
        return new OnnxBuilder(17).Opset("com.microsoft", 1).Input("x", U8, "n", 8, 5, 5).Input("z", ElementType.Int8, "n", 8).Input("r", F32, "n", 32)
            .Initializer("s", HostTensor.Scalar(0.04f)).Initializer("zero", HostTensor.Scalar<byte>(128)).Initializer("zs", HostTensor.Scalar<sbyte>(0)).Initializer("w", Bytes(ElementType.Int8, 1, 6, 8, 3, 3))
            .Initializer("p", Bytes(ElementType.Int8, 2, 8, 7)).Initializer("sp", RandomTensor.Floats(3, 0.01f, 0.02f, 7)).Initializer("zp", Bytes(ElementType.Int8, 4, 7))
            .Initializer("blocks", Bytes(U8, 5, 6, 2, 8)).Initializer("sb", RandomTensor.Floats(6, 0.01f, 0.02f, 12))
            .Node("ConvInteger", ["x", "w", "zero"], ["c"], ("pads", new[] { 1, 1, 1, 1 })).Node("Cast", ["c"], ["cf"], ("to", 1))
            .Node("QLinearGlobalAveragePool", ["x", "s", "zero", "s", "zero"], ["g"], null, "com.microsoft").Node("QLinearMul", ["x", "s", "zero", "g", "s", "zero", "s", "zero"], ["m"], null, "com.microsoft")
            .Node("QLinearConcat", ["s", "zero", "m", "s", "zero", "x", "s", "zero"], ["j"], null, "com.microsoft", ("axis", 1))
            .Node("QLinearMatMul", ["z", "s", "zs", "p", "sp", "zp", "s", "zs"], ["q"]).Node("QLinearSigmoid", ["q", "s", "zs", "s", "zs"], ["t"], null, "com.microsoft")
            .Node("MatMulNBits", ["r", "blocks", "sb"], ["n4"], null, "com.microsoft", ("K", 32), ("N", 6), ("bits", 4), ("block_size", 16))
            .Output("cf", F32, "n", 6, 5, 5).Output("j", U8, "n", 16, 5, 5).Output("t", ElementType.Int8, "n", 7).Output("n4", F32, "n", 6).Build();
    }

    /// <summary>Convolutions to few channels with wide kernels, over a row of samples and over rows of a picture, and a spectrogram of long kernels.</summary>
    private static byte[] Folded() => new OnnxBuilder(17).Input("sound", F32, "n", 1, "t").Input("x", F32, "n", 3, "h", 32)
        .Initializer("low", Random(1, 1, 1, 32)).Initializer("tones", Random(2, 20, 1, 64)).Initializer("wide", Random(3, 2, 3, 3, 15)).Initializer("b", Random(4, 2))
        .Constant("padding", HostTensor.Longs(0, 0, 32, 0, 0, 32)).Node("Pad", ["sound", "padding"], ["p"], ("mode", "edge"))
        .Node("Conv", ["p", "low"], ["a"], ("strides", new[] { 2 })).Node("Conv", ["p", "tones"], ["s"], ("strides", new[] { 16 })).Node("Abs", ["s"], ["m"])
        .Node("Conv", ["x", "wide", "b"], ["c"], ("pads", new[] { 1, 7, 1, 7 })).Node("Relu", ["c"], ["y"])
        .Output("a", F32, "n", 1, null).Output("m", F32, "n", 20, null).Output("y", F32, "n", 2, "h", 32).Build();
}
