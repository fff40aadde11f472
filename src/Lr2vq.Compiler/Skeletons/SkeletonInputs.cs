using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Import;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Skeletons;

/// <summary>The option Constants, where the model goes to ONNX Runtime as it is: inputs that are fixed become initializers.</summary>
internal static class SkeletonInputs
{
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="choices">Inputs to fix; their names are known to be right.</param>
    /// <param name="bag">Told what is wrong with their values.</param>
    /// <returns>The model, or one that shares all of it but the lists of inputs and initializers.</returns>
    public static OnnxModel Fix(OnnxModel model, FixedInputs choices, DiagnosticBag bag)
    {
        if (choices.Constants.Count == 0) return model;
        var tensors = new List<OnnxTensor>();
        foreach (OnnxValueInfo input in model.Graph.Inputs)
        {
            if (!choices.Constants.TryGetValue(input.Name, out string? words)) continue;
            // The shape with the dimensions that are fixed.
            PlanPort port = new ModelInterface { Inputs = [input] }.ToPlan(new FixedInputs(choices.Dimensions, FixedInputs.None.Constants)).Inputs[0];
            if (FixedInput.Make(input, [.. port.Shape], words, bag) is { } given) tensors.Add(Of(input, given));
        }
        var graph = new OnnxGraph { Name = model.Graph.Name, DocString = model.Graph.DocString, Nodes = model.Graph.Nodes };
        graph.Initializers.AddRange(model.Graph.Initializers.Where(tensor => !choices.Constants.ContainsKey(tensor.Name)));
        graph.Initializers.AddRange(tensors);
        graph.Inputs.AddRange(model.Graph.Inputs);
        graph.Outputs.AddRange(model.Graph.Outputs);
        graph.ValueInfos.AddRange(model.Graph.ValueInfos);
        var copy = new OnnxModel
        {
            IrVersion = model.IrVersion, ProducerName = model.ProducerName, ProducerVersion = model.ProducerVersion, Domain = model.Domain, ModelVersion = model.ModelVersion, Graph = graph,
        };
        foreach ((string domain, int version) in model.OpsetImports) copy.OpsetImports.Add(domain, version);
        copy.Metadata.AddRange(model.Metadata);
        return copy;
    }

    /// <summary>The values in the type of the input.</summary>
    private static OnnxTensor Of(OnnxValueInfo input, FixedInput given)
    {
        byte[] bytes = (given.Exact ?? given.Value).Constant!.ToBytes();
        if (input.Type is ElementType.Float16 or ElementType.BFloat16)
        {
            ReadOnlySpan<float> singles = MemoryMarshal.Cast<byte, float>(bytes);
            var narrow = new ushort[singles.Length];
            for (int i = 0; i < narrow.Length; i++)
                narrow[i] = input.Type == ElementType.Float16 ? BitConverter.HalfToUInt16Bits((Half)singles[i]) : DenseTensor.ToBFloat16(singles[i]);
            bytes = MemoryMarshal.AsBytes(narrow.AsSpan()).ToArray();
        }
        return OnnxTensor.Of(input.Name, input.Type, Array.ConvertAll(given.Value.Constant!.Shape, d => (long)d), bytes);
    }
}
