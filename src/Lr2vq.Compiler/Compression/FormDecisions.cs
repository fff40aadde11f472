using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Kernels;
using Lr2vq.Operators;
using Lr2vq.Options;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>Decides how the convolutions of a network are computed: where the Plan has the shapes as numbers, for one image where only the
/// batch is a symbol, and where the options name a form. The run time decides the rest, by the same model.</summary>
internal sealed class FormDecisions
{
    private readonly ModelOptions _model;
    private readonly CompressionOptions _options;
    private readonly KnownShapes _shapes;
    private bool _isServed;
    private readonly List<Step> _steps = [];

    /// <param name="Plan">The step.</param>
    /// <param name="Weight">Index of the weight in the Plan.</param>
    /// <param name="Input">The first input; null if a shape or a padding is not known.</param>
    /// <param name="Forms">Step and shapes; the forms are yet to be decided.</param>
    private sealed record Step(PlanStep Plan, int Weight, TensorView? Input, TensorView Output, StepForms Forms);

    public FormDecisions(Plan plan, ModelOptions options)
    {
        (_model, _options) = (options, options.Compression);
        Dictionary<string, long> symbols = new(StringComparer.Ordinal);
        foreach (PlanPort port in plan.Inputs)
            if (port.Shape.Count > 0 && port.Shape[0] is { IsConstant: false } batch && Dimension.IsIdentifier(batch.ToString())) symbols[batch.ToString()] = 1;
        _shapes = new KnownShapes(plan, symbols);
        Dictionary<string, int> weights = [];
        for (int i = 0; i < plan.Weights.Count; i++) weights.Add(plan.Weights[i].Value, i);
        foreach (PlanStep step in plan.Steps)
        {
            if (step.Operator != ArtifactForms.Operator || step.Inputs[1] is not { } name || !weights.TryGetValue(name, out int weight)) continue;
            bool isKnown = _shapes.TryGet(step.Inputs[0]!, out TensorView x) & _shapes.TryGet(step.Outputs[0].Value, out TensorView y) && y.Length > 0
                && step.Attributes.Dimensions("pads").All(_shapes.IsKnown), isNamed = Wanted(plan.Weights[weight].Name) != default;
            var forms = new StepForms(step.Number, 0, 0, 0, 0, 0, 0);
            // A form by name holds for every shape.
            if (isNamed) _steps.Add(new Step(step, weight, isKnown ? x : null, y, forms));
            else if (isKnown) _steps.Add(new Step(step, weight, x, y, forms with { Batch = y.Shape[0], Height = y.Shape[2], Width = y.Shape[3] }));
        }
        Undecided = [.. _steps.Select(step => step.Forms)];
    }

    /// <summary>The steps that get forms, which decide the length of the artifact.</summary>
    public IReadOnlyList<StepForms> Undecided { get; }

    /// <param name="tensors">In the order of the Plan.</param>
    /// <param name="bag">Receives a warning for each form that serves nothing.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    public IReadOnlyList<StepForms> Decide(IReadOnlyList<EncodedTensor> tensors, DiagnosticBag bag, CancellationToken cancellation)
    {
        List<StepForms> forms = [];
        foreach (Step step in _steps)
        {
            cancellation.ThrowIfCancellationRequested();
            forms.Add(Verification.Open(tensors[step.Weight], weight => Decide(step, weight, bag)));
        }
        if (_options.Form != default && !_isServed)
            bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = "Form" }, _model.Spelling.Of("Form"), "it serves no convolution of this network"));
        HashSet<string> convolutions = [.. _steps.Select(step => tensors[step.Weight].Name)];
        for (int i = 0; i < _options.Overrides.Count; i++)
        {
            TensorOverride one = _options.Overrides[i];
            if (one.Form is null || convolutions.Any(name => PresetRules.Match(_options, name) == one)) continue;
            DiagnosticPlace place = new(_model.Config?.File) { Line = _model.Config?.Lines[i] ?? 0 };
            bag.Add(DiagnosticCatalogue.SettingNotUsed.At(place, $"'form' of '{one.Pattern}'", "none of its tensors is the weight of a convolution"));
        }
        return forms;
    }

    private StepForms Decide(Step step, WeightTensor weight, DiagnosticBag bag)
    {
        ConvForm wanted = Wanted(weight.Name);
        if (wanted != default)
        {
            if (step.Input is { } input) CheckServed(step, input, weight, wanted, bag);
            // Without shapes nobody can tell.
            else _isServed = true;
            return step.Forms with { Vector512 = wanted.Number, Vector256 = wanted.Number, Vector128 = wanted.Number };
        }
        TensorView x = step.Input!.Value;
        ConvGeometry geometry = _shapes.Geometry(step.Plan, x, step.Output, weight);
        byte Best(Isa isa) => ConvKernels.Best(geometry, weight, x.Layout, step.Output.Layout, isa).Number;
        return step.Forms with { Vector512 = Best(Isa.Vector512), Vector256 = Best(Isa.Vector256), Vector128 = Best(Isa.Vector128) };
    }

    /// <summary>A form for all convolutions is meant for those that it serves; one for this tensor that does not serve it is a mistake.</summary>
    private void CheckServed(Step step, TensorView input, WeightTensor weight, ConvForm wanted, DiagnosticBag bag)
    {
        List<ConvForm> serving = ConvKernels.Forms(_shapes.Geometry(step.Plan, input, step.Output, weight), weight, input.Layout, step.Output.Layout);
        _isServed |= serving.Contains(wanted);
        if (Own(weight.Name) is not null && !serving.Contains(wanted))
            bag.Add(DiagnosticCatalogue.FormNotServed.At(new DiagnosticPlace(Tensor: weight.Name), wanted, weight.Name, string.Join(", ", serving)));
    }

    private ConvForm Wanted(string tensor) => Own(tensor) ?? _options.Form;

    private ConvForm? Own(string tensor) => PresetRules.Match(_options, tensor)?.Form;
}
