using System;
using Lr2vq.Graphs;

namespace Lr2vq.Import;

/// <summary>The activation that a fused operator names.</summary>
internal static class FusedActivation
{
    /// <summary>Activation of a value; the value itself if the node names none.</summary>
    /// <param name="node">Has the attribute activation.</param>
    /// <param name="x">What is activated.</param>
    /// <param name="parameter">Its parameters, by ONNX's name, place and default.</param>
    public static Value Of(NodeContext node, Value x, Func<string, int, float, float> parameter)
    {
        string name = node.Text("activation", "");
        AttributeList attributes = new();
        switch (name)
        {
            case "":
                return x;
            case "Relu" or "Sigmoid" or "Tanh" or "Softplus" or "Softsign":
                break;
            case "LeakyRelu":
                attributes.Add("alpha", parameter("alpha", 0, 0.01f), 0.01f);
                break;
            case "Elu" or "ThresholdedRelu":
                attributes.Add("alpha", parameter("alpha", 0, 1f), 1f);
                break;
            case "HardSigmoid":
                attributes.Add("alpha", parameter("alpha", 0, 0.2f), 0.2f).Add("beta", parameter("beta", 1, 0.5f), 0.5f);
                break;
            case "Selu":
                attributes.Add("alpha", parameter("alpha", 0, 1.67326319f), 1.67326319f).Add("gamma", parameter("gamma", 1, 1.05070102f), 1.05070102f);
                break;
            case "Clip":
                attributes.Add("min", parameter("min", 0, float.MinValue)).Add("max", parameter("max", 1, float.MaxValue));
                break;
            default:
                throw node.Unsupported($"the activation '{name}'");
        }
        return node.Builder.Unary(name, x, attributes, node.OutputName());
    }
}
