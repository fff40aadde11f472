using System;
using System.Collections.Generic;

namespace Lr2vq.Onnx;

/// <summary>A local function of a model.</summary>
internal sealed class OnnxFunction
{
    public string Name { get; set; } = "";
    public string Domain { get; set; } = "";
    public string Overload { get; set; } = "";
    public List<string> Inputs { get; } = [];
    public List<string> Outputs { get; } = [];

    /// <summary>Names of attributes that a caller may give and that have no default.</summary>
    public List<string> AttributeNames { get; } = [];

    /// <summary>Attributes with defaults.</summary>
    public List<OnnxAttribute> AttributeDefaults { get; } = [];
    public List<OnnxNode> Nodes { get; } = [];
    public Dictionary<string, int> OpsetImports { get; } = new(StringComparer.Ordinal);

    /// <summary>Domain, name and overload: what a node names it by.</summary>
    public (string Domain, string Name, string Overload) Key => (Domain, Name, Overload);
}
