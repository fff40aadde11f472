using System;
using System.Linq;

namespace Lr2vq.Testing;

/// <summary>Stands for an attribute of the calling node in the body of a local function.</summary>
internal sealed record AttributeOfFunction(string Name, int Kind);

/// <summary>Writes an AttributeProto; the C# type decides the kind: int, long, bool → INT; float, double → FLOAT; string → STRING;
/// <see cref="HostTensor"/> → TENSOR; <see cref="OnnxBuilder"/> → GRAPH; arrays of these → the plural kinds.</summary>
internal static class OnnxAttribute
{
    public static OnnxWire Write(string name, object value)
    {
        OnnxWire attribute = new OnnxWire().Text(1, name);
        switch (value)
        {
            case bool or int or long:
                return attribute.Varint(3, Convert.ToInt64(value, null)).Varint(20, 2);
            case float or double:
                return attribute.Float(2, Convert.ToSingle(value, null)).Varint(20, 1);
            case string text:
                return attribute.Text(4, text).Varint(20, 3);
            case HostTensor tensor:
                return attribute.Message(5, OnnxTensor.Write("", tensor, OnnxBuilder.Form.Raw)).Varint(20, 4);
            case OnnxBuilder graph:
                return attribute.Message(6, graph.GraphMessage).Varint(20, 5);
            case float[] floats:
                foreach (float item in floats) attribute.Float(7, item);
                return attribute.Varint(20, 6);
            case int[] ints:
                return Ints(attribute, ints.Select(i => (long)i).ToArray());
            case long[] longs:
                return Ints(attribute, longs);
            case string[] texts:
                foreach (string item in texts) attribute.Text(9, item);
                return attribute.Varint(20, 8);
            case HostTensor[] tensors:
                foreach (HostTensor item in tensors) attribute.Message(10, OnnxTensor.Write("", item, OnnxBuilder.Form.Raw));
                return attribute.Varint(20, 9);
            case AttributeOfFunction reference:
                return attribute.Varint(20, reference.Kind).Text(21, reference.Name);
            default:
                throw new ArgumentException($"{value.GetType().Name} is no attribute value");
        }
    }

    private static OnnxWire Ints(OnnxWire attribute, long[] values)
    {
        foreach (long item in values) attribute.Varint(8, item);
        return attribute.Varint(20, 7);
    }
}
