using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Onnx;

/// <summary>Each kind of bad input has a code and says what to do; nothing throws, hangs, or takes memory that the file does not have.</summary>
public sealed class BadModelTests
{
    [Theory]
    [InlineData("\u0089PNG\r\n\u001a\n", "PNG")]
    [InlineData("\u00ff\u00d8\u00ff\u00e0", "JPEG")]
    [InlineData("PK\u0003\u0004 archive/data.pkl", "PyTorch")]
    [InlineData("PK\u0003\u0004 x/saved_model.pb", "SavedModel")]
    [InlineData("PK\u0003\u0004 metadata.json", "Keras")]
    [InlineData("PK\u0003\u0004 other", "ZIP")]
    [InlineData("\u001f\u008b\u0008", "gzip")]
    [InlineData("\u0020\u0000\u0000\u0000TFL3", "TensorFlow Lite")]
    [InlineData("\u0018\u0000\u0000\u0000ORTM", ".ort")]
    [InlineData("\u0089HDF\r\n", "HDF5")]
    [InlineData("\u0080\u0002}q\u0000", "pickle")]
    [InlineData("\u000c\u0000\u0000\u0000\u0000\u0000\u0000\u0000{\"a\":1}     ", "safetensors")]
    [InlineData("  <!DOCTYPE html><html>", "HTML")]
    [InlineData("<?xml version=\"1.0\"?>", "XML")]
    [InlineData("{ \"format\": \"layers-model\" }", "JSON")]
    [InlineData("GGUF\u0003", "GGUF")]
    [InlineData("ir_version: 7", "text form")]
    [InlineData("Hello, I am a text file.\n", "text file")]
    [InlineData("\u0093NUMPY\u0001", "NumPy")]
    public void AnotherKindOfFileIsNamed(string start, string expected)
    {
        using OnnxCase file = new(Encoding.Latin1.GetBytes(start));
        Diagnostic diagnostic = file.RefusedWith(DiagnosticCatalogue.NotOnnx);
        Assert.Contains(expected, diagnostic.Text, StringComparison.OrdinalIgnoreCase);
        SameFromTheInterfaceReader(file);
    }

    [Fact]
    public void AGitLfsPointerIsNamed()
    {
        using OnnxCase file = new(Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 102478137\n"));
        Assert.Contains("102478137", file.RefusedWith(DiagnosticCatalogue.GitLfsPointer).Text, StringComparison.Ordinal);
        SameFromTheInterfaceReader(file);
    }

    [Fact]
    public void AMissingModelNamesTheOneThatIsMeant()
    {
        using OnnxCase file = new([1]);
        string name = Path.GetFileNameWithoutExtension(file.ModelPath), meant = Path.Combine(Path.GetDirectoryName(file.ModelPath)!, name + "x.onnx");
        Assert.Contains($"(did you mean '{name}.onnx'?)", OnnxFileKind.RefusePath(meant)!.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("did you mean", OnnxFileKind.RefusePath(Path.Combine(meant, "deeper.onnx"))!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingEmptyAndDirectoryAreToldApart()
    {
        using OnnxCase missing = new(), empty = new([]), directory = new();
        missing.RefusedWith(DiagnosticCatalogue.ModelFileMissing);
        empty.RefusedWith(DiagnosticCatalogue.ModelFileEmpty);
        Directory.CreateDirectory(directory.ModelPath);
        directory.RefusedWith(DiagnosticCatalogue.ModelIsDirectory);
        foreach (OnnxCase file in new[] { missing, empty, directory }) SameFromTheInterfaceReader(file);
    }

    [Fact]
    public void AnUnreadableFileIsTold()
    {
        using OnnxCase file = new(TensorReadingTests.Model());
        // Held exclusively: refused on every system, for every user.
        using FileStream held = new(file.ModelPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        file.RefusedWith(DiagnosticCatalogue.ModelFileUnreadable);
    }

    [Fact]
    public void EveryTruncationIsTold()
    {
        byte[] whole = TensorReadingTests.Model().Initializer("w", HostTensor.Of<float>([1, 2, 3, 4], 4)).Build();
        for (int length = 1; length < whole.Length; length++)
        {
            using OnnxCase file = new(whole[..length]);
            foreach (Diagnostic diagnostic in file.Refused())
                Assert.Contains(diagnostic.Id, new[] { DiagnosticCatalogue.ModelDamaged.Id, DiagnosticCatalogue.ModelWithoutGraph.Id });
        }
    }

    [Fact]
    public void AbsurdLengthsAreTold()
    {
        // Field 7 (graph) claims 2^62 bytes; field 2 (producer) has eleven bytes of length.
        using OnnxCase graph = new([0x08, 8, 0x3A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
        Assert.Contains("4611686018427387904", graph.RefusedWith(DiagnosticCatalogue.ModelDamaged).Text, StringComparison.Ordinal);
        using OnnxCase varint = new([0x08, 8, 0x12, .. Enumerable.Repeat((byte)0xFF, 12)]);
        varint.RefusedWith(DiagnosticCatalogue.ModelDamaged);
        using OnnxCase type = new([0x08, 8, 0x3B, 0]);
        type.RefusedWith(DiagnosticCatalogue.ModelDamaged);
    }

    [Fact]
    public void OtherProtobufFilesAreTold()
    {
        using OnnxCase tensor = new(TensorReadingTests.Header("t", 1, 1).Bytes(9, new byte[4]).ToArray());
        tensor.Refused();
        using OnnxCase noGraph = new(new OnnxWire().Varint(1, 8).Text(2, "someone").ToArray());
        noGraph.RefusedWith(DiagnosticCatalogue.ModelWithoutGraph);
        using OnnxCase noOpset = new(new OnnxBuilder(0).Input("x", ElementType.Float32, 1).Output("x"));
        noOpset.RefusedWith(DiagnosticCatalogue.ModelWithoutGraph);
        SameFromTheInterfaceReader(noOpset);
    }

    [Theory, InlineData(1), InlineData(6), InlineData(25), InlineData(int.MaxValue)]
    public void OpsetsOutOfRangeAreTold(int opset)
    {
        using OnnxCase file = new(new OnnxBuilder(opset).Input("x", ElementType.Float32, 1).Node("Relu", ["x"], ["y"]).Output("y"));
        Assert.Contains("7 to 24", file.RefusedWith(DiagnosticCatalogue.OpsetUnsupported).Text, StringComparison.Ordinal);
        SameFromTheInterfaceReader(file);
    }

    [Theory, InlineData(7), InlineData(24)]
    public void OpsetsAtTheEndsAreRead(int opset)
    {
        using OnnxCase file = new(new OnnxBuilder(opset).Input("x", ElementType.Float32, 1).Node("Relu", ["x"], ["y"]).Output("y"));
        Assert.Equal(opset, file.Read().Opset);
    }

    [Fact]
    public void TensorProblemsAreToldTogether()
    {
        const long huge = 1L << 40;
        using OnnxCase file = new(TensorReadingTests.WithTensors(
            TensorReadingTests.Header("negative", 1, 2, -3),
            TensorReadingTests.Header("huge", 1, huge),
            TensorReadingTests.Header("overflow", 1, int.MaxValue, int.MaxValue, int.MaxValue),
            TensorReadingTests.Header("ranks", 1, [.. Enumerable.Repeat(1L, 40)]),
            TensorReadingTests.Header("short", 1, 3).Bytes(9, new byte[8]),
            TensorReadingTests.Header("few", 7, 3).Packed(7, [1, 2]),
            TensorReadingTests.Header("wrong field", 1, 2).Packed(7, [1, 2]),
            TensorReadingTests.Header("nothing", 1, 4),
            TensorReadingTests.Header("complex", 14, 1).Bytes(9, new byte[8]),
            TensorReadingTests.Header("uint2", 25, 1).Bytes(9, new byte[1]),
            TensorReadingTests.Header("strange", 99, 1),
            TensorReadingTests.Header("", 1, 1).Bytes(9, new byte[4])));
        IReadOnlyList<Diagnostic> all = file.Refused();
        Assert.Equal(12, all.Count);
        Expect(DiagnosticCatalogue.TensorDimensionsInvalid, "negative", "huge", "overflow", "ranks");
        Expect(DiagnosticCatalogue.TensorLengthMismatch, "short", "few", "wrong field", "nothing");
        Expect(DiagnosticCatalogue.TensorTypeUnsupported, "complex", "uint2", "strange");
        Assert.Single(all, d => d.Id == DiagnosticCatalogue.NameMissing.Id);

        void Expect(DiagnosticDefinition kind, params string[] tensors) =>
            Assert.Equal(tensors, all.Where(d => d.Id == kind.Id).Select(d => d.Place.Tensor));
    }

    [Fact]
    public void AZeroDoesNotExcuseOtherDimensions()
    {
        using OnnxCase empty = new(TensorReadingTests.WithTensors(TensorReadingTests.Header("none", 1, 0, int.MaxValue)));
        Assert.Empty(empty.Initializer("none").ToFloats());
        foreach (long[] dims in new long[][] { [0, int.MaxValue, int.MaxValue, int.MaxValue], [int.MaxValue, int.MaxValue, int.MaxValue, 0] })
        {
            using OnnxCase file = new(TensorReadingTests.WithTensors(TensorReadingTests.Header("none", 1, dims)));
            Assert.Equal(DiagnosticCatalogue.TensorDimensionsInvalid.Id, Assert.Single(file.Refused()).Id);
        }
    }

    [Fact]
    public void ExternalDataProblemsAreToldTogether()
    {
        OnnxBuilder model = TensorReadingTests.Model();
        foreach ((string name, string location, long? offset, long? length) in new (string, string, long?, long?)[]
        {
            ("up", "../secret", null, null), ("inner", "a/../../secret", null, null), ("windows", "..\\secret", null, null), ("absolute", "/etc/passwd", null, null),
            ("drive", "C:\\secret", null, null), ("empty", "", null, null), ("missing", "no.bin", null, null), ("also", "no.bin", null, null),
            ("behind", "some.bin", 13, null), ("far", "some.bin", long.MaxValue, null), ("long", "some.bin", 0, 9), ("negative", "some.bin", -4, null),
            ("folder", "sub", null, null),
        })
            model.ExternalInitializer(name, ElementType.Float32, [1], location, offset, length);
        using OnnxCase file = new(model);
        file.Add("some.bin", new byte[16]);
        Directory.CreateDirectory(Path.Combine(file.Folder, "sub"));
        IReadOnlyList<Diagnostic> all = file.Refused();
        Assert.Equal(["up", "inner", "windows", "absolute", "drive", "empty"], Tensors(DiagnosticCatalogue.ExternalPathRefused));
        Assert.Equal(["behind", "far", "long", "negative"], Tensors(DiagnosticCatalogue.ExternalRangeInvalid));
        Assert.Equal(["missing", "folder"], Tensors(DiagnosticCatalogue.ExternalFileMissing));
        Assert.Contains("2 tensors ('missing', 'also')", all.First(d => d.Place.Tensor == "missing").Text, StringComparison.Ordinal);

        IEnumerable<string?> Tensors(DiagnosticDefinition kind) => all.Where(d => d.Id == kind.Id).Select(d => d.Place.Tensor);
    }

    [Fact]
    public void GraphProblemsAreToldTogether()
    {
        using OnnxCase file = new(new OnnxBuilder(13).Input("x", ElementType.Float32, 1).Input("x", ElementType.Float32, 1).Input("far", ElementType.Float32, -7)
            .Initializer("w", HostTensor.Of<float>([1], 1)).Initializer("w", HostTensor.Of<float>([1], 1))
            .Node("Relu", ["x"], ["a"], "one", "").Node("Relu", ["x"], ["a"], "two", "").Node("Relu", ["x"], ["w"], "three", "").Node("Relu", ["x"], ["x"], "four", "")
            .Node("Add", ["ghost", "x"], ["c"], "five", "").Node("Own", ["x"], ["d"], "six", "nobody").Node("", ["x"], ["e"], "seven", "")
            .Output("a").Output("nothing").Output("a"));
        string[] expected =
        [
            DiagnosticCatalogue.InitializerDuplicate.Id, DiagnosticCatalogue.NameMissing.Id, DiagnosticCatalogue.OpsetMissing.Id, DiagnosticCatalogue.OutputUndefined.Id,
            DiagnosticCatalogue.PortDimensionInvalid.Id, DiagnosticCatalogue.PortDuplicate.Id, DiagnosticCatalogue.PortDuplicate.Id,
            DiagnosticCatalogue.ValueDuplicate.Id, DiagnosticCatalogue.ValueDuplicate.Id, DiagnosticCatalogue.ValueDuplicate.Id, DiagnosticCatalogue.ValueUndefined.Id,
        ];
        Assert.Equal(expected.Order(), file.Refused().Select(d => d.Id).Order());
    }

    [Fact]
    public void ManyProblemsOfAKindAreCounted()
    {
        OnnxBuilder model = TensorReadingTests.Model();
        for (int i = 0; i < 1000; i++) model.Node("Add", ["ghost" + i, "x"], ["o" + i]);
        using OnnxCase file = new(model);
        IReadOnlyList<Diagnostic> all = file.Refused();
        Assert.Equal(21, all.Count);
        Assert.Contains("980 more", all[20].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ACycleIsToldWithItsNodes()
    {
        using OnnxCase file = new(new OnnxBuilder(13).Input("x", ElementType.Float32, 1)
            .Node("Add", ["x", "c"], ["a"], "first", "").Node("Relu", ["a"], ["b"], "second", "").Node("Relu", ["b"], ["c"], "third", "")
            .Node("Relu", ["c"], ["d"], "after", "").Output("d"));
        Assert.Contains("'first' → 'second' → 'third' → 'first'", file.RefusedWith(DiagnosticCatalogue.GraphCycle).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void RecursiveFunctionsAreTold()
    {
        using OnnxCase file = new(new OnnxBuilder(17).Opset("f", 1).Input("x", ElementType.Float32, 4)
            .Function("f", "Ping", ["a"], ["b"], [], [("f", 1)], body => body.NodeOf("f", "Pong", ["a"], ["b"]))
            .Function("f", "Pong", ["a"], ["b"], [], [("f", 1)], body => body.NodeOf("f", "Ping", ["a"], ["b"]))
            .Node("Ping", ["x"], ["y"], "call", "f").Output("y"));
        Assert.Contains(file.Refused(), d => d.Id == DiagnosticCatalogue.FunctionRecursive.Id && d.Text.Contains("f.Ping → f.Pong → f.Ping", StringComparison.Ordinal));
    }

    [Fact]
    public void FunctionsThatExplodeAreTold()
    {
        OnnxBuilder model = new OnnxBuilder(17).Opset("f", 1).Input("x", ElementType.Float32, 4);
        for (int i = 0; i < 40; i++)
        {
            string inner = "F" + (i + 1);
            model.Function("f", "F" + i, ["a"], ["b"], [], [("f", 1), ("", 17)], body =>
            {
                if (inner == "F40") body.Node("Relu", ["a"], ["b"]);
                else body.NodeOf("f", inner, ["a"], ["t"]).NodeOf("f", inner, ["t"], ["b"]);
            });
        }
        using OnnxCase file = new(model.Node("F0", ["x"], ["y"], "call", "f").Output("y"));
        Assert.Contains(file.Refused(), d => d.Id == DiagnosticCatalogue.FunctionTooLarge.Id);
    }

    [Fact]
    public void SparseInitializersAreToldByName()
    {
        OnnxWire sparse = new OnnxWire().Message(1, TensorReadingTests.Header("thin", 1, 1).Bytes(9, new byte[4]));
        OnnxWire graph = new OnnxWire().Message(15, sparse).Message(11, OnnxBuilder.ValueInfo("x", ElementType.Float32, [1]));
        using OnnxCase file = new(new OnnxWire().Varint(1, 8).Message(7, graph).Message(8, new OnnxWire().Varint(2, 13)).ToArray());
        Assert.Equal("thin", file.RefusedWith(DiagnosticCatalogue.SparseInitializer).Place.Tensor);
    }

    [Fact]
    public void InputsThatAreNoTensorsAreTold()
    {
        OnnxWire graph = new OnnxWire()
            .Message(11, new OnnxWire().Text(1, "list").Message(2, new OnnxWire().Message(4, new OnnxWire())))
            .Message(11, new OnnxWire().Text(1, "complex").Message(2, new OnnxWire().Message(1, new OnnxWire().Varint(1, 14).Message(2, new OnnxWire()))))
            .Message(11, new OnnxWire().Text(1, "bare"))
            .Message(11, new OnnxWire().Text(1, "shapeless").Message(2, new OnnxWire().Message(1, new OnnxWire().Varint(1, 1))));
        using OnnxCase file = new(new OnnxWire().Varint(1, 8).Message(7, graph).Message(8, new OnnxWire().Varint(2, 13)).ToArray());
        IReadOnlyList<Diagnostic> all = file.Refused();
        Assert.Equal(["list", "complex", "bare"], all.Where(d => d.Id == DiagnosticCatalogue.PortTypeUnsupported.Id).Select(d => d.Place.Tensor));
        Assert.Equal("shapeless", Assert.Single(all, d => d.Id == DiagnosticCatalogue.PortWithoutShape.Id).Place.Tensor);
        SameFromTheInterfaceReader(file);
    }

    [Fact]
    public void DeepNestingIsTold()
    {
        OnnxWire graph = new();
        for (int i = 0; i < 3000; i++)
            graph = new OnnxWire().Message(1, new OnnxWire().Message(5, new OnnxWire().Text(1, "body").Message(6, graph)));
        using OnnxCase file = new(new OnnxWire().Varint(1, 8).Message(7, graph).Message(8, new OnnxWire().Varint(2, 13)).ToArray());
        file.RefusedWith(DiagnosticCatalogue.NestedTooDeep);
    }

    [Fact]
    public void FloodsOfEmptyNodesAreTold()
    {
        using OnnxCase file = new(new OnnxWire().Varint(1, 8).Bytes(7, [.. Enumerable.Repeat(new byte[] { 0x0A, 0 }, 3_000_000).SelectMany(b => b)]).ToArray());
        file.RefusedWith(DiagnosticCatalogue.ModelDamaged);
    }

    [Fact]
    public void NamesInDiagnosticsStayOnOneLine()
    {
        string name = "a\nb\u001b[31m\u2028" + new string('x', 5000);
        using OnnxCase file = new(new OnnxBuilder(13).Input("x", ElementType.Float32, 1).Node("Relu", [name], ["y"], name, "").Output("y"));
        Diagnostic diagnostic = file.RefusedWith(DiagnosticCatalogue.ValueUndefined);
        Assert.InRange(diagnostic.ToString().Length, 1, 1200);
        Assert.Contains("a\\u000ab", diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void AttributesWithoutValuesAreTold()
    {
        OnnxWire node = new OnnxWire().Text(1, "x").Text(2, "y").Text(3, "n").Text(4, "Constant")
            .Message(5, new OnnxWire().Text(1, "value").Varint(20, 4)).Message(5, new OnnxWire().Text(1, "body").Varint(20, 5))
            .Message(5, new OnnxWire().Text(1, "other").Varint(20, 2).Text(21, "outer"));
        OnnxWire graph = new OnnxWire().Message(1, node).Message(11, OnnxBuilder.ValueInfo("x", ElementType.Float32, [1]));
        using OnnxCase file = new(new OnnxWire().Varint(1, 8).Message(7, graph).Message(8, new OnnxWire().Varint(2, 13)).ToArray());
        Assert.Equal(3, file.Refused().Count(d => d.Id == DiagnosticCatalogue.AttributeInvalid.Id));
    }

    /// <summary>The header reader refuses the same files with the same code.</summary>
    private static void SameFromTheInterfaceReader(OnnxCase file)
    {
        var bag = new DiagnosticBag();
        Assert.Null(InterfaceReader.Read(file.ModelPath, bag));
        Assert.Equal(file.Refused().Select(d => d.ToString()), bag.All.Select(d => d.ToString()));
    }
}
