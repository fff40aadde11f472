using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>Decides how the convolutions of a network are computed, where the Plan has the shapes as numbers or the options name a form; the
/// run time decides the rest.</summary>
internal sealed class FormDecisions
{
    private readonly CompressionOptions _options;
    private readonly List<Step> _steps = [];

    /// <param name="Weight">Index of the weight in the Plan.</param>
    /// <param name="Input">The first input; null if a shape or a padding is not known.</param>
    private sealed record Step(PlanStep Plan, int Weight, TensorView? Input, TensorView Output);

    public FormDecisions(Plan plan, CompressionOptions options)
    {
        _options = options;
        Dictionary<string, int> weights = [];
        for (int i = 0; i < plan.Weights.Count; i++) weights.Add(plan.Weights[i].Value, i);
        Dictionary<string, TensorView> known = [];
        foreach (PlanPort port in plan.Inputs)
            if (View(port.Shape, port.Type, TensorLayout.Plain) is { } view) known.Add(port.Value, view);
        foreach (PlanStep step in plan.Steps)
        {
            foreach (PlanResult output in step.Outputs)
                if (View(output.Shape, output.Type, output.Layout) is { } view) known.Add(output.Value, view);
            if (step.Operator != ArtifactForms.Operator || step.Inputs[1] is not { } name || !weights.TryGetValue(name, out int weight)) continue;
            bool isKnown = known.TryGetValue(step.Inputs[0]!, out TensorView x) & known.TryGetValue(step.Outputs[0].Value, out TensorView y)
                && step.Attributes.Dimensions("pads").All(pad => pad.IsConstant);
            if (isKnown || Wanted(plan.Weights[weight].Name) != default) _steps.Add(new Step(step, weight, isKnown ? x : null, y));
        }
        Undecided = [.. _steps.Select(step => new StepForms(step.Plan.Number, 0, 0, 0))];
    }

    /// <summary>The steps that get forms, which decide the length of the artifact.</summary>
    public IReadOnlyList<StepForms> Undecided { get; }

    /// <param name="tensors">In the order of the Plan.</param>
    public IReadOnlyList<StepForms> Decide(IReadOnlyList<EncodedTensor> tensors, DiagnosticBag bag) =>
        [.. _steps.Select(step => Verification.Open(tensors[step.Weight], weight => Decide(step, weight, bag)))];

    private StepForms Decide(Step step, WeightTensor weight, DiagnosticBag bag)
    {
        ConvForm wanted = Wanted(weight.Name);
        if (step.Input is not { } x) return new StepForms(step.Plan.Number, wanted.Number, wanted.Number, wanted.Number);
        var shapes = new StepShapes([x], [step.Output], dimension => dimension.Value);
        ConvGeometry geometry = ConvAttributes.Read(step.Plan.Attributes).Geometry(shapes, weight);
        TensorLayout from = x.Layout, to = step.Output.Layout;
        List<ConvForm> serving = ConvKernels.Forms(geometry, weight, from, to);
        if (wanted != default && !serving.Contains(wanted))
        {
            // A form for all convolutions is meant for those that it serves; one for this tensor is a mistake.
            if (Own(weight.Name) is not null)
                bag.Add(DiagnosticCatalogue.FormNotServed.At(new DiagnosticPlace(Tensor: weight.Name), wanted, weight.Name, string.Join(", ", serving)));
            wanted = default;
        }
        byte Number(Isa isa) => (wanted != default ? wanted : ConvKernels.Best(geometry, weight, from, to, isa)).Number;
        return new StepForms(step.Plan.Number, Number(Isa.Vector512), Number(Isa.Vector256), Number(Isa.Vector128));
    }

    private ConvForm Wanted(string tensor) => Own(tensor) ?? _options.Form;

    private ConvForm? Own(string tensor) => PresetRules.Match(_options, tensor)?.Form;

    private static TensorView? View(IReadOnlyList<Dimension> shape, ElementType type, TensorLayout layout) =>
        shape.All(d => d.IsConstant && d.Value <= int.MaxValue) ? new TensorView { Type = type, Layout = layout, Shape = [.. shape.Select(d => (int)d.Value)] } : null;
}
