using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Options;
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

    /// <summary>Inputs for which the model has values of its own: no caller gives them, but they can be fixed otherwise.</summary>
    public IReadOnlyList<OnnxValueInfo> DefaultedInputs { get; internal set; } = Array.Empty<OnnxValueInfo>();

    /// <summary>Whether an input that has a value in the model can get another one.</summary>
    public static bool CanBeFixed(OnnxValueInfo input) => input is { NotTensor: null, Dims: not null } && input.Dims.All(d => !d.IsNumber || d.Number >= 0 && d.Number <= int.MaxValue);

    /// <summary>Name of a model from that of its graph.</summary>
    public static string NameOf(string graphName) => graphName.Length > 0 ? graphName : "model";

    /// <summary>The Interface as a Plan without weights and steps. Values are v0, v1, … (inputs, then outputs); an output whose shape
    /// the file does not give has the shape [].</summary>
    /// <param name="choices">What the user fixed; may be null. A fixed input is none of the Interface.</param>
    /// <param name="withDefaults">Whether the inputs with a value in the model are there too, behind the others.</param>
    public Plan ToPlan(FixedInputs? choices = null, bool withDefaults = false)
    {
        choices ??= FixedInputs.None;
        var symbols = new SymbolTable();
        var inputs = new List<PlanPort>();
        var outputs = new List<PlanPort>();
        foreach (OnnxValueInfo input in Inputs)
        {
            // Its symbols count all the same: those without a name are numbered.
            PlanPort port = Port(input, inputs.Count);
            if (!choices.Constants.ContainsKey(input.Name)) inputs.Add(port);
        }
        foreach (OnnxValueInfo output in Outputs) outputs.Add(Port(output, inputs.Count + outputs.Count));
        if (withDefaults) inputs.AddRange(DefaultedInputs.Where(CanBeFixed).Select(input => Port(input, 0)));
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (Dimension dimension in inputs.Concat(outputs).SelectMany(port => port.Shape)) dimension.CollectSymbols(used);
        PlanSymbol[] left = symbols.Symbols.Where(symbol => used.Contains(symbol.Identifier)).ToArray();
        return new Plan(Name, "", Opset, left, inputs, outputs, Array.Empty<PlanWeight>(), Array.Empty<PlanStep>());

        PlanPort Port(OnnxValueInfo port, int index)
        {
            var shape = new List<Dimension>();
            foreach (OnnxDimension dimension in port.Dims ?? Array.Empty<OnnxDimension>())
            {
                if (dimension.IsNumber) shape.Add(Lr2vq.Plans.Dimension.Of(dimension.Number));
                else
                {
                    Dimension symbol = dimension.Symbol is null ? symbols.Unknown() : symbols.Named(dimension.Symbol);
                    string? key = choices.KeyOf(new PlanSymbol(symbol.ToString(), dimension.Symbol ?? ""));
                    shape.Add(key is null ? symbol : Lr2vq.Plans.Dimension.Of(choices.Dimensions[key]));
                }
            }
            // Without a type in the file: float, as nearly all outputs are.
            ElementType type = port.Type == ElementType.Undefined ? ElementType.Float32 : port.Type;
            return new PlanPort("v" + index.ToString(CultureInfo.InvariantCulture), port.Name, type, shape);
        }
    }
}
