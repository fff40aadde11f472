using System;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Testing;
using Xunit;
using OnnxTensor = Lr2vq.Onnx.OnnxTensor;

namespace Lr2vq.Tests.Onnx;

public sealed class TensorReadingTests
{
    public static TheoryData<ElementType> Types =>
    [
        ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16, ElementType.Int8, ElementType.Int16, ElementType.Int32,
        ElementType.Int64, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64, ElementType.Bool,
    ];

    [Theory, MemberData(nameof(Types))]
    public void RawAndTypedValuesAreTheSame(ElementType type)
    {
        HostTensor value = Sample(type, 2000);
        using OnnxCase file = new(Model().Initializer("raw", value).Initializer("typed", value, OnnxBuilder.Form.Typed));
        double[] expected = value.ToDoubles();
        foreach (string name in new[] { "raw", "typed" })
        {
            OnnxTensor tensor = file.Initializer(name);
            Assert.Equal(type, tensor.ElementType);
            Assert.Equal([2, 1000], tensor.Dims);
            Assert.Equal(value.Bytes, tensor.ToBytes());
            Assert.Equal(expected.Select(v => (float)v), tensor.ToFloats());
            Assert.Equal(expected.Select(v => (long)v), tensor.ToInt64s());
            // In pieces, and backwards.
            float[] piece = new float[7];
            tensor.ReadFloats(piece, 1993);
            Assert.Equal(expected[1993..].Select(v => (float)v), piece);
            tensor.ReadFloats(piece, 3);
            Assert.Equal(expected[3..10].Select(v => (float)v), piece);
        }
    }

    [Fact]
    public void ValuesThatAreNotPackedAreRead()
    {
        OnnxWire floats = Header("floats", 1, 3), ints = Header("ints", 7, 3), halves = Header("halves", 11, 2);
        foreach (float value in new[] { 1.5f, -2f, 3f }) floats.Float(4, value);
        foreach (long value in new[] { 1L, -2, long.MinValue }) ints.Varint(7, value);
        halves.Bytes(10, BitConverter.GetBytes(0.5)).Bytes(10, BitConverter.GetBytes(-0.25));
        using OnnxCase file = new(WithTensors(floats, ints, halves));
        Assert.Equal([1.5f, -2f, 3f], file.Initializer("floats").ToFloats());
        Assert.Equal([1L, -2, long.MinValue], file.Initializer("ints").ToInt64s());
        Assert.Equal([0.5f, -0.25f], file.Initializer("halves").ToFloats());
    }

    [Fact]
    public void FourBitsHaveAByteEach()
    {
        // Low nibble first; the odd count leaves the last high nibble unused.
        OnnxWire floats = Header("floats", 23, 3).Packed(5, [0xF1, 0x08]), signed = Header("signed", 22, 3).Bytes(9, [0x8F, 0x07]), unsigned = Header("unsigned", 21, 3).Packed(5, [0x8F, 0x07]);
        using OnnxCase file = new(WithTensors(signed, unsigned, floats));
        Assert.Equal([-1f, -8f, 7f], file.Initializer("signed").ToFloats());
        Assert.Equal(ElementType.Int4, file.Initializer("signed").ElementType);
        Assert.Equal([15L, 8, 7], file.Initializer("unsigned").ToInt64s());
        Assert.Equal([15, 8, 7], file.Initializer("unsigned").ToBytes());
        Assert.Equal([0.5f, -6f, -0f], file.Initializer("floats").ToFloats());
        Assert.Equal([1, 15, 8], file.Initializer("floats").ToBytes());
    }

    [Fact]
    public void StringsStayOpaque()
    {
        using OnnxCase file = new(Model().Initializer("words", HostTensor.OfTexts(["a", "", "ü"], 3)));
        Assert.Equal(["a", "", "ü"], file.Initializer("words").Strings.Select(System.Text.Encoding.UTF8.GetString));
    }

    [Fact]
    public void ExternalDataOfSeveralFilesIsRead()
    {
        float[] a = [1, 2, 3, 4], b = [5, 6];
        using OnnxCase file = new(Model()
            .ExternalInitializer("a", ElementType.Float32, [2, 2], "a.bin", offset: 8, length: 16)
            .ExternalInitializer("b", ElementType.Float32, [2], "sub/b.bin")
            .ExternalInitializer("tail", ElementType.Float32, [1], "a.bin", offset: 20));
        file.Add("a.bin", [.. new byte[8], .. Bytes(a)]);
        file.Add("sub/b.bin", Bytes(b));
        Assert.Equal(a, file.Initializer("a").ToFloats());
        Assert.Equal(b, file.Initializer("b").ToFloats());
        Assert.Equal([4f], file.Initializer("tail").ToFloats());
        Assert.Equal(new FileInfo(file.ModelPath).Length + 24 + 8, file.Read().OriginalBytes);
    }

    [Fact]
    public void AFileForEachOfThreeHundredTensorsIsRead()
    {
        OnnxBuilder model = Model();
        for (int i = 0; i < 300; i++) model.ExternalInitializer("t" + i, ElementType.Int32, [1], "t" + i);
        using OnnxCase file = new(model);
        for (int i = 0; i < 300; i++) file.Add("t" + i, BitConverter.GetBytes(i));
        OnnxModel read = file.Read();
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (long)i), read.Graph.Initializers.Select(tensor => tensor.ToInt64s()[0]));
    }

    [Fact]
    public void AModelOverTwoGigabytesIsRead()
    {
        const long elements = 2300L << 20;
        // ModelProto { ir_version, graph { node, initializer { dims, type, name, raw_data (sparse in the file) }, output }, opset }
        byte[] tensorHead = Header("big", 2, 2300, 1 << 20).ToArray();
        byte[] node = OnnxBuilder.NodeMessage("Identity", ["big"], ["y"], "n", "", []).ToArray();
        byte[] output = new OnnxWire().Text(1, "y").ToArray();
        long tensor = tensorHead.Length + Key(9, elements).Length + elements;
        byte[] graphHead = [.. Key(1, node.Length), .. node, .. Key(5, tensor), .. tensorHead, .. Key(9, elements)];
        byte[] graphTail = [.. Key(12, output.Length), .. output];
        byte[] head = [0x08, 8, .. Key(7, graphHead.Length + elements + graphTail.Length), .. graphHead];
        using OnnxCase file = new();
        using (FileStream stream = File.Create(file.ModelPath))
        {
            stream.Write(head);
            stream.Position = head.Length + elements - 1;
            stream.WriteByte(77);
            stream.Write(graphTail);
            stream.Write(new OnnxWire().Message(8, new OnnxWire().Varint(2, 13)).ToArray());
        }
        OnnxTensor big = file.Initializer("big");
        Assert.Equal(elements, big.Count);
        byte[] last = new byte[3];
        big.ReadRaw(last, elements - 3);
        Assert.Equal([0, 0, 77], last);
    }

    [Fact]
    public void AFileThatShrinksIsNoticed()
    {
        using OnnxCase file = new(Model().Initializer("w", Sample(ElementType.Float32, 2000)));
        OnnxTensor tensor = file.Initializer("w");
        try
        {
            using FileStream stream = new(file.ModelPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            stream.SetLength(100);
        }
        catch (IOException)
        {
            return; // The system keeps mapped or open files from being cut.
        }
        DiagnosticException problem = Assert.Throws<DiagnosticException>(() => tensor.ToFloats());
        Assert.Equal(DiagnosticCatalogue.FileChanged.Id, problem.Diagnostics[0].Id);
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]
    public void ValuesThatAreNotFiniteAreFound(float bad)
    {
        float[] values = new float[100_000];
        Assert.True(FiniteCheck.Check(OnnxTensor.Of("w", [100_000], values), "m.onnx", new DiagnosticBag()));
        values[70_001] = bad;
        values[70_002] = float.NaN;
        var bag = new DiagnosticBag();
        Assert.False(FiniteCheck.Check(OnnxTensor.Of("w", [100_000], values), "m.onnx", bag));
        Assert.False(FiniteCheck.Check("w", values, "m.onnx", bag));
        Assert.All(bag.All, d => Assert.Contains(float.IsNaN(bad) ? "2 NaN and 0 infinite" : "1 NaN and 1 infinite", d.Text, StringComparison.Ordinal));
        Assert.All(bag.All, d => Assert.Contains("index 70001", d.Text, StringComparison.Ordinal));
    }

    internal static OnnxBuilder Model() => new OnnxBuilder(13).Input("x", ElementType.Float32, "N").Node("Relu", ["x"], ["y"]).Output("y");

    internal static OnnxWire Header(string name, int type, params long[] dims)
    {
        OnnxWire tensor = new();
        foreach (long dimension in dims) tensor.Varint(1, dimension);
        return tensor.Varint(2, type).Text(8, name);
    }

    /// <summary>A model with tensors written by hand.</summary>
    internal static byte[] WithTensors(params OnnxWire[] tensors)
    {
        OnnxWire graph = new();
        graph.Message(1, OnnxBuilder.NodeMessage("Relu", ["x"], ["y"], "n", "", []));
        foreach (OnnxWire tensor in tensors) graph.Message(5, tensor);
        graph.Message(11, OnnxBuilder.ValueInfo("x", ElementType.Float32, [1])).Message(12, OnnxBuilder.ValueInfo("y", ElementType.Float32, [1]));
        return new OnnxWire().Varint(1, 8).Message(7, graph).Message(8, new OnnxWire().Varint(2, 13)).ToArray();
    }

    private static byte[] Key(int field, long length)
    {
        // A length-delimited field without its contents: the key, then the length as a varint.
        byte[] bytes = new OnnxWire().Packed(field, [length]).ToArray();
        return [bytes[0], .. bytes[2..]];
    }

    private static byte[] Bytes(float[] values) => HostTensor.Of(values, values.Length).Bytes;

    private static HostTensor Sample(ElementType type, int count)
    {
        var random = new Random(17);
        int size = OnnxDataType.Bytes(type);
        byte[] bytes = new byte[count * size];
        random.NextBytes(bytes);
        if (type == ElementType.Bool)
        {
            for (int i = 0; i < bytes.Length; i++) bytes[i] &= 1;
        }
        else if (type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16)
        {
            // Small exponents: every value is finite and its integer part fits.
            for (int i = 0; i < count; i++)
            {
                double value = (random.NextDouble() - 0.5) * 1000;
                byte[] element = type switch
                {
                    ElementType.Float32 => BitConverter.GetBytes((float)value),
                    ElementType.Float64 => BitConverter.GetBytes(value),
                    ElementType.Float16 => BitConverter.GetBytes((Half)value),
                    _ => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)),
                };
                element.CopyTo(bytes, i * size);
            }
        }
        else if (type is ElementType.UInt64 or ElementType.Int64)
        {
            // Every value fits a double.
            for (int i = 0; i < bytes.Length; i += 8) 
            {
                long value = BitConverter.ToInt64(bytes, i) >> 12;
                BitConverter.GetBytes(type == ElementType.Int64 ? value : Math.Abs(value)).CopyTo(bytes, i);
            }
        }
        return new HostTensor(type, [2, count / 2], bytes);
    }
}
