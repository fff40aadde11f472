using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Skeletons;

/// <summary>A copy of a model in which every tensor worth compressing is an initializer of the outermost graph: those of subgraphs and of Constant
/// nodes move there, and what reads them follows.</summary>
internal sealed class SkeletonGraph
{
    /// <summary>Tensors of fewer bytes stay where they are: their entry in an artifact would cost as much, and shapes are inferred from them.</summary>
    public const int LeastBytes = 4096;

    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly List<OnnxTensor> _moved = [];

    private SkeletonGraph()
    {
    }

    /// <summary>The large tensors, in the order of the model.</summary>
    public List<OnnxTensor> Tensors { get; } = [];

    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="copy">Receives the copy; it shares the tensors.</param>
    public static SkeletonGraph Of(OnnxModel model, out OnnxModel copy)
    {
        var skeleton = new SkeletonGraph();
        skeleton.CollectNames(model.Graph);
        OnnxGraph graph = skeleton.Copy(model.Graph, new Dictionary<string, string>(StringComparer.Ordinal), isOutermost: true);
        graph.Initializers.AddRange(skeleton._moved);
        skeleton.Tensors.AddRange(graph.Initializers.Where(IsLarge));
        // Initializers were inputs too before IR 4; as such a caller could replace them.
        copy = new OnnxModel
        {
            IrVersion = Math.Max(4, model.IrVersion), ProducerName = model.ProducerName, ProducerVersion = model.ProducerVersion, Domain = model.Domain,
            ModelVersion = model.ModelVersion, Graph = graph,
        };
        foreach ((string domain, int version) in model.OpsetImports) copy.OpsetImports.Add(domain, version);
        copy.Metadata.AddRange(model.Metadata);
        return skeleton;
    }

    /// <summary>Whether the artifact takes it: no strings, and nothing that has two elements in a byte.</summary>
    private static bool IsLarge(OnnxTensor tensor) => tensor.ByteLength >= LeastBytes && !ElementTypes.IsNibble(tensor.ElementType);

    private void CollectNames(OnnxGraph graph)
    {
        HashSet<string> own = [.. graph.Initializers.Select(tensor => tensor.Name), .. graph.Inputs.Select(input => input.Name), .. graph.Nodes.SelectMany(node => node.Outputs)];
        foreach (string name in own) _names[name] = _names.GetValueOrDefault(name) + 1;
        foreach (OnnxGraph inner in graph.Nodes.SelectMany(FunctionInliner.Subgraphs)) CollectNames(inner);
    }

    /// <param name="graph">The graph.</param>
    /// <param name="outer">Tensors of the graphs around it that have other names now.</param>
    /// <param name="isOutermost">Its initializers keep their names.</param>
    private OnnxGraph Copy(OnnxGraph graph, Dictionary<string, string> outer, bool isOutermost)
    {
        var copy = new OnnxGraph { Name = graph.Name, DocString = graph.DocString };
        HashSet<string> outputs = [.. graph.Outputs.Select(output => output.Name)];
        var names = new Dictionary<string, string>(outer, StringComparer.Ordinal);
        // A name of its own hides one of the graphs around it.
        foreach (OnnxTensor tensor in graph.Initializers) names.Remove(tensor.Name);
        foreach (OnnxValueInfo input in graph.Inputs) names.Remove(input.Name);
        foreach (string output in graph.Nodes.SelectMany(node => node.Outputs)) names.Remove(output);
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            if (isOutermost || !IsLarge(tensor) || outputs.Contains(tensor.Name)) copy.Initializers.Add(tensor);
            else names[tensor.Name] = Move(tensor, tensor.Name);
        }
        HashSet<OnnxNode> gone = [];
        foreach (OnnxNode node in graph.Nodes)
        {
            if (ValueOf(node) is not { } value || !IsLarge(value) || outputs.Contains(node.Outputs[0])) continue;
            names[node.Outputs[0]] = Move(value, node.Outputs[0]);
            gone.Add(node);
        }
        foreach (OnnxNode node in graph.Nodes)
            if (!gone.Contains(node)) copy.Nodes.Add(Copy(node, names));
        HashSet<string> initialized = [.. graph.Initializers.Select(tensor => tensor.Name)];
        copy.Inputs.AddRange(graph.Inputs.Where(input => !initialized.Contains(input.Name)));
        copy.Outputs.AddRange(graph.Outputs);
        copy.ValueInfos.AddRange(graph.ValueInfos.Where(value => !names.ContainsKey(value.Name) && value.NotTensor is null));
        return copy;
    }

    /// <remarks>Dictionaries of scores are no tensors: what they are made of becomes the output, as in the compiler.</remarks>
    private OnnxNode Copy(OnnxNode node, Dictionary<string, string> names) => node is { Domain: "ai.onnx.ml", OpType: "ZipMap" }
        ? new() { Name = node.Name, OpType = "Identity", Inputs = [.. node.Inputs.Select(input => names.GetValueOrDefault(input, input))], Outputs = node.Outputs }
        : new()
    {
        Name = node.Name, OpType = node.OpType, Domain = node.Domain, Overload = node.Overload, Index = node.Index, Opset = node.Opset, Outputs = node.Outputs,
        Inputs = [.. node.Inputs.Select(input => names.GetValueOrDefault(input, input))],
        Attributes = [.. node.Attributes.Select(attribute => Copy(attribute, names))],
    };

    private OnnxAttribute Copy(OnnxAttribute attribute, Dictionary<string, string> names)
    {
        if (attribute.Graph is null && attribute.Graphs.Length == 0) return attribute;
        OnnxAttribute copy = attribute.Renamed(attribute.Name);
        copy.Graph = attribute.Graph is { } graph ? Copy(graph, names, isOutermost: false) : null;
        copy.Graphs = [.. attribute.Graphs.Select(inner => Copy(inner, names, isOutermost: false))];
        return copy;
    }

    /// <summary>Makes a tensor an initializer of the outermost graph; returns its name there.</summary>
    private string Move(OnnxTensor tensor, string name)
    {
        string unique = name;
        // A name that only one graph has stays what it is.
        for (int number = 2; _names.GetValueOrDefault(unique) > 1 || unique != name && !_names.TryAdd(unique, 1); number++)
            unique = name + "#" + number.ToString(CultureInfo.InvariantCulture);
        _moved.Add(tensor.Renamed(unique));
        return unique;
    }

    /// <summary>The tensor of a Constant node.</summary>
    private static OnnxTensor? ValueOf(OnnxNode node) =>
        node is { OpType: "Constant", Domain: "", Outputs.Count: 1 } && node.Attribute("value") is { Tensor: { } tensor } ? tensor : null;
}
