using System.Collections.Generic;

namespace Lr2vq.Onnx;

/// <summary>A graph: the model's, or a subgraph of a control-flow node.</summary>
internal sealed class OnnxGraph
{
    public string Name { get; set; } = "";
    public string DocString { get; set; } = "";
    public List<OnnxNode> Nodes { get; set; } = [];
    public List<OnnxTensor> Initializers { get; } = [];

    /// <summary>Initializers that are there but of no use, which the problem list says.</summary>
    public List<string> RefusedInitializers { get; } = [];

    /// <summary>Inputs as the file lists them: those of IR 3 and older list initializers too, see <see cref="TrueInputs"/>.</summary>
    public List<OnnxValueInfo> Inputs { get; } = [];
    public List<OnnxValueInfo> Outputs { get; } = [];

    /// <summary>Types and shapes that the exporter wrote down for inner values. A hint, never trusted.</summary>
    public List<OnnxValueInfo> ValueInfos { get; } = [];

    /// <summary>Inputs that a caller must give: those that no initializer has a default for.</summary>
    public IEnumerable<OnnxValueInfo> TrueInputs()
    {
        HashSet<string> initialized = [];
        foreach (OnnxTensor tensor in Initializers) initialized.Add(tensor.Name);
        initialized.UnionWith(RefusedInitializers);
        foreach (OnnxValueInfo input in Inputs)
            if (!initialized.Contains(input.Name)) yield return input;
    }
}
