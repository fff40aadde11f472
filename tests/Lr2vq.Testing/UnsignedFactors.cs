using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Attribute = Lr2vq.Onnx.OnnxAttribute;
using Values = Lr2vq.Onnx.OnnxTensor;

namespace Lr2vq.Testing;

/// <summary>Lets ONNX Runtime multiply bytes exactly. Where an x64 processor has no VNNI, it adds two products of a u8 and an i8 in 16 bits, which saturate; those of two u8 it adds in 32.
/// And a·(b − z) = a·((b + 128) − (z + 128)), so that factors of i8 may become u8 with another zero point.</summary>
internal static class UnsignedFactors
{
    private const byte Half = 0x80;

    /// <summary>Operators, and which of their inputs are the second factor and its zero point.</summary>
    private static readonly Dictionary<string, (int Factor, int Zero)> s_places = new(StringComparer.Ordinal)
    {
        ["MatMulInteger"] = (1, 3),
        ["ConvInteger"] = (1, 3),
        ["QLinearMatMul"] = (3, 5),
        ["QLinearConv"] = (3, 5),
        ["QGemm"] = (3, 5),
        ["MatMulIntegerToFloat"] = (1, 5),
        ["DynamicQuantizeMatMul"] = (1, 3),
        ["QAttention"] = (1, 7),
    };

    /// <summary>Which input has the zero point of the output.</summary>
    private static readonly Dictionary<string, int> s_zeros = new(StringComparer.Ordinal)
    {
        ["QuantizeLinear"] = 2,
        ["QLinearMatMul"] = 7,
        ["QLinearConv"] = 7,
        ["QLinearAdd"] = 7,
        ["QLinearMul"] = 7,
        ["QGemm"] = 8,
        ["QLinearGlobalAveragePool"] = 4,
        ["QLinearAveragePool"] = 4,
        ["QLinearSigmoid"] = 4,
        ["QLinearLeakyRelu"] = 4,
        ["QLinearSoftmax"] = 4,
        ["QLinearConcat"] = 1,
    };

    private static readonly byte[][] s_names = [.. s_places.Keys.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether ONNX Runtime lets sums saturate on this processor, which it asks itself; where .NET may not ask, they are taken to.</summary>
    public static bool AreNeeded { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 && !(X86Base.IsSupported && HasVnni());

    /// <summary>The model with its factors of i8 made unsigned; null if it has none.</summary>
    public static byte[]? Of(byte[] model)
    {
        if (!s_names.Any(name => model.AsSpan().IndexOf(name) >= 0)) return null;
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, model);
            return Rewritten(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The model of a file, with its external data in it.</summary>
    public static byte[]? OfFile(string path) => Of(File.ReadAllBytes(path)) is null ? null : Rewritten(path);

    private static byte[]? Rewritten(string path)
    {
        using OnnxModel? model = OnnxFile.Open(path, new DiagnosticBag());
        if (model is null) return null;
        Turned turned = new(model.Graph);
        if (!turned.Do()) return null;
        using MemoryStream bytes = new();
        OnnxWriter.Write(model, bytes);
        return bytes.ToArray();
    }

    private static bool HasVnni()
    {
        if (X86Base.CpuId(0, 0).Eax < 7) return false;
        (int most, _, int features, _) = X86Base.CpuId(7, 0);
        const int avx512Vnni = 1 << 11, avxVnni = 1 << 4;
        return (features & avx512Vnni) != 0 || most >= 1 && (X86Base.CpuId(7, 1).Eax & avxVnni) != 0;
    }

    private sealed class Turned(OnnxGraph graph)
    {
        private readonly Dictionary<string, string> _unsigned = new(StringComparer.Ordinal);

        public bool Do()
        {
            bool any = false;
            List<OnnxNode> nodes = [];
            foreach (OnnxNode node in graph.Nodes)
            {
                if (s_places.TryGetValue(node.OpType, out (int Factor, int Zero) places) && !IsSigned(node.Inputs[0]) && IsSigned(node.Inputs[places.Factor]))
                {
                    any = true;
                    while (node.Inputs.Count <= places.Zero) node.Inputs.Add("");
                    node.Inputs[places.Factor] = Unsigned(node.Inputs[places.Factor], nodes);
                    node.Inputs[places.Zero] = node.Inputs[places.Zero].Length == 0 ? Constant(ElementType.UInt8, [Half]) : Unsigned(node.Inputs[places.Zero], nodes);
                }
                nodes.Add(node);
            }
            graph.Nodes = nodes;
            return any;
        }

        private bool IsSigned(string value)
        {
            if (Initializer(value) is { } tensor) return tensor.ElementType == ElementType.Int8;
            if (graph.Inputs.FirstOrDefault(input => input.Name == value) is { } given) return given.Type == ElementType.Int8;
            if (graph.Nodes.FirstOrDefault(node => node.Outputs.Contains(value)) is not { } source) return false;
            if (s_zeros.TryGetValue(source.OpType, out int zero)) return source.Inputs.Count > zero && IsSigned(source.Inputs[zero]);
            return source.OpType switch
            {
                "Constant" => source.Attribute("value")?.Tensor?.ElementType == ElementType.Int8,
                "Cast" => source.Attribute("to")?.Int == (long)ElementType.Int8,
                "Transpose" or "Reshape" or "Squeeze" or "Unsqueeze" or "Slice" or "Identity" or "Flatten" or "Gather" or "Concat" or "MaxPool" or "Clip" or "Relu" => IsSigned(source.Inputs[0]),
                _ => false,
            };
        }

        /// <summary>A value of i8 as the u8 that is larger by 128.</summary>
        private string Unsigned(string value, List<OnnxNode> nodes)
        {
            if (_unsigned.TryGetValue(value, out string? known)) return known;
            string turned = value + "/unsigned";
            if (Initializer(value) is { } tensor) graph.Initializers.Add(Values.Of(turned, ElementType.UInt8, tensor.Dims, Array.ConvertAll(tensor.ToBytes(), b => (byte)(b ^ Half))));
            else
            {
                nodes.Add(new OnnxNode { OpType = "Cast", Inputs = [value], Outputs = [turned + "/wide"], Attributes = [Attribute.Of("to", (long)ElementType.Int32)] });
                nodes.Add(new OnnxNode { OpType = "Add", Inputs = [turned + "/wide", Constant(ElementType.Int32, [Half, 0, 0, 0])], Outputs = [turned + "/sum"] });
                nodes.Add(new OnnxNode { OpType = "Cast", Inputs = [turned + "/sum"], Outputs = [turned], Attributes = [Attribute.Of("to", (long)ElementType.UInt8)] });
            }
            return _unsigned[value] = turned;
        }

        private string Constant(ElementType type, byte[] bytes)
        {
            string name = $"half/{type}";
            if (Initializer(name) is null) graph.Initializers.Add(Values.Of(name, type, [], bytes));
            return name;
        }

        private Values? Initializer(string name) => graph.Initializers.FirstOrDefault(tensor => tensor.Name == name);
    }
}
