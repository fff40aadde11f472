using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Onnx;
using NodeAttribute = Lr2vq.Onnx.OnnxAttribute;

namespace Lr2vq.Testing;

/// <summary>The form with operators of integers.</summary>
internal sealed partial class QuantizedModel
{
    private const string Microsoft = "com.microsoft";

    private void ToOperators(Dictionary<string, (float Low, float High)> ranges)
    {
        OnnxGraph graph = _model.Graph;
        _model.OpsetImports[Microsoft] = 1;
        var readers = graph.Nodes.SelectMany(n => n.Inputs.Select(i => (Input: i, Reader: n))).ToLookup(r => r.Input, r => r.Reader);
        var outputs = graph.Outputs.Select(o => o.Name).ToHashSet();
        var joinedRelus = new HashSet<OnnxNode>();
        foreach (OnnxValueInfo input in graph.TrueInputs())
        {
            Know(input.Name, Parameters(ranges[input.Name]));
            Add("QuantizeLinear", Quantized(input.Name), input.Name + ".u8");
            _nodes[^1].Inputs[0] = input.Name;
        }
        foreach (OnnxNode node in graph.Nodes.Where(node => !joinedRelus.Contains(node)))
        {
            string source = node.Inputs[0], result = node.Outputs[0];
            // The zero point of u8 is the Relu.
            if (readers[result].ToArray() is [var relu] && s_limits.Contains(relu.OpType))
            {
                joinedRelus.Add(relu);
                result = relu.Outputs[0];
            }
            bool keeps = node.OpType is "MaxPool" or "Flatten" or "Reshape" or "Slice" or "Pad";
            bool isOutput = outputs.Contains(result), isFloat = isOutput && !_form.QuantizedOutputs;
            if (!isFloat) Know(result, keeps ? _parameters[source] : Parameters(ranges[result]));
            List<string> after = isFloat ? [] : [result + ".scale", result + ".zero"];
            switch (node.OpType)
            {
                case "Conv":
                    (string weight, string? bias) = Integers(node, _parameters[source].Scale);
                    Integer("QLinearConv", "", [.. Quantized(source), weight, weight + ".scale", weight + ".zero", .. after, .. bias is null ? Array.Empty<string>() : [bias]], result, node);
                    break;
                case "Gemm":
                    (weight, bias) = Integers(node, _parameters[source].Scale);
                    node.Attributes.RemoveAll(attribute => attribute.Name == "beta");
                    Integer("QGemm", Microsoft, [.. Quantized(source), weight, weight + ".scale", weight + ".zero", bias ?? "", .. after], result, node);
                    if (after.Count == 0) _nodes[^1].Outputs = [result];
                    break;
                case "Add":
                    Integer("QLinearAdd", Microsoft, [.. Quantized(source), .. Quantized(node.Inputs[1]), .. after], result, node);
                    break;
                case "GlobalAveragePool":
                    Integer("QLinearGlobalAveragePool", Microsoft, [.. Quantized(source), .. after], result, node);
                    _nodes[^1].Attributes.Add(NodeAttribute.Of("channels_last", 0L));
                    break;
                case "Pad":
                    Integer("Pad", "", [source + ".u8", node.Inputs[1], source + ".zero"], result, node);
                    break;
                case var op when keeps:
                    Integer(op, "", [source + ".u8", .. node.Inputs.Skip(1)], result, node);
                    break;
                default:
                    throw new NotSupportedException($"{node.OpType} has no form of integers here");
            }
            if (isOutput && !isFloat) Add("DequantizeLinear", Quantized(result), result);
        }
    }

    /// <summary>An activation as operands.</summary>
    private static List<string> Quantized(string name) => [name + ".u8", name + ".scale", name + ".zero"];

    private void Integer(string op, string domain, List<string> inputs, string result, OnnxNode node) =>
        _nodes.Add(new OnnxNode { Name = result + "/" + op, OpType = op, Domain = domain, Inputs = inputs, Outputs = [result + ".u8"], Attributes = [.. node.Attributes] });
}
