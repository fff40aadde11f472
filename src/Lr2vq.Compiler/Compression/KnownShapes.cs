using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>The shapes of a Plan's values for given lengths of its symbols; what depends on others is not known.</summary>
internal sealed class KnownShapes
{
    private readonly IReadOnlyDictionary<string, long> _symbols;
    private readonly Dictionary<string, TensorView> _known = [];

    public KnownShapes(Plan plan, IReadOnlyDictionary<string, long> symbols)
    {
        _symbols = symbols;
        foreach (PlanPort port in plan.Inputs)
            if (View(port.Shape, port.Type, TensorLayout.Plain) is { } view) _known.Add(port.Value, view);
        foreach (PlanResult output in plan.Steps.SelectMany(step => step.Outputs))
            if (View(output.Shape, output.Type, output.Layout) is { } view) _known.Add(output.Value, view);
    }

    public bool TryGet(string value, out TensorView view) => _known.TryGetValue(value, out view);

    public bool IsKnown(Dimension dimension)
    {
        List<string> symbols = [];
        dimension.CollectSymbols(symbols);
        return symbols.All(_symbols.ContainsKey);
    }

    /// <param name="convolution">The step.</param>
    public ConvGeometry Geometry(PlanStep convolution, TensorView input, TensorView output, WeightTensor weight) =>
        ConvAttributes.Read(convolution.Attributes).Geometry(new StepShapes([input], [output], dimension => dimension.Evaluate(_symbols)), weight);

    private TensorView? View(IReadOnlyList<Dimension> shape, ElementType type, TensorLayout layout) =>
        shape.All(d => IsKnown(d) && d.Evaluate(_symbols) is >= 1 and <= int.MaxValue)
            ? new TensorView { Type = type, Layout = layout, Shape = [.. shape.Select(d => (int)d.Evaluate(_symbols))] }
            : null;
}
