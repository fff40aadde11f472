using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Planning;
using Lr2vq.Plans;

namespace Lr2vq.Skeletons;

/// <summary>The skeleton of a network that the compiler does not take: the model as it is. Its Plan is one step, which ONNX Runtime computes.</summary>
internal static class SkeletonOfModel
{
    /// <param name="model">The model; it stays open as long as the weights are read.</param>
    /// <param name="name">Name of the network.</param>
    /// <param name="file">The file, for diagnostics.</param>
    /// <param name="choices">Dimensions and inputs to fix.</param>
    /// <param name="bag">Receives what an artifact cannot carry.</param>
    /// <returns>Null if the bag got an error.</returns>
    public static SkeletonBuild? Make(OnnxModel model, string name, string? file, FixedInputs choices, DiagnosticBag bag)
    {
        Check(model, model.Graph, file, bag);
        OnnxModel fixedModel = SkeletonInputs.Fix(model, choices, bag);
        if (bag.HasErrors) return null;
        SkeletonGraph graph = SkeletonGraph.Of(fixedModel, out OnnxModel copy);
        var readers = WeightUse.Readers(copy.Graph);
        var weights = new List<PlanWeight>();
        var constants = new List<ConstantTensor>();
        foreach (OnnxTensor tensor in graph.Tensors)
        {
            WeightUse use = WeightUse.Of(tensor, readers);
            ConstantTensor constant = OnnxConstant.Exact(tensor)?.Constant ?? new OnnxConstant(tensor);
            weights.Add(new PlanWeight("w" + weights.Count.ToString(CultureInfo.InvariantCulture), tensor.Name, constant.Type, use.Shape, use.Role, use.Groups));
            constants.Add(use.Shape.Length == constant.Shape.Length ? constant : new ReshapedConstant(constant, use.Shape));
        }
        var network = new PlannedNetwork(PlanOf(model, name, choices, weights), constants);
        SkeletonBuild build = SkeletonBuild.Of(network, copy, graph.Tensors);
        // The graph is part of the structure, which a generated class asks for.
        string hash = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(PlanText.Write(network.Plan with { ModelName = "" })), .. build.Section]));
        return build with { Network = network with { Plan = network.Plan with { StructureHash = hash } } };
    }

    private static Plan PlanOf(OnnxModel model, string name, FixedInputs choices, IReadOnlyList<PlanWeight> weights)
    {
        OnnxValueInfo[] outputs = [.. model.Graph.Outputs];
        Plan ports = new ModelInterface { Opset = model.Opset, Inputs = [.. model.Graph.TrueInputs()], Outputs = outputs }.ToPlan(choices);
        string shapeless = string.Join(',', Enumerable.Range(0, outputs.Length).Where(i => outputs[i].Dims is null));
        var attributes = new StepAttributes(shapeless.Length > 0 ? [new(ArtifactSkeleton.Shapeless, shapeless)] : []);
        var step = new PlanStep(1, name, ArtifactSkeleton.Operator, [.. ports.Inputs.Select(input => input.Value)],
            [.. ports.Outputs.Select(output => new PlanResult(output.Value, output.Type, output.Shape, TensorLayout.Plain))], attributes);
        return ports with { ModelName = name, Weights = weights, Steps = [step] };
    }

    private static void Check(OnnxModel model, OnnxGraph graph, string? file, DiagnosticBag bag)
    {
        foreach (OnnxNode node in graph.Nodes)
        {
            foreach (OnnxAttribute attribute in node.Attributes)
                if (attribute.Kind is OnnxAttributeKind.SparseTensor or OnnxAttributeKind.SparseTensors or OnnxAttributeKind.TypeProto or OnnxAttributeKind.TypeProtos)
                    Refuse(node, $"the attribute '{attribute.Name}', which is a type or a sparse tensor");
            if (node.Opset != 0 && model.OpsetImports.TryGetValue(node.Domain, out int version) && version != node.Opset)
                Refuse(node, $"opset {node.Opset} from a local function, where the model has {version}");
            foreach (OnnxGraph inner in FunctionInliner.Subgraphs(node)) Check(model, inner, file, bag);
        }

        void Refuse(OnnxNode node, string what) => bag.Add(DiagnosticCatalogue.NotCarried.At(new DiagnosticPlace(file, node.Label), node.Label, node.OpType, what));
    }
}
