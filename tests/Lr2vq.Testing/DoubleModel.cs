using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Lr2vq.Testing;

/// <summary>A model with f64 in the place of f32: where two programs round differently, it says which is nearer to the truth.</summary>
internal static class DoubleModel
{
    private const int GraphOfModel = 7, NodeOfGraph = 1, InitializerOfGraph = 5, AttributeOfNode = 5, NumberOfAttribute = 3, TensorOfAttribute = 5, GraphOfAttribute = 6;
    /// <summary>Inputs, outputs and values between, in a graph.</summary>
    private static readonly int[] s_values = [11, 12, 13];

    /// <param name="model">Bytes of an .onnx file without external data.</param>
    public static byte[] Of(byte[] model) => WireMessage.Parse(model).Replace(GraphOfModel, Graph).ToArray();

    /// <summary>A value for such a model.</summary>
    public static HostTensor Of(HostTensor value) => value.Type == ElementType.Float32 ? HostTensor.Of(value.ToDoubles(), value.Shape) : value;

    private static WireMessage Graph(WireMessage graph)
    {
        graph = graph.Replace(NodeOfGraph, Node).Replace(InitializerOfGraph, Tensor);
        // A type of a value: type, tensor type, element type.
        foreach (int field in s_values) graph = graph.Replace(field, value => value.Replace(2, type => type.Replace(1, tensor => With(tensor, 1))));
        return graph;
    }

    private static WireMessage Node(WireMessage node)
    {
        bool casts = node.Text(4) is "Cast" or "EyeLike" or "RandomNormalLike";
        return node.Replace(AttributeOfNode, attribute =>
        {
            attribute = attribute.Replace(GraphOfAttribute, Graph).Replace(TensorOfAttribute, Tensor);
            return casts && attribute.Text(1) is "to" or "dtype" ? With(attribute, NumberOfAttribute) : attribute;
        });
    }

    private static WireMessage Tensor(WireMessage tensor)
    {
        if (OnnxTensor.Read(tensor.ToArray()) is not { Type: ElementType.Float32 } value) return tensor;
        return WireMessage.Parse(OnnxTensor.Write(tensor.Text(8), Of(value), OnnxBuilder.Form.Raw).ToArray());
    }

    /// <summary>f64 where a field says f32.</summary>
    private static WireMessage With(WireMessage message, int field)
    {
        if (message.Number(field) != (long)ElementType.Float32) return message;
        byte[] changed = [.. new OnnxWire().Varint(field, (long)ElementType.Float64).ToArray(), .. message.Without(field).ToArray()];
        return WireMessage.Parse(changed);
    }
}
