using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Conv in two dimensions, with bias, residual and activation in the same step.</summary>
public sealed class Conv : Operator, IOperator<Conv>
{
    private readonly ConvAttributes _attributes;
    private readonly bool _residual;
    private WeightTensor? _weight;
    private ConvForms _forms;

    private Conv(StepAttributes attributes)
    {
        _attributes = ConvAttributes.Read(attributes);
        _residual = attributes.Flag("residual");
    }

    /// <inheritdoc/>
    public static Conv Read(StepAttributes attributes) => new(attributes);

    internal override int InPlaceInput => _residual ? 3 : -1;

    internal override void Bind(BindContext context) => (_weight, _forms) = (context.TakeWeight(1), context.Forms);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 4);
        RuleTensor y = rules.Output(0);
        y.HasShape(_attributes.Output(rules, WeightRole.Conv));
        StepRules.Require(_residual == rules.Has(3), "the attribute residual does not say if input 3 is there");
        if (_residual) rules.Input(3).IsLike(y.Type).HasLayout(y.Layout).HasShape(y.Shape);
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        TensorView x = shapes.Inputs[0], y = shapes.Outputs[0];
        if (y.Length == 0) return default;
        WeightTensor weight = _weight ?? new ValueWeight(WeightRole.Conv, shapes.Inputs[1].Shape, _attributes.Groups);
        ConvGeometry geometry = _attributes.Geometry(shapes, weight);
        IConvKernel kernel = ConvKernels.Choose(geometry, weight, _attributes.Epilogue, x.Layout, y.Layout, Lanes.Isa, shapes.Threads, _forms.For(geometry, Lanes.Isa));
        return new StepPreparation(kernel.ScratchBytes, new State(weight, kernel));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        // Nothing is made of an empty batch.
        if (arguments.State is not State state) return;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        if (state.Weight is ValueWeight value) value.Values = inputs[1].F32;
        float* bias = inputs.Length > 2 ? inputs[2].F32 : null, residual = _residual ? inputs[3].F32 : null;
        state.Kernel.Run(inputs[0].F32, bias, residual, arguments.Outputs[0].F32, arguments.Scratch, arguments.Team);
    }

    private sealed record State(WeightTensor Weight, IConvKernel Kernel);
}
