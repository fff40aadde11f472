using System;
using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ConvTranspose in two dimensions, with bias and activation in the same step.</summary>
public sealed class ConvTranspose : Operator, IOperator<ConvTranspose>
{
    private readonly ConvAttributes _attributes;
    private WeightTensor? _weight;

    private ConvTranspose(StepAttributes attributes) => _attributes = ConvAttributes.Read(attributes);

    /// <inheritdoc/>
    public static ConvTranspose Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = context.TakeWeight(1);

    internal override void Check(in StepRules rules)
    {
        rules.Counts(2, 1, mostInputs: 3);
        rules.Output(0).HasShape(_attributes.Output(rules, WeightRole.ConvTranspose));
    }

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        TensorView x = shapes.Inputs[0], y = shapes.Outputs[0];
        if (shapes.Outputs[0].Length == 0) return default;
        WeightTensor weight = _weight ?? new ValueWeight(WeightRole.ConvTranspose, shapes.Inputs[1].Shape, _attributes.Groups);
        ConvGeometry geometry = _attributes.Geometry(shapes, weight);
        ITransposedConv kernel = ITransposedConv.Choose(geometry, weight, _attributes.Epilogue, x.Layout, y.Layout, Lanes.Isa, shapes.Threads);
        return new StepPreparation(kernel.ScratchBytes, new State(weight, kernel));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        // Nothing is made of an empty batch.
        if (arguments.State is not State state) return;
        ReadOnlySpan<TensorView> inputs = arguments.Inputs;
        if (state.Weight is ValueWeight value) value.Values = inputs[1].F32;
        float* bias = inputs.Length > 2 ? inputs[2].F32 : null;
        state.Kernel.Run(inputs[0].F32, bias, arguments.Outputs[0].F32, arguments.Scratch, arguments.Team);
    }

    private sealed record State(WeightTensor Weight, ITransposedConv Kernel);
}
