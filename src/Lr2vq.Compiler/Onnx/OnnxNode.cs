using System.Collections.Generic;

namespace Lr2vq.Onnx;

/// <summary>One use of an operator.</summary>
internal sealed class OnnxNode
{
    /// <summary>The node's name; may be empty, see <see cref="Label"/>.</summary>
    public string Name { get; set; } = "";
    public string OpType { get; set; } = "";

    /// <summary>Empty for the ONNX operators (never <c>ai.onnx</c>).</summary>
    public string Domain { get; set; } = "";
    public string Overload { get; set; } = "";

    /// <summary>Value names; empty for an optional input that is absent.</summary>
    public List<string> Inputs { get; set; } = [];

    /// <summary>Value names; empty for an optional output that nobody wants.</summary>
    public List<string> Outputs { get; set; } = [];
    public List<OnnxAttribute> Attributes { get; set; } = [];

    /// <summary>Place in the file, or in the inlined function's body.</summary>
    public int Index { get; set; }

    /// <summary>Version of the node's domain; differs from the model's inside an inlined function that imports another. 0 if not imported.</summary>
    public int Opset { get; set; }

    /// <summary>What diagnostics call the node.</summary>
    public string Label => Name.Length > 0 ? Name : OpType + " #" + Index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public OnnxAttribute? Attribute(string name)
    {
        foreach (OnnxAttribute attribute in Attributes)
            if (attribute.Name == name) return attribute;
        return null;
    }
}
