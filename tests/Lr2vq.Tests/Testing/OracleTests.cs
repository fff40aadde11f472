using System;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Testing;

/// <summary>The tools of the tests are tested against ONNX Runtime, which knows nothing of them.</summary>
public sealed class OracleTests
{
    [Fact]
    public void BuiltModelRuns()
    {
        byte[] model = OnnxBuilder.OneNode("HardSigmoid", 13, [("x", HostTensor.Of(new[] { -3f, 0f, 1f, 9f }, 4))], ["y"], [("alpha", 0.3f), ("beta", 0.4f)]);
        HostTensor y = OrtOracle.Run(model, ("x", HostTensor.Of(new[] { -3f, 0f, 1f, 9f }, 4))).Single();
        Tolerance.Relative(1e-6).Check([0f, 0.4f, 0.7f, 1f], y.Values<float>());
    }

    /// <summary>Sums of two products are above what 16 bits hold, which processors without VNNI add them in.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void SumsOfBytesAreExact(bool isConstant)
    {
        byte[] a = [.. Enumerable.Repeat((byte)255, 8)];
        sbyte[] b = [127, -128, 127, -128, 127, -128, 127, -128, 1, 2, -3, 100];
        HostTensor left = HostTensor.Of(a, 2, 4), right = HostTensor.Of(b, 4, 3);
        int[] expected = [.. Enumerable.Range(0, 6).Select(i => Enumerable.Range(0, 4).Sum(k => (a[i / 3 * 4 + k] - 3) * b[k * 3 + i % 3]))];
        byte[] model = OnnxBuilder.OneNode("MatMulInteger", 10, [("a", left), ("b", right), ("za", HostTensor.Scalar((byte)3))], ["y"], constants: isConstant ? ["b", "za"] : ["za"]);
        (string, HostTensor)[] inputs = isConstant ? [("a", left)] : [("a", left), ("b", right)];
        Assert.Equal(expected, OrtOracle.Run(model, inputs).Single().Values<int>().ToArray());
        // The same on a processor that does not need it.
        Assert.Equal(expected, OrtOracle.Run(UnsignedFactors.Of(model)!, inputs).Single().Values<int>().ToArray());
        Assert.Null(UnsignedFactors.Of(UnsignedFactors.Of(model)!));
    }

    [Fact]
    public void EveryElementTypeSurvives()
    {
        HostTensor[] samples =
        [
            HostTensor.Of(new[] { 1.5f, -2f }, 2), HostTensor.Of(new[] { 1.5, -2 }, 2), HostTensor.Of(new[] { (Half)1.5f, (Half)(-2f) }, 2),
            HostTensor.Of(new sbyte[] { 1, -128 }, 2), HostTensor.Of(new short[] { 1, -30000 }, 2), HostTensor.Of(new[] { 1, int.MinValue }, 2),
            HostTensor.Of(new long[] { 1, long.MinValue }, 2), HostTensor.Of(new byte[] { 1, 255 }, 2), HostTensor.Of(new ushort[] { 1, 65535 }, 2),
            HostTensor.Of(new uint[] { 1, uint.MaxValue }, 2), HostTensor.Of(new ulong[] { 1, ulong.MaxValue }, 2), HostTensor.Of(new[] { true, false }, 2),
            new HostTensor(ElementType.BFloat16, [2], [0xC0, 0x3F, 0x00, 0xC0]), HostTensor.OfTexts(["one", "zwölf"], 2),
        ];
        foreach (HostTensor sample in samples)
        {
            foreach (OnnxBuilder.Form form in Enum.GetValues<OnnxBuilder.Form>())
            {
                byte[] model = new OnnxBuilder(19).Initializer("c", sample, form).Input("x", sample.Type, 2)
                    .Node("Identity", ["c"], ["a"]).Node("Identity", ["x"], ["b"]).Output("a", sample.Type, 2).Output("b", sample.Type, 2).Build();
                HostTensor[] outputs = OrtOracle.Run(model, ("x", sample));
                Tolerance.Exact.Check(sample, outputs[0], $"{sample.Type} {form}");
                Tolerance.Exact.Check(sample, outputs[1], $"{sample.Type} {form}");
            }
        }
    }

    [Fact]
    public void FunctionsAndExternalDataAreWrittenAsOnnxWantsThem()
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "w.bin"), [.. new byte[64], .. HostTensor.Of(new[] { 1f, 2f }, 2).Bytes]);
            string path = Path.Combine(folder, "m.onnx");
            new OnnxBuilder(17).Opset("local", 1).Input("x", ElementType.Float32, "N")
                .ExternalInitializer("w", ElementType.Float32, [2], "w.bin", 64, 8)
                .Node("Twice", ["x"], ["t"], null, "local", ("factor", 3f)).Node("Add", ["t", "w"], ["y"]).Output("y", ElementType.Float32, "N")
                .Function("local", "Twice", ["a"], ["b"], ["factor"], [("", 17)], body => body
                    .Node("Constant", [], ["f"], ("value_float", new AttributeOfFunction("factor", 1))).Node("Mul", ["a", "f"], ["b"]))
                .Write(path);
            HostTensor y = OrtOracle.Run(path, ("x", HostTensor.Of(new[] { 1f, 1f }, 2))).Single();
            Tolerance.Exact.Check([4f, 5f], y.Values<float>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory, InlineData("resnet18.onnx", 46_810_994), InlineData("resnet50.onnx", 102_478_137)]
    public void GeneratedResNetsAreFinite(string name, long about)
    {
        string path = TestData.Model(name);
        Assert.InRange(new FileInfo(path).Length, about - 4000, about + 4000);
        using OrtOracle oracle = new(path, threads: 2);
        HostTensor logits = oracle.Run(("input", RandomTensor.Floats(1, 1, 3, 224, 224))).Single();
        Assert.Equal([1, 1000], logits.Shape);
        foreach (float value in logits.Values<float>()) Assert.InRange(value, -100f, 100f);
        Assert.True(logits.Values<float>().ToArray().Max() > 0.1f);
    }

    [Fact]
    public void NpmModelsRun()
    {
        foreach ((string file, string input, int[] shape) in NpmModels.Runnable)
        {
            HostTensor[] outputs = OrtOracle.Run(TestData.Model(file), (input, RandomTensor.Floats(2, shape)));
            Assert.All(outputs, o => Assert.DoesNotContain(o.Values<float>().ToArray(), v => !float.IsFinite(v)));
        }
    }
}
