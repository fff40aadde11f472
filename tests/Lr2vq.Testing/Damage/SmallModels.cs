using System;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Options;

namespace Lr2vq.Testing;

/// <summary>Models under 1 MB that between them use most of the reader, the compiler and the operators.</summary>
internal static partial class SmallModels
{
    private static readonly string[] s_files = ["face_detection_front_128x128_barracuda.onnx", "ch_ppocr_mobile_v2.0_cls_infer.onnx"];

    /// <summary>Six that reach most of the reader and the compiler.</summary>
    public static string[] Names { get; } = ["residual", "attention", "decoder", "quantized", .. s_files];

    /// <summary>Networks that between them have every kind of step.</summary>
    public static string[] All { get; } =
    [
        "residual", "attention", "decoder", "classifier", "recurrent", "selection", "movement", "normalization", "arithmetic", "places", "branches", "detector", s_files[0],
        "quantized", "narrow", "volumes", "computed", "sizes", "loops", "sequences", "drawn", "trees", "integers", "folded", "lengths",
    ];

    /// <summary>Networks whose artifacts have a skeleton: two that the compiler takes, and one that it does not.</summary>
    public static string[] Skeletons { get; } = ["residual", "branches", "foreign"];

    public static byte[] Bytes(string name) => name switch
    {
        "residual" => Residual(),
        "attention" => Attention(),
        "decoder" => Decoder(),
        "quantized" => Quantized(),
        "classifier" => Classifier(),
        "recurrent" => Recurrent(),
        "selection" => Selection(),
        "movement" => Movement(),
        "normalization" => Normalization(),
        "arithmetic" => Arithmetic(),
        "places" => Places(),
        "branches" => Branches(),
        "detector" => Detector(),
        "narrow" => Narrow(),
        "volumes" => Volumes(),
        "computed" => Computed(),
        "sizes" => Sizes(),
        "loops" => Loops(),
        "sequences" => Sequences(),
        "drawn" => Drawn(),
        "trees" => Trees(),
        "integers" => Integers(),
        "folded" => Folded(),
        "lengths" => Lengths(),
        "foreign" => Foreign(),
        _ => File.ReadAllBytes(TestData.Model(name)),
    };

    /// <summary>The artifact that the options, or the default ones, make of a model.</summary>
    public static byte[] Artifact(string name, CompressionOptions? options = null, Backend backend = Backend.Managed) => Artifact(Bytes(name), options, backend);

    public static byte[] Artifact(byte[] model, CompressionOptions? options = null, Backend backend = Backend.Managed)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq-small-").FullName;
        try
        {
            string path = Path.Combine(folder, "model.onnx"), artifact = Path.Combine(folder, "model.lr2vq");
            File.WriteAllBytes(path, model);
            DiagnosticBag bag = new();
            ModelCompressor.Compress(path, artifact, new ModelOptions { Compression = options ?? new(), Backend = backend }, null, bag, CancellationToken.None);
            bag.ThrowIfErrors();
            return File.ReadAllBytes(artifact);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A convolution and a product that are large enough for every form of weights, the product with columns of very different scale.</summary>
    public static byte[] Forms()
    {
        float[] columns = RandomTensor.Normal(7, 64 * 48);
        for (int i = 0; i < columns.Length; i++) columns[i] *= i % 48 == 5 ? 1e-3f : i % 48 == 9 ? 50 : 1;
        return new OnnxBuilder(17).Input("x", ElementType.Float32, 1, 3, 8, 8)
            .Initializer("stem", Random(1, 16, 3, 3, 3)).Initializer("conv", Random(2, 48, 16, 3, 3)).Initializer("product", HostTensor.Of(columns, 64, 48)).Initializer("last", Random(3, 40, 64))
            .Node("Conv", ["x", "stem"], ["a"], ("pads", new[] { 1, 1, 1, 1 })).Node("Relu", ["a"], ["b"]).Node("Conv", ["b", "conv"], ["c"])
            .Node("GlobalAveragePool", ["c"], ["d"]).Node("Flatten", ["d"], ["e"]).Node("Gemm", ["e", "product"], ["f"], ("transB", 1))
            .Node("Tanh", ["f"], ["g"]).Node("Gemm", ["g", "last"], ["y"], ("transB", 1)).Output("y").Build();
    }

    /// <summary>Convolutions with BatchNormalization, a residual add, pooling, a classifier; typed and raw fields, a symbolic batch.</summary>
    private static byte[] Residual()
    {
        OnnxBuilder model = new OnnxBuilder(13).Input("x", ElementType.Float32, "batch", 3, 16, 16)
            .Initializer("w1", Random(1, 16, 3, 3, 3)).Initializer("w2", Random(2, 16, 16, 3, 3), OnnxBuilder.Form.Typed).Initializer("w3", Random(3, 16, 1, 3, 3))
            .Initializer("fc", Random(4, 10, 16)).Initializer("fcb", Random(5, 10), OnnxBuilder.Form.Typed);
        foreach (string norm in new[] { "scale", "shift", "mean" }) model.Initializer(norm, Random(norm.Length, 16));
        return model.Initializer("var", HostTensor.Of(Enumerable.Repeat(1.5f, 16).ToArray(), 16))
            .Node("Conv", ["x", "w1"], ["a"], ("pads", new[] { 1, 1, 1, 1 }), ("strides", new[] { 2, 2 }))
            .Node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["b"], ("epsilon", 1e-5f)).Node("Relu", ["b"], ["c"])
            .Node("Conv", ["c", "w2"], ["d"], ("pads", new[] { 1, 1, 1, 1 })).Node("Add", ["d", "c"], ["e"]).Node("Relu", ["e"], ["f"])
            .Node("Conv", ["f", "w3"], ["g"], ("group", 16), ("dilations", new[] { 2, 2 }), ("pads", new[] { 2, 2, 2, 2 }))
            .Node("MaxPool", ["g"], ["h"], ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }))
            .Node("GlobalAveragePool", ["h"], ["i"]).Node("Flatten", ["i"], ["j"]).Node("Gemm", ["j", "fc", "fcb"], ["y"], ("transB", 1))
            .Output("y", ElementType.Float32, "batch", 10).Build();
    }

    /// <summary>Products, softmax, a spelled-out layer norm, reshapes by the shape of another value, Gather, Constant nodes.</summary>
    private static byte[] Attention() => new OnnxBuilder(17).Input("ids", ElementType.Int64, "n", 8)
        .Initializer("table", Random(1, 50, 32)).Initializer("wq", Random(2, 32, 32)).Initializer("wk", Random(3, 32, 32)).Initializer("wo", Random(4, 32, 6))
        .Initializer("gain", Random(5, 32)).Initializer("offset", Random(6, 32))
        .Node("Gather", ["table", "ids"], ["e"]).Node("ReduceMean", ["e"], ["m"], ("axes", new[] { -1 })).Node("Sub", ["e", "m"], ["d"])
        .Constant("two", HostTensor.Scalar(2f)).Node("Pow", ["d", "two"], ["p"]).Node("ReduceMean", ["p"], ["v"], ("axes", new[] { -1 }))
        .Constant("eps", HostTensor.Scalar(1e-5f)).Node("Add", ["v", "eps"], ["ve"]).Node("Sqrt", ["ve"], ["s"]).Node("Div", ["d", "s"], ["n1"])
        .Node("Mul", ["n1", "gain"], ["n2"]).Node("Add", ["n2", "offset"], ["x"])
        .Node("MatMul", ["x", "wq"], ["q"]).Node("MatMul", ["x", "wk"], ["k"])
        .Node("Shape", ["x"], ["sh"]).Constant("zero", HostTensor.Longs(0)).Node("Gather", ["sh", "zero"], ["b"])
        .Constant("rest", HostTensor.Longs(8, 4, 8)).Node("Concat", ["b", "rest"], ["to"], ("axis", 0))
        .Node("Reshape", ["q", "to"], ["q4"]).Node("Reshape", ["k", "to"], ["k4"])
        .Node("Transpose", ["q4"], ["qt"], ("perm", new[] { 0, 2, 1, 3 })).Node("Transpose", ["k4"], ["kt"], ("perm", new[] { 0, 2, 3, 1 }))
        .Node("MatMul", ["qt", "kt"], ["scores"]).Node("Softmax", ["scores"], ["a"], ("axis", -1)).Node("MatMul", ["a", "qt"], ["c"])
        .Node("Transpose", ["c"], ["ct"], ("perm", new[] { 0, 2, 1, 3 })).Constant("flat", HostTensor.Longs(0, 8, 32)).Node("Reshape", ["ct", "flat"], ["r"])
        .Node("MatMul", ["r", "wo"], ["y"]).Output("y", ElementType.Float32, "n", 8, 6).Build();

    /// <summary>Transposed convolution, resize, concat, slice, pad, clip, a local function; half floats and integers as weights.</summary>
    private static byte[] Decoder()
    {
        Half[] half = Array.ConvertAll(Random(1, 8 * 8 * 9).Values<float>().ToArray(), v => (Half)v);
        return new OnnxBuilder(13).Opset("local", 1).Input("x", ElementType.Float32, 1, 8, "h", "w")
            .Function("local", "Act", ["a"], ["b"], ["alpha"], [("", 13)], body => body.Node("LeakyRelu", ["a"], ["t"], ("alpha", new AttributeOfFunction("alpha", 1))).Node("Sigmoid", ["t"], ["b"]))
            .Initializer("half", HostTensor.Of(half, 8, 8, 3, 3)).Initializer("up", Random(2, 8, 4, 2, 2)).Initializer("scales", HostTensor.Of<float>([1, 1, 2, 2], 4))
            .Initializer("starts", HostTensor.Longs(1), OnnxBuilder.Form.Typed).Initializer("ends", HostTensor.Longs(9)).Initializer("axis", HostTensor.Longs(1))
            .Initializer("padding", HostTensor.Longs(0, 0, 1, 1, 0, 0, 1, 1)).Initializer("last", Random(3, 5, 8, 1, 1)).Initializer("low", HostTensor.Scalar(0f)).Initializer("high", HostTensor.Scalar(6f))
            .Node("Cast", ["half"], ["w"], ("to", 1)).Node("Conv", ["x", "w"], ["c"], ("pads", new[] { 1, 1, 1, 1 }))
            .Node("Act", ["c"], ["d"], "act", "local", ("alpha", 0.1f))
            .Node("ConvTranspose", ["d", "up"], ["e"], ("strides", new[] { 2, 2 })).Node("Resize", ["d", "", "scales"], ["f"], ("mode", "nearest"))
            .Node("Concat", ["e", "f"], ["g"], ("axis", 1)).Node("Slice", ["g", "starts", "ends", "axis"], ["h"])
            .Node("Pad", ["h", "padding"], ["i"]).Node("Clip", ["i", "low", "high"], ["j"]).Node("Conv", ["j", "last"], ["y"])
            .Output("y", ElementType.Float32, 1, 5, null, null).Build();
    }

    private static HostTensor Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        float[] values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() - 0.5f) / 2;
        return HostTensor.Of(values, shape);
    }
}
