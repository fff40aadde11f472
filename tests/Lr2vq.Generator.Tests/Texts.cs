using System.Globalization;
using System.Text;

namespace Lr2vq.Generator.Tests;

/// <summary>Interfaces and Plans of small networks, as the task and the tool write them.</summary>
internal static class Texts
{
    private static readonly string s_hash = new('a', 64);

    /// <summary>Fixed shapes, one input, one output.</summary>
    public static string FixedInterface(string storage = "embedded", string access = "public", string ns = "Shop.Vision", string name = "TinyNet") => $"""
        lr2vq-interface 1
        model "tiny" opset 13
        class "{name}" namespace "{ns}" access "{access}" storage "{storage}" location "{(storage == "none" ? "" : "tiny.lr2vq")}" source "tiny.onnx"
        input v0 "input.1" f32 [1,3,8,8]
        output v1 "495" f32 [1,10]

        """;

    public static string FixedPlan(string strides = "2,2") => $"""
        lr2vq-plan 1
        model "tiny" structure {s_hash} opset 13
        input v0 "input.1" f32 [1,3,8,8]
        weight w0 "conv1.weight" f32 [16,3,3,3] conv
        weight w1 "conv1.bias" f32 [16] bias
        weight w2 "fc.weight" f32 [10,16] gemm
        step 1 Conv "conv1/Conv" (v0, w0, w1) -> (v1 f32 [1,16,4,4] blocked) strides={strides} pads=1,1,1,1 act=relu
        step 2 GlobalAveragePool "pool" (v1) -> (v2 f32 [1,16,1,1] blocked)
        step 3 Reshape "flatten" (v2) -> (v3 f32 [1,16])
        step 4 Gemm "fc" (v3, w2, _) -> (v4 f32 [1,10])
        output v4 "495" f32 [1,10]

        """;

    /// <summary>Open dimensions: one that the length tells, two in another input, and two outputs.</summary>
    public const string SymbolicInterface = """
        lr2vq-interface 1
        model "reader" opset 11
        class "LineReader" namespace "Shop" access "internal" storage "file" location "LineReader.lr2vq" source "ocr model.onnx" rename "x" as "picture"
        symbol N "batch_size"
        symbol W ""
        input v0 "x" f32 [N,3,48,W]
        input v1 "lengths" i64 [N]
        output v2 "softmax_11.tmp_0" f32 [N,W/8,6625]
        output v3 "scores/最後" f16 [N]

        """;

    /// <summary>A detector: how many it finds, no input tells.</summary>
    public const string DetectorInterface = """
        lr2vq-interface 1
        model "finder" opset 17
        class "Finder" namespace "Shop" access "public" storage "embedded" location "finder.lr2vq" source "finder.onnx"
        symbol batch "batch"
        symbol found "found"
        input v0 "image" f32 [batch,3,32,32]
        output v1 "boxes" f32 [found,4]
        output v2 "outputs" i64 [found]

        """;

    /// <summary>One open dimension only, so spans alone say enough.</summary>
    public const string BatchInterface = """
        lr2vq-interface 1
        model "cifar" opset 13
        class "Cifar" namespace "" access "public" storage "embedded" location "cifar.lr2vq" source "cifar.onnx"
        symbol batch "batch"
        input v0 "input" f32 [batch,3,32,32]
        output v1 "logits" f32 [batch,10]

        """;

    /// <summary>A classification of pictures whose size is open in one direction, with labels.</summary>
    public const string PicturesInterface = """
        lr2vq-interface 1
        model "flowers" opset 13
        class "Flowers" namespace "Shop" access "public" storage "embedded" location "flowers.lr2vq" source "flowers.onnx" pictures "Mean=0.5 Std=0.25 Resize=256 Layout=NHWC" labels "rose\u000atulip, \"red\"\u000a"
        symbol N "N"
        symbol W "W"
        input v0 "pixels" f32 [N,224,W,3]
        output v1 "top_k" f32 [N,5]
        output v2 "width" f32 [N,3]

        """;

    /// <summary>Names of every kind that is not an identifier, and names that meet.</summary>
    public const string AwkwardInterface = """
        lr2vq-interface 1
        model "a\"b" opset 17
        class "Awkward" namespace "Shop.event" access "public" storage "none" location "" source "a <b> & \"c\".onnx"
        symbol N "N"
        input v0 "class" bool [1,4]
        input v1 "0" bf16 [N,N]
        input v2 "x.y" i8 [2]
        input v3 "x/y" u64 []
        input v4 "///" u8 [N]
        input v5 "rented" f64 [3]
        output v6 "x.y" i8 [2]
        output v7 "Session" u32 [1]
        output v8 "Run\r\n*/ \"quoted\"" f32 [1]
        output v9 "größe" i16 [1]
        output v10 "Names" i32 [1]

        """;

    /// <summary>Ports of the types that .NET does not have.</summary>
    public const string NarrowInterface = """
        lr2vq-interface 1
        model "narrow" opset 24
        class "Narrow" namespace "Shop" access "public" storage "none" location "" source "narrow.onnx"
        symbol N "N"
        input v0 "a" f8e4m3fn [N,4]
        input v1 "b" f8e4m3fnuz [2]
        input v2 "c" f8e5m2 [2]
        input v3 "d" f8e5m2fnuz [2]
        input v4 "e" u4 [3]
        input v5 "f" i4 [3]
        output v6 "g" f4e2m1 [N,4]
        output v7 "h" f8e8m0 [2]
        output v8 "i" i4 [5]

        """;

    /// <summary>A Plan of many steps.</summary>
    public static string LongPlan(int steps)
    {
        var text = new StringBuilder("lr2vq-plan 1\nmodel \"long\" structure " + s_hash + " opset 13\ninput v0 \"input.1\" f32 [1,3,8,8]\n");
        for (int i = 1; i <= steps; i++)
            text.Append(CultureInfo.InvariantCulture, $"step {i} Relu \"relu{i}\" (v{i - 1}) -> (v{i} f32 [1,3,8,8])\n");
        return text.Append(CultureInfo.InvariantCulture, $"output v{steps} \"495\" f32 [1,3,8,8]\n").ToString();
    }
}
