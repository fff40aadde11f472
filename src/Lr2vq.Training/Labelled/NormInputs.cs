using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Onnx;

namespace Lr2vq.Training.Labelled;

/// <summary>Exporters write equal tensors once: all scales of a network that is new are the same ones. What is trained must not be shared.</summary>
internal static class NormInputs
{
    /// <summary>Gives each BatchNormalization tensors of its own.</summary>
    public static void Separate(OnnxModel model)
    {
        Dictionary<string, OnnxTensor> tensors = model.Graph.Initializers.GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        Dictionary<string, int> uses = model.Graph.Nodes.SelectMany(node => node.Inputs).GroupBy(name => name).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        HashSet<string> names = [.. tensors.Keys, .. uses.Keys, .. model.Graph.Nodes.SelectMany(node => node.Outputs)];
        foreach (OnnxNode node in model.Graph.Nodes)
        {
            if (node is not { OpType: "BatchNormalization", Domain: "" }) continue;
            for (int i = 1; i < node.Inputs.Count; i++)
            {
                string name = node.Inputs[i];
                if (!tensors.TryGetValue(name, out OnnxTensor? tensor) || uses[name] == 1) continue;
                string own = name;
                for (int number = 2; !names.Add(own); number++) own = name + "_" + number.ToString(CultureInfo.InvariantCulture);
                model.Graph.Initializers.Add(tensor.Renamed(own));
                node.Inputs[i] = own;
                uses[name]--;
                // Before version 4 every initializer is an input besides.
                model.IrVersion = Math.Max(model.IrVersion, 4);
            }
        }
    }
}
