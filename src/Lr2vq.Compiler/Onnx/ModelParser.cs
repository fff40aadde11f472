using System;
using System.Collections.Generic;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>ModelProto → <see cref="OnnxModel"/>. Damage ends it with a <see cref="WireException"/>;
/// what is wrong with single tensors goes to the bag, and reading goes on.</summary>
/// <remarks>Fields follow onnx.proto; unknown fields are skipped, the last of a repeated singular field wins.</remarks>
internal sealed class ModelParser(WireReader wire, TensorParser tensors, OnnxModel model)
{
    /// <summary>No network has more; a damaged or hostile file may claim them.</summary>
    public const int MaxNodes = 300_000;

    private int _nodes;

    /// <summary>Which parts the file has; a file that is no ONNX model often parses as an empty one.</summary>
    public bool HasGraph { get; private set; }

    public void Parse()
    {
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: model.IrVersion = wire.Int64(); break;
                case 2: model.ProducerName = wire.LongText(); break;
                case 3: model.ProducerVersion = wire.LongText(); break;
                case 4: model.Domain = wire.LongText(); break;
                case 5: model.ModelVersion = wire.Int64(); break;
                case 6: model.DocString = wire.LongText(); break;
                case 7:
                    HasGraph = true;
                    model.Graph = Graph();
                    break;
                case 8: HeaderParser.OpsetImport(wire, model.OpsetImports); break;
                case 14: Metadata(); break;
                case 25: model.Functions.Add(Function()); break;
                default: wire.Skip(); break;
            }
        }
    }

    private void Metadata()
    {
        string key = "", value = "";
        long outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field == 1) key = wire.LongText();
            else if (wire.Field == 2) value = wire.LongText();
            else wire.Skip();
        }
        wire.Leave(outer);
        model.Metadata.Add(new(key, value));
    }

    private OnnxFunction Function()
    {
        var function = new OnnxFunction();
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: function.Name = wire.Text(); break;
                case 4: function.Inputs.Add(wire.Text()); break;
                case 5: function.Outputs.Add(wire.Text()); break;
                case 6: function.AttributeNames.Add(wire.Text()); break;
                case 7: function.Nodes.Add(Node(function.Nodes.Count)); break;
                case 9: HeaderParser.OpsetImport(wire, function.OpsetImports); break;
                case 10: function.Domain = HeaderParser.Domain(wire.Text()); break;
                case 11: function.AttributeDefaults.Add(Attribute("function " + function.Name)); break;
                case 13: function.Overload = wire.Text(); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        return function;
    }

    private OnnxGraph Graph()
    {
        var graph = new OnnxGraph();
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: graph.Nodes.Add(Node(graph.Nodes.Count)); break;
                case 2: graph.Name = wire.LongText(); break;
                case 5:
                    if (tensors.Parse(wire, null) is { } initializer) graph.Initializers.Add(initializer);
                    else if (tensors.Refused.Length > 0) graph.RefusedInitializers.Add(tensors.Refused);
                    break;
                case 10: graph.DocString = wire.LongText(); break;
                case 11: graph.Inputs.Add(HeaderParser.ValueInfo(wire)); break;
                case 12: graph.Outputs.Add(HeaderParser.ValueInfo(wire)); break;
                case 13: graph.ValueInfos.Add(HeaderParser.ValueInfo(wire)); break;
                case 15:
                    tensors.RefuseSparse(wire);
                    graph.RefusedInitializers.Add(tensors.Refused);
                    break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        return graph;
    }

    private OnnxNode Node(int index)
    {
        if (++_nodes > MaxNodes) throw wire.Wrong($"more than {MaxNodes} nodes");
        var node = new OnnxNode { Index = index };
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: node.Inputs.Add(wire.Text()); break;
                case 2: node.Outputs.Add(wire.Text()); break;
                case 3: node.Name = wire.Text(); break;
                case 4: node.OpType = wire.Text(); break;
                case 5: node.Attributes.Add(Attribute(node.Label)); break;
                case 7: node.Domain = HeaderParser.Domain(wire.Text()); break;
                case 8: node.Overload = wire.Text(); break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        return node;
    }

    private OnnxAttribute Attribute(string owner)
    {
        var attribute = new OnnxAttribute();
        OnnxAttributeKind seen = OnnxAttributeKind.Undefined;
        List<float>? floats = null;
        List<long>? ints = null;
        List<byte[]>? strings = null;
        List<OnnxTensor>? several = null;
        List<OnnxGraph>? graphs = null;
        long outer = wire.Enter();
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: attribute.Name = wire.Text(); break;
                case 2: (attribute.Float, seen) = (wire.Float(), OnnxAttributeKind.Float); break;
                case 3: (attribute.Int, seen) = (wire.Int64(), OnnxAttributeKind.Int); break;
                case 4: (attribute.Bytes, seen) = (wire.Bytes(1 << 26), OnnxAttributeKind.String); break;
                case 5: (attribute.Tensor, seen) = (tensors.Parse(wire, owner), OnnxAttributeKind.Tensor); break;
                case 6: (attribute.Graph, seen) = (Graph(), OnnxAttributeKind.Graph); break;
                case 7: wire.Floats(floats ??= []); seen = OnnxAttributeKind.Floats; break;
                case 8: wire.Int64s(ints ??= []); seen = OnnxAttributeKind.Ints; break;
                case 9: (strings ??= []).Add(wire.Bytes(1 << 26)); seen = OnnxAttributeKind.Strings; break;
                case 10:
                    if (tensors.Parse(wire, owner) is { } tensor) (several ??= []).Add(tensor);
                    seen = OnnxAttributeKind.Tensors;
                    break;
                case 11: (graphs ??= []).Add(Graph()); seen = OnnxAttributeKind.Graphs; break;
                case 20: attribute.Kind = (OnnxAttributeKind)Math.Clamp(wire.Int64(), 0, 15); break;
                case 21: attribute.RefAttributeName = wire.Text(); break;
                case 22 or 23:
                    tensors.RefuseSparse(wire);
                    seen = OnnxAttributeKind.SparseTensor;
                    break;
                default: wire.Skip(); break;
            }
        }
        wire.Leave(outer);
        // Old exporters leave the type out; then the field that is there says it.
        if (attribute.Kind == OnnxAttributeKind.Undefined) attribute.Kind = seen;
        attribute.Floats = floats?.ToArray() ?? [];
        attribute.Ints = ints?.ToArray() ?? [];
        attribute.ByteStrings = strings?.ToArray() ?? [];
        attribute.Tensors = several?.ToArray() ?? [];
        attribute.Graphs = graphs?.ToArray() ?? [];
        return attribute;
    }
}
