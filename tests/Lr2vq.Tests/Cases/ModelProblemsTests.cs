using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Cases;

/// <summary>What is said of a model that cannot be used: everything at once, causes alone, nothing false, and what helps.</summary>
public sealed class ModelProblemsTests
{
    private const ElementType F32 = ElementType.Float32;

    [Theory]
    [InlineData("07-misleading-errors/data_file_missing.onnx", new[] { "LR2VQ1014" })]
    [InlineData("07-misleading-errors/five_problems_three_listed.onnx", new[] { "LR2VQ2012 bn_train", "LR2VQ2003 pad_w" })]
    [InlineData("07-misleading-errors/text_input.onnx", new[] { "LR2VQ2016" })]
    public void ACaseHasTheseProblems(string name, string[] expected) => Assert.Equal(expected, Problems(TestData.Case(name)));

    [Theory]
    [InlineData("07-misleading-errors/text_input.onnx", "tokenize")]
    [InlineData("01-bn-five-outputs/model.onnx", "model.eval()")]
    public void ACaseNamesWhatHelps(string name, string remedy) => Assert.Contains(Plan(TestData.Case(name)).All, d => d.Text.Contains(remedy, StringComparison.Ordinal));

    [Theory]
    [InlineData("com.microsoft", "QLinearReduceMean", "give the float model")]
    [InlineData("com.microsoft", "QLinearSoftmax", "give the float model")]
    [InlineData("com.microsoft", "QOrderedMatMul", "give the float model")]
    [InlineData("com.microsoft", "NhwcConv", "without the optimizer")]
    [InlineData("", "ImageDecoder", "extract_model")]
    [InlineData("", "SequenceConstruct", "Tensors only")]
    [InlineData("", "StringNormalizer", "tokenize")]
    [InlineData("ai.onnx.ml", "SVMClassifier", "classical")]
    [InlineData("org.pytorch.aten", "ATen", "dynamo")]
    [InlineData("my.own", "Thing", "local function")]
    public void AnOperatorNamesWhatHelps(string domain, string op, string remedy)
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", F32, 2).Node(op, ["x"], ["y"], null, domain).Output("y");
        if (domain.Length > 0) builder.Opset(domain, 1);
        Diagnostic only = Assert.Single(Plan(builder).All);
        Assert.Equal("LR2VQ2001", only.Id);
        Assert.Contains(remedy, only.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void OlderOpsetsAreConverted() => Assert.Contains("version_converter.convert_version",
        Assert.Single(Plan(new OnnxBuilder(6).Input("x", F32, 2).Node("Relu", ["x"], ["y"]).Output("y")).All).Text, StringComparison.Ordinal);

    [Fact]
    public void AnOperatorThatIsNotSupportedHidesNoForm()
    {
        // Before it, beside it, and behind it where the model declares the shape; what may follow from it is not said.
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", F32, 1, 2, 4, 4).Input("v", F32, 1, 2, 4, 4, 4, 4).Initializer("w", RandomTensor.Floats(1, 3, 2, 2, 2, 2, 2))
            .Initializer("p", HostTensor.Longs(0, 0, 1, 1, 0, 0, 1, 1)).Initializer("train", HostTensor.Scalar(true))
            .Node("Conv", ["v", "w"], ["c"], "conv4d", "").Node("OptionalGetElement", ["x"], ["e"], "optional", "").Node("Pad", ["e", "p"], ["d"], "pad", "", ("mode", "odd"))
            .Node("Relu", ["d"], ["r"]).Node("TfIdfVectorizer", ["x"], ["i"], "words", "").Node("Reshape", ["x", "i"], ["g"], "reshape", "").Node("Dropout", ["r", "", "train"], ["k", "mask"], "drop", "")
            .Output("c").Output("r").Output("g").Output("mask").ValueType("e", F32, 1, 2, 4, 4).ValueType("i", ElementType.Int64, 4, 8).ValueType("d", F32, 1, 2, 6, 6);
        Assert.Equal(["LR2VQ2001 optional", "LR2VQ2001 words", "LR2VQ2003 conv4d", "LR2VQ2003 pad", "LR2VQ2012 drop"], Problems(builder));
    }

    [Fact]
    public void AnOutputOfAnotherKindHidesNothing()
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", F32, 2).Input("t", ElementType.String, 1).Node("SequenceConstruct", ["x"], ["s"], "sequence", "").Node("OptionalGetElement", ["x"], ["y"], "optional", "")
            .Node("Identity", ["t"], ["u"]).SequenceOutput("s", F32).Output("y").Output("u", ElementType.String, 1);
        Assert.Equal(["LR2VQ1027", "LR2VQ2001 optional", "LR2VQ2001 sequence", "LR2VQ2016"], Problems(builder));
    }

    [Fact]
    public void MissingDataHidesNothingAndIsToldOnce()
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", F32, 1, 8);
        for (int i = 0; i < 30; i++)
            builder.ExternalInitializer("w" + i, F32, [8, 8], "missing.bin", 256 * i, 256).Node("MatMul", [i == 0 ? "x" : "h" + (i - 1), "w" + i], ["h" + i]);
        builder.ExternalInitializer("shape", ElementType.Int64, [1], "missing.bin", 0, 8).Node("Reshape", ["h29", "shape"], ["r"]).Node("Pad", ["x"], ["y"], "pad", "", ("mode", "odd"))
            .Output("r").Output("y");
        Assert.Equal(["LR2VQ1014", "LR2VQ2003 pad"], Problems(builder));
    }

    [Fact]
    public void ARefusedInitializerIsNoUndefinedValue()
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", F32, 2).ExternalInitializer("w", (ElementType)15, [2], "f", 0, 16).Node("Add", ["x", "w"], ["a"]).Node("Relu", ["a"], ["y"]).Output("y");
        Assert.Equal(["LR2VQ1013"], Problems(builder));
    }

    [Fact]
    public void ASymbolThatBecomesANumberRepeatsNoProblem()
    {
        OnnxBuilder builder = new OnnxBuilder(17).Input("x", F32, 1, "c").Initializer("w", RandomTensor.Floats(1, 4, 3)).Node("OptionalGetElement", ["x"], ["e"], "optional", "").Node("Pad", ["x"], ["p"], "pad", "", ("mode", "odd"))
            .Node("MatMul", ["x", "w"], ["y"]).Output("y").Output("e").Output("p");
        Assert.Equal(["LR2VQ2001 optional", "LR2VQ2003 pad"], Problems(builder));
    }

    private static DiagnosticBag Plan(string path)
    {
        DiagnosticBag bag = new();
        Assert.Null(ModelCompressor.Plan(path, new Dictionary<string, long>(), bag));
        return bag;
    }

    private static DiagnosticBag Plan(OnnxBuilder builder)
    {
        string path = Path.Combine(Path.GetTempPath(), "lr2vq-problems-" + Guid.NewGuid().ToString("n") + ".onnx");
        try
        {
            builder.Write(path);
            return Plan(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string[] Problems(string path) => Codes(Plan(path));

    private static string[] Problems(OnnxBuilder builder) => Codes(Plan(builder));

    private static string[] Codes(DiagnosticBag bag) => [.. bag.All.Select(d => d.Place.Node is { } node ? d.Id + " " + node : d.Id)];
}
