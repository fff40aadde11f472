using System;
using System.Text;

namespace Lr2vq.Onnx;

/// <summary>Kinds of attributes; the numbers are ONNX's <c>AttributeProto.AttributeType</c>.</summary>
internal enum OnnxAttributeKind
{
    Undefined = 0, Float = 1, Int = 2, String = 3, Tensor = 4, Graph = 5,
    Floats = 6, Ints = 7, Strings = 8, Tensors = 9, Graphs = 10,
    SparseTensor = 11, SparseTensors = 12, TypeProto = 13, TypeProtos = 14,
}

/// <summary>An attribute of a node.</summary>
internal sealed class OnnxAttribute
{
    public string Name { get; set; } = "";
    public OnnxAttributeKind Kind { get; set; }
    public float Float { get; set; }
    public long Int { get; set; }
    public byte[] Bytes { get; set; } = [];
    public OnnxTensor? Tensor { get; set; }
    public OnnxGraph? Graph { get; set; }
    public float[] Floats { get; set; } = [];
    public long[] Ints { get; set; } = [];
    public byte[][] ByteStrings { get; set; } = [];
    public OnnxTensor[] Tensors { get; set; } = [];
    public OnnxGraph[] Graphs { get; set; } = [];

    /// <summary>Inside a function: the attribute of the function that gives the value. Empty after inlining.</summary>
    public string RefAttributeName { get; set; } = "";

    /// <summary>The string of kind String; invalid UTF-8 becomes U+FFFD.</summary>
    public string String => Encoding.UTF8.GetString(Bytes);

    /// <summary>The strings of kind Strings.</summary>
    public string[] Strings => Array.ConvertAll(ByteStrings, Encoding.UTF8.GetString);

    public static OnnxAttribute Of(string name, float value) => new() { Name = name, Kind = OnnxAttributeKind.Float, Float = value };

    public static OnnxAttribute Of(string name, long value) => new() { Name = name, Kind = OnnxAttributeKind.Int, Int = value };

    public static OnnxAttribute Of(string name, string value) =>
        new() { Name = name, Kind = OnnxAttributeKind.String, Bytes = Encoding.UTF8.GetBytes(value) };

    public static OnnxAttribute Of(string name, OnnxTensor value) => new() { Name = name, Kind = OnnxAttributeKind.Tensor, Tensor = value };

    public static OnnxAttribute Of(string name, params long[] values) => new() { Name = name, Kind = OnnxAttributeKind.Ints, Ints = values };

    public static OnnxAttribute Of(string name, params float[] values) => new() { Name = name, Kind = OnnxAttributeKind.Floats, Floats = values };

    public static OnnxAttribute Of(string name, params string[] values) =>
        new() { Name = name, Kind = OnnxAttributeKind.Strings, ByteStrings = Array.ConvertAll(values, Encoding.UTF8.GetBytes) };

    public static OnnxAttribute Of(string name, OnnxGraph value) => new() { Name = name, Kind = OnnxAttributeKind.Graph, Graph = value };

    /// <summary>The same attribute under another name.</summary>
    public OnnxAttribute Renamed(string name)
    {
        var copy = (OnnxAttribute)MemberwiseClone();
        copy.Name = name;
        copy.RefAttributeName = "";
        return copy;
    }
}
