using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Lr2vq.Artifacts;

namespace Lr2vq.Onnx;

/// <summary>Places tensors outside of a model while it is written.</summary>
internal interface IExternalTensors
{
    /// <summary>Writes where the values of a tensor are; false leaves them in the model.</summary>
    bool TryPlace(OnnxTensor tensor, WireWriter wire);
}

/// <summary>Writes models. Payloads are streamed; a model above protobuf's limit of 2 GB gets its weights in a file beside it.</summary>
/// <remarks>The same model gives the same bytes. Local functions and sparse tensors are not written: opened models have neither.</remarks>
internal static class OnnxWriter
{
    /// <summary>Tensors of fewer bytes stay in the model file even if the others do not.</summary>
    public const int SmallestExternal = 1024;

    /// <summary>What the file of external weights has behind the model's name.</summary>
    public const string WeightsSuffix = ".data";

    private const int Alignment = 4096;
    private const long ProtobufLimit = int.MaxValue;

    /// <summary>Writes to temporary files and renames them, so that a failure leaves nothing behind.</summary>
    /// <param name="external">Weights go to <c>PATH.data</c>, however large the model is.</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Write(OnnxModel model, string path, bool external = false, CancellationToken cancellation = default) =>
        Write(layout => Model(model, layout), path, external, cancellation);

    /// <summary>Writes a message, which is composed again where tensors go to a file beside it.</summary>
    internal static void Write(Func<IExternalTensors?, WireWriter> compose, string path, bool external, CancellationToken cancellation)
    {
        WireWriter message = compose(null);
        if (!external && message.Length <= ProtobufLimit)
        {
            Replace(path, stream => message.WriteTo(stream, cancellation));
            return;
        }
        var data = new ExternalLayout(Path.GetFileName(path) + WeightsSuffix);
        message = compose(data);
        Replace(path + WeightsSuffix, stream => data.WriteTo(stream, cancellation));
        Replace(path, stream => message.WriteTo(stream, cancellation));
    }

    /// <summary>Writes to a stream, everything in one message but what is placed elsewhere.</summary>
    public static void Write(OnnxModel model, Stream stream, IExternalTensors? external = null) => Model(model, external).WriteTo(stream);

    private static void Replace(string path, Action<Stream> write)
    {
        using var temporary = new TemporaryFile(path);
        using (FileStream stream = temporary.Create()) write(stream);
        temporary.Keep();
    }

    private static WireWriter Model(OnnxModel model, IExternalTensors? external)
    {
        var wire = new WireWriter();
        wire.Varint(1, model.IrVersion);
        wire.Text(2, model.ProducerName);
        wire.Text(3, model.ProducerVersion);
        wire.Text(4, model.Domain);
        if (model.ModelVersion != 0) wire.Varint(5, model.ModelVersion);
        wire.Text(6, model.DocString);
        wire.Message(7, Graph(model.Graph, external));
        foreach ((string domain, int version) in model.OpsetImports)
        {
            var opset = new WireWriter();
            opset.Text(1, domain);
            opset.Varint(2, version);
            wire.Message(8, opset);
        }
        foreach ((string key, string value) in model.Metadata)
        {
            var entry = new WireWriter();
            entry.Text(1, key);
            entry.Text(2, value);
            wire.Message(14, entry);
        }
        return wire;
    }

    private static WireWriter Graph(OnnxGraph graph, IExternalTensors? external)
    {
        var wire = new WireWriter();
        foreach (OnnxNode node in graph.Nodes) wire.Message(1, Node(node, external));
        wire.Text(2, graph.Name.Length > 0 ? graph.Name : "graph");
        foreach (OnnxTensor tensor in graph.Initializers) wire.Message(5, Tensor(tensor, external));
        wire.Text(10, graph.DocString);
        foreach (OnnxValueInfo input in graph.Inputs) wire.Message(11, ValueInfo(input));
        foreach (OnnxValueInfo output in graph.Outputs) wire.Message(12, ValueInfo(output));
        foreach (OnnxValueInfo value in graph.ValueInfos) wire.Message(13, ValueInfo(value));
        return wire;
    }

    private static WireWriter Node(OnnxNode node, IExternalTensors? external)
    {
        var wire = new WireWriter();
        foreach (string input in node.Inputs) wire.Bytes(1, System.Text.Encoding.UTF8.GetBytes(input));
        foreach (string output in node.Outputs) wire.Bytes(2, System.Text.Encoding.UTF8.GetBytes(output));
        wire.Text(3, node.Name);
        wire.Text(4, node.OpType);
        foreach (OnnxAttribute attribute in node.Attributes) wire.Message(5, Attribute(attribute, external));
        wire.Text(7, node.Domain);
        wire.Text(8, node.Overload);
        return wire;
    }

    private static WireWriter Attribute(OnnxAttribute attribute, IExternalTensors? external)
    {
        var wire = new WireWriter();
        wire.Text(1, attribute.Name);
        switch (attribute.Kind)
        {
            case OnnxAttributeKind.Float: wire.Float(2, attribute.Float); break;
            case OnnxAttributeKind.Int: wire.Varint(3, attribute.Int); break;
            case OnnxAttributeKind.String: wire.Bytes(4, attribute.Bytes); break;
            case OnnxAttributeKind.Tensor: wire.Message(5, Tensor(attribute.Tensor!, external)); break;
            case OnnxAttributeKind.Graph: wire.Message(6, Graph(attribute.Graph!, external)); break;
            case OnnxAttributeKind.Floats: wire.PackedFloats(7, attribute.Floats); break;
            case OnnxAttributeKind.Ints: wire.PackedInts(8, attribute.Ints); break;
        }
        foreach (byte[] text in attribute.ByteStrings) wire.Bytes(9, text);
        foreach (OnnxTensor tensor in attribute.Tensors) wire.Message(10, Tensor(tensor, external));
        foreach (OnnxGraph graph in attribute.Graphs) wire.Message(11, Graph(graph, external));
        wire.Varint(20, (int)attribute.Kind);
        return wire;
    }

    internal static WireWriter Tensor(OnnxTensor tensor, IExternalTensors? external)
    {
        var wire = new WireWriter();
        foreach (long dimension in tensor.Dims) wire.Varint(1, dimension);
        wire.Varint(2, tensor.DataType);
        wire.Text(8, tensor.Name);
        if (tensor.ElementType == ElementType.String)
        {
            foreach (byte[] text in tensor.Strings) wire.Bytes(6, text);
        }
        else if (external is null || !external.TryPlace(tensor, wire)) wire.Payload(9, tensor);
        return wire;
    }

    private static WireWriter ValueInfo(OnnxValueInfo value)
    {
        var wire = new WireWriter();
        wire.Text(1, value.Name);
        if (value.NotTensor is null && value.Type != ElementType.Undefined)
        {
            var tensor = new WireWriter();
            tensor.Varint(1, (int)value.Type);
            if (value.Dims is not null)
            {
                var shape = new WireWriter();
                foreach (OnnxDimension dimension in value.Dims)
                {
                    var written = new WireWriter();
                    if (dimension.IsNumber) written.Varint(1, dimension.Number);
                    else if (dimension.Symbol is not null) written.Text(2, dimension.Symbol);
                    shape.Message(1, written);
                }
                tensor.Message(2, shape);
            }
            var type = new WireWriter();
            type.Message(1, tensor);
            wire.Message(2, type);
        }
        wire.Text(3, value.DocString);
        return wire;
    }

    /// <summary>Says in a TensorProto where its values are.</summary>
    public static void Refer(WireWriter wire, string location, long offset, long length)
    {
        Entry("location", location);
        Entry("offset", offset.ToString(CultureInfo.InvariantCulture));
        Entry("length", length.ToString(CultureInfo.InvariantCulture));
        wire.Varint(14, 1);

        void Entry(string key, string value)
        {
            var entry = new WireWriter();
            entry.Text(1, key);
            entry.Text(2, value);
            wire.Message(13, entry);
        }
    }

    /// <summary>Where tensors lie in the external file: in the order of the model, aligned so that they can be mapped.</summary>
    private sealed class ExternalLayout(string location) : IExternalTensors
    {
        private readonly List<(OnnxTensor Tensor, long Offset)> _tensors = [];
        private long _length;

        public bool TryPlace(OnnxTensor tensor, WireWriter wire)
        {
            if (tensor.StoredBytes < SmallestExternal) return false;
            long offset = checked((_length + Alignment - 1) / Alignment * Alignment);
            _tensors.Add((tensor, offset));
            _length = checked(offset + tensor.StoredBytes);
            Refer(wire, location, offset, tensor.StoredBytes);
            return true;
        }

        public void WriteTo(Stream stream, CancellationToken cancellation)
        {
            foreach ((OnnxTensor tensor, long offset) in _tensors)
            {
                stream.Write(new byte[offset - stream.Position]);
                WireWriter.WritePayload(tensor, stream, cancellation);
            }
        }
    }
}
