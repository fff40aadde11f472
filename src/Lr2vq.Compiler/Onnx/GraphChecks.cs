using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>What must hold for any graph before an operator is looked at: unique names, no dangling reads, known opset, tensors only.</summary>
internal static class GraphChecks
{
    public static void Check(OnnxModel model, ProblemList problems)
    {
        OnnxGraph graph = model.Graph;
        CheckOpsets(model, problems);
        CheckPorts(graph, problems);
        Dictionary<string, string> makers = Makers(graph, problems);
        foreach (OnnxNode node in graph.Nodes)
        {
            CheckAttributes(node, problems);
            foreach (string read in Reads(node))
                if (!makers.ContainsKey(read))
                    problems.Add(DiagnosticCatalogue.ValueUndefined, new DiagnosticPlace(null, node.Label, read), "Node '" + node.Label + "'", read);
        }
        foreach (OnnxValueInfo output in graph.Outputs)
            if (!makers.ContainsKey(output.Name))
                problems.Add(DiagnosticCatalogue.OutputUndefined, new DiagnosticPlace(null, null, output.Name), output.Name);
    }

    /// <summary>Values of the node's own graph that it reads, directly or inside its subgraphs.</summary>
    public static IEnumerable<string> Reads(OnnxNode node)
    {
        foreach (string input in node.Inputs)
            if (input.Length > 0) yield return input;
        if (!FunctionInliner.Subgraphs(node).Any()) yield break;
        var free = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxGraph graph in FunctionInliner.Subgraphs(node)) CollectFree(graph, free);
        foreach (string name in free) yield return name;
    }

    private static void CollectFree(OnnxGraph graph, HashSet<string> free)
    {
        var own = new HashSet<string>(StringComparer.Ordinal) { "" };
        foreach (OnnxValueInfo input in graph.Inputs) own.Add(input.Name);
        foreach (OnnxTensor initializer in graph.Initializers) own.Add(initializer.Name);
        own.UnionWith(graph.RefusedInitializers);
        foreach (OnnxNode node in graph.Nodes) own.UnionWith(node.Outputs);
        foreach (OnnxNode node in graph.Nodes)
            foreach (string read in Reads(node))
                if (!own.Contains(read)) free.Add(read);
        foreach (OnnxValueInfo output in graph.Outputs)
            if (!own.Contains(output.Name)) free.Add(output.Name);
    }

    private static void CheckOpsets(OnnxModel model, ProblemList problems)
    {
        var told = new HashSet<(string, int)>();
        foreach (OnnxNode node in model.Graph.Nodes)
        {
            if (!told.Add((node.Domain, node.Opset))) continue;
            if (node.Opset == 0 && node.Domain.Length > 0)
                problems.Add(DiagnosticCatalogue.OpsetMissing, new DiagnosticPlace(null, node.Label), "Node '" + node.Label + "'", node.Domain);
            else if (node.Domain.Length == 0 && node.Opset is < HeaderChecks.OldestOpset or > HeaderChecks.NewestOpset)
                problems.Add(DiagnosticCatalogue.OpsetUnsupported, new DiagnosticPlace(null, node.Label), node.Opset,
                    HeaderChecks.OldestOpset, HeaderChecks.NewestOpset);
        }
    }

    private static void CheckPorts(OnnxGraph graph, ProblemList problems)
    {
        CheckPorts(graph.TrueInputs(), "input", problems);
        CheckPorts(graph.Outputs, "output", problems);
    }

    private static void CheckPorts(IEnumerable<OnnxValueInfo> ports, string direction, ProblemList problems)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxValueInfo port in ports)
        {
            if (HeaderChecks.RefusePort(port, direction, names) is { } refused) problems.Add(refused.Kind, refused.Place, refused.Arguments);
        }
    }

    private static Dictionary<string, string> Makers(OnnxGraph graph, ProblemList problems)
    {
        var makers = new Dictionary<string, string>(StringComparer.Ordinal);
        var copies = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (OnnxTensor initializer in graph.Initializers)
        {
            makers[initializer.Name] = "an initializer";
            copies[initializer.Name] = copies.GetValueOrDefault(initializer.Name) + 1;
        }
        foreach ((string name, int count) in copies)
            if (count > 1) problems.Add(DiagnosticCatalogue.InitializerDuplicate, new DiagnosticPlace(null, null, name), name, count);
        foreach (string refused in graph.RefusedInitializers) makers.TryAdd(refused, "an initializer");
        foreach (OnnxValueInfo input in graph.Inputs) makers.TryAdd(input.Name, "an input");
        foreach (OnnxNode node in graph.Nodes)
        {
            foreach (string output in node.Outputs)
            {
                if (output.Length == 0 || makers.TryAdd(output, "node '" + node.Label + "'")) continue;
                problems.Add(DiagnosticCatalogue.ValueDuplicate, new DiagnosticPlace(null, node.Label, output), output, makers[output], "node '" + node.Label + "'");
            }
        }
        return makers;
    }

    private static void CheckAttributes(OnnxNode node, ProblemList problems)
    {
        string label = "Node '" + node.Label + "'";
        var place = new DiagnosticPlace(null, node.Label);
        if (node.OpType.Length == 0) problems.Add(DiagnosticCatalogue.NameMissing, place, label, "operator");
        HashSet<string>? names = null;
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            string? wrong = attribute.Name.Length == 0 ? "has no name"
                : attribute.RefAttributeName.Length > 0 ? "refers to an attribute of a function, but the node is in none"
                : attribute.Kind == OnnxAttributeKind.Tensor && attribute.Tensor is null ? "has no tensor"
                : attribute.Kind == OnnxAttributeKind.Graph && attribute.Graph is null ? "has no graph"
                : !(names ??= new(StringComparer.Ordinal)).Add(attribute.Name) ? "is there twice"
                : null;
            if (wrong is not null) problems.Add(DiagnosticCatalogue.AttributeInvalid, place, attribute.Name, label, wrong);
        }
        foreach (OnnxGraph graph in FunctionInliner.Subgraphs(node))
            foreach (OnnxNode inner in graph.Nodes) CheckAttributes(inner, problems);
    }
}
