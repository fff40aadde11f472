using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Onnx;

public sealed class ModelReadingTests
{
    [Fact]
    public void HeaderAndGraphAreRead()
    {
        using OnnxCase file = new(new OnnxBuilder(17, "net").Opset("com.example", 3).Metadata("author", "me")
            .Input("x", ElementType.Float32, "N", 3, null).Input("w", ElementType.Float32, 3)
            .Initializer("w", HostTensor.Of<float>([1, 2, 3], 3)).ValueType("m", ElementType.Float32, "N", 3)
            .Node("Mul", ["x", "w"], ["m"], "first", "", ("axis", 1), ("f", 2.5f), ("s", "text"), ("ints", new[] { 1L, -2 }),
                ("floats", new[] { 0.5f }), ("texts", new[] { "a", "b" }), ("t", HostTensor.Longs(4, 5)))
            .Node("Thing", ["m", "", "x"], ["y"], "second", "com.example").Output("y", ElementType.Float32, "N", 3));
        OnnxModel model = file.Read();
        Assert.Equal((8, 17, "net", "lr2vq tests"), ((int)model.IrVersion, model.Opset, model.Graph.Name, model.ProducerName));
        Assert.Equal(3, model.OpsetImports["com.example"]);
        Assert.Equal([new("author", "me")], model.Metadata);
        Assert.Equal(["x"], model.Graph.TrueInputs().Select(i => i.Name));
        Assert.Equal(["x", "w"], model.Graph.Inputs.Select(i => i.Name));
        Assert.Equal([OnnxDimension.Of("N"), OnnxDimension.Of(3), OnnxDimension.Unknown], model.Graph.Inputs[0].Dims!);
        OnnxNode first = model.Graph.Nodes[0], second = model.Graph.Nodes[1];
        Assert.Equal(("Mul", 17, "first"), (first.OpType, first.Opset, first.Name));
        Assert.Equal(("Thing", "com.example", 3), (second.OpType, second.Domain, second.Opset));
        Assert.Equal(["m", "", "x"], second.Inputs);
        Assert.Equal(1, first.Attribute("axis")!.Int);
        Assert.Equal(2.5f, first.Attribute("f")!.Float);
        Assert.Equal("text", first.Attribute("s")!.String);
        Assert.Equal([1, -2], first.Attribute("ints")!.Ints);
        Assert.Equal([0.5f], first.Attribute("floats")!.Floats);
        Assert.Equal(["a", "b"], first.Attribute("texts")!.Strings);
        Assert.Equal([4, 5], first.Attribute("t")!.Tensor!.ToInt64s());
        Assert.Null(first.Attribute("none"));
    }

    [Fact]
    public void NodesAreSortedAndASortedGraphIsLeftAlone()
    {
        using OnnxCase mixed = new(new OnnxBuilder(13).Input("x", ElementType.Float32, 1)
            .Node("Relu", ["b"], ["c"], "third", "").Node("Relu", ["a"], ["b"], "second", "").Node("Relu", ["x"], ["a"], "first", "")
            .Node("Abs", ["x"], ["d"], "other", "").Output("c").Output("d"));
        Assert.Equal(["first", "second", "third", "other"], mixed.Read().Graph.Nodes.Select(n => n.Name));
        using OnnxCase sorted = new(new OnnxBuilder(13).Input("x", ElementType.Float32, 1)
            .Node("Abs", ["x"], ["d"], "b", "").Node("Relu", ["x"], ["a"], "a", "").Output("a").Output("d"));
        Assert.Equal(["b", "a"], sorted.Read().Graph.Nodes.Select(n => n.Name));
    }

    [Fact]
    public void ASubgraphsOuterReadsCountForTheOrder()
    {
        OnnxBuilder branch = new OnnxBuilder(13).Node("Relu", ["late"], ["r"]).Output("r");
        using OnnxCase file = new(new OnnxBuilder(13).Input("c", ElementType.Bool).Input("x", ElementType.Float32, 1)
            .Node("If", ["c"], ["y"], "if", "", ("then_branch", branch), ("else_branch", branch))
            .Node("Abs", ["x"], ["late"], "abs", "").Output("y"));
        Assert.Equal(["abs", "if"], file.Read().Graph.Nodes.Select(n => n.Name));
    }

    [Fact]
    public void FunctionsAreInlinedWithTheirAttributes()
    {
        using OnnxCase file = new(new OnnxBuilder(17).Opset("f", 1).Input("x", ElementType.Float32, 4)
            .Function("f", "Inner", ["a"], ["b"], ["alpha"], [("", 17)], body => body
                .Node("LeakyRelu", ["a"], ["t"], ("alpha", new AttributeOfFunction("alpha", 1))).Node("Abs", ["t"], ["b"]))
            .Function("f", "Outer", ["a", "unused"], ["b", "t"], ["slope"], [("", 15), ("f", 1)], body => body
                .NodeOf("f", "Inner", ["a"], ["t"], ("alpha", new AttributeOfFunction("slope", 1))).Node("Neg", ["t"], ["b"]))
            .Node("Outer", ["x"], ["y"], "one", "f", ("slope", 0.25f))
            .Node("Outer", ["y"], ["z"], "two", "f").Output("z"));
        OnnxModel model = file.Read();
        Assert.Equal(["LeakyRelu", "Abs", "Neg", "LeakyRelu", "Abs", "Neg"], model.Graph.Nodes.Select(n => n.OpType));
        Assert.Equal(["x"], model.Graph.Nodes[0].Inputs);
        Assert.Equal(["one/Inner/t"], model.Graph.Nodes[0].Outputs);
        Assert.Equal(["one/t"], model.Graph.Nodes[1].Outputs);
        Assert.Equal(["y"], model.Graph.Nodes[2].Outputs);
        Assert.Equal(["z"], model.Graph.Nodes[5].Outputs);
        Assert.Equal(0.25f, model.Graph.Nodes[0].Attribute("alpha")!.Float);
        Assert.Null(model.Graph.Nodes[3].Attribute("alpha"));
        Assert.Equal([17, 17, 15], model.Graph.Nodes.Take(3).Select(n => n.Opset));
        Assert.Equal(model.Graph.Nodes.Count, model.Graph.Nodes.SelectMany(n => n.Outputs).Distinct().Count());
        Assert.Equal("one/Inner/LeakyRelu", model.Graph.Nodes[0].Name);
    }

    [Fact]
    public void AnInlinedModelComputesTheSame()
    {
        byte[] bytes = new OnnxBuilder(17).Opset("f", 1).Input("x", ElementType.Float32, 4)
            .Function("f", "Twice", ["a"], ["b", "a2"], [], [("", 17)], body => body.Node("Add", ["a", "a"], ["a2"]).Node("Neg", ["a2"], ["b"]))
            .Node("Twice", ["x"], ["y", "z"], "one", "f").Node("Twice", ["z"], ["", "w"], "two", "f").Output("y").Output("w").Build();
        using OnnxCase file = new(bytes);
        using var written = new MemoryStream();
        OnnxWriter.Write(file.Read(), written);
        HostTensor x = HostTensor.Of<float>([1, -2, 3, -4], 4);
        using OrtOracle before = new(bytes), after = new(written.ToArray());
        foreach ((HostTensor expected, HostTensor actual) in before.Run(("x", x)).Zip(after.Run(("x", x)))) Assert.Equal(expected.Bytes, actual.Bytes);
    }

    [Theory]
    [InlineData("squeezenet1_1.onnx", 65, "input[N,3,224,224]", "logits[N,1000]")]
    [InlineData("mobilenet_v2_1.0_224.onnx", 100, "input[N,3,224,224]", "logits[N,1001]")]
    [InlineData("cifar10-resnet20.onnx", 93, "input[batch,3,32,32]", "logits[batch,10]")]
    [InlineData("light/light_densenet121.onnx", 1746, "data_0[1,3,224,224]", "fc6_1[1,1000,1,1]")]
    [InlineData("ch_PP-OCRv4_rec_infer.onnx", 0, "x[?,3,48,?]", "")]
    [InlineData("silero_vad_v5.onnx", 0, "", "")]
    public void RealModelsAreRead(string name, int nodes, string input, string output)
    {
        string path = TestData.Model(name);
        var bag = new DiagnosticBag();
        using OnnxModel? model = OnnxFile.Open(path, bag);
        Assert.Empty(bag.All.Select(d => d.ToString()));
        ModelInterface? header = InterfaceReader.Read(path, bag);
        Assert.NotNull(header);
        if (nodes > 0) Assert.Equal(nodes, model!.Graph.Nodes.Count);
        string inputs = string.Join(" ", model!.Graph.TrueInputs().Select(Show)), outputs = string.Join(" ", model.Graph.Outputs.Select(Show));
        if (nodes > 0) Assert.Equal((input, output), (inputs, outputs));
        Assert.Equal(inputs, string.Join(" ", header.Inputs.Select(Show)));
        Assert.Equal(outputs, string.Join(" ", header.Outputs.Select(Show)));
        Assert.Equal(model.Opset, header.Opset);

        static string Show(OnnxValueInfo value) => value.Name + "[" + string.Join(",", value.Dims!) + "]";
    }

    [Theory, InlineData(false), InlineData(true)]
    public void WrittenModelsAreTheSame(bool external)
    {
        string path = TestData.Model("cifar10-resnet20.onnx");
        using OnnxCase copy = new();
        var bag = new DiagnosticBag();
        using OnnxModel original = OnnxFile.Open(path, bag)!;
        OnnxWriter.Write(original, copy.ModelPath, external);
        Assert.Equal(external, File.Exists(copy.ModelPath + ".data"));
        Assert.Empty(Directory.GetFiles(copy.Folder, "*.tmp"));
        OnnxModel read = copy.Read();
        Assert.Equal(original.Graph.Nodes.Select(Text), read.Graph.Nodes.Select(Text));
        Assert.Equal(original.Graph.Initializers.Select(t => t.Name), read.Graph.Initializers.Select(t => t.Name));
        foreach ((var a, var b) in original.Graph.Initializers.Zip(read.Graph.Initializers)) Assert.Equal(a.ToBytes(), b.ToBytes());
        HostTensor x = RandomTensorOf([2, 3, 32, 32]);
        using OrtOracle before = new(path), after = new(copy.ModelPath);
        Assert.Equal(before.Run(("input", x))[0].Bytes, after.Run(("input", x))[0].Bytes);

        static string Text(OnnxNode node) => $"{node.OpType} {node.Name} ({string.Join(",", node.Inputs)}) ({string.Join(",", node.Outputs)}) "
            + string.Join(" ", node.Attributes.Select(a => $"{a.Name} {a.Kind} {a.Int} {a.Float} {a.String} {string.Join(",", a.Ints)}"));
    }

    private static HostTensor RandomTensorOf(int[] shape)
    {
        var random = new Random(5);
        float[] values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() - 0.5f;
        return HostTensor.Of(values, shape);
    }
}
