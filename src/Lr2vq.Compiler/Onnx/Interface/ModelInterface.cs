using System;
using System.Collections.Generic;
using System.Globalization;
using Lr2vq.Plans;

namespace Lr2vq.Onnx;

/// <summary>What a caller of a model must know: the header, the inputs that have no initializer, the outputs.</summary>
internal sealed class ModelInterface
{
    public string ProducerName { get; internal set; } = "";
    public string ProducerVersion { get; internal set; } = "";
    public string GraphName { get; internal set; } = "";

    /// <summary>What the model calls itself; not the file's name, which may change.</summary>
    public string Name => NameOf(GraphName);
    public string DocString { get; internal set; } = "";

    /// <summary>Version of the ONNX operators; 0 if the model uses other domains only.</summary>
    public int Opset { get; internal set; }

    public IReadOnlyList<OnnxValueInfo> Inputs { get; internal set; } = Array.Empty<OnnxValueInfo>();
    public IReadOnlyList<OnnxValueInfo> Outputs { get; internal set; } = Array.Empty<OnnxValueInfo>();

    /// <summary>Name of a model from that of its graph.</summary>
    public static string NameOf(string graphName) => graphName.Length > 0 ? graphName : "model";

    /// <summary>The Interface as a Plan without weights and steps. Values are v0, v1, … (inputs, then outputs); an output whose shape
    /// the file does not give has the shape [].</summary>
    /// <param name="dimensions">Symbolic dimensions that the user fixed, by the model's name of them; may be null.</param>
    public Plan ToPlan(IReadOnlyDictionary<string, long>? dimensions = null)
    {
        var symbols = new SymbolTable();
        var inputs = new List<PlanPort>();
        var outputs = new List<PlanPort>();
        foreach (OnnxValueInfo input in Inputs) inputs.Add(Port(input, inputs.Count));
        foreach (OnnxValueInfo output in Outputs) outputs.Add(Port(output, inputs.Count + outputs.Count));
        return new Plan(Name, "", Opset, symbols.Symbols, inputs, outputs, Array.Empty<PlanWeight>(), Array.Empty<PlanStep>());

        PlanPort Port(OnnxValueInfo port, int index)
        {
            var shape = new List<Dimension>();
            foreach (OnnxDimension dimension in port.Dims ?? Array.Empty<OnnxDimension>())
            {
                if (dimension.IsNumber) shape.Add(Lr2vq.Plans.Dimension.Of(dimension.Number));
                else if (dimension.Symbol is null) shape.Add(symbols.Unknown());
                else if (dimensions is not null && dimensions.TryGetValue(dimension.Symbol, out long known)) shape.Add(Lr2vq.Plans.Dimension.Of(known));
                else shape.Add(symbols.Named(dimension.Symbol));
            }
            // Without a type in the file: float, as nearly all outputs are.
            ElementType type = port.Type == ElementType.Undefined ? ElementType.Float32 : port.Type;
            return new PlanPort("v" + index.ToString(CultureInfo.InvariantCulture), port.Name, type, shape);
        }
    }
}
