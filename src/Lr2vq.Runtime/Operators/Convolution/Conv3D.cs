using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Conv in three dimensions, with bias and activation in the same step.</summary>
/// <remarks>(x [N, C, D, H, W], w [O, C/group·Kd, Kh, Kw], bias [O]) → (y [N, O, D', H', W']), f32, plain.</remarks>
public sealed class Conv3D : Operator, IOperator<Conv3D>
{
    private readonly VolumeAttributes _attributes;
    private WeightTensor? _weight;

    private Conv3D(StepAttributes attributes) => _attributes = VolumeAttributes.Read(attributes);

    /// <inheritdoc/>
    public static Conv3D Read(StepAttributes attributes) => new(attributes);

    internal override void Bind(BindContext context) => _weight = context.TakeWeight(1);

    internal override void Check(in StepRules rules) => _attributes.Check(rules, WeightRole.Conv);

    internal override StepPreparation Prepare(in StepShapes shapes)
    {
        if (shapes.Outputs[0].Length == 0) return default;
        WeightTensor weight = _weight ?? new ValueWeight(WeightRole.Conv, shapes.Inputs[1].Shape, _attributes.Window.Groups);
        ConvGeometry planes = _attributes.Planes(shapes, weight.Shape);
        IVolumeConv kernel = IVolumeConv.Choose(planes, _attributes.Depth(shapes), weight, _attributes.Window.Epilogue, Lanes.Isa, shapes.Threads);
        return new StepPreparation(kernel.ScratchBytes, new State(weight, kernel));
    }

    internal override unsafe void Run(in StepArguments arguments)
    {
        // Nothing is made of an empty batch.
        if (arguments.State is not State state) return;
        if (state.Weight is ValueWeight value) value.Values = arguments.Inputs[1].F32;
        float* bias = arguments.Inputs.Length > 2 ? arguments.Inputs[2].F32 : null;
        state.Kernel.Run(arguments.Inputs[0].F32, bias, arguments.Outputs[0].F32, arguments.Scratch, arguments.Team);
    }

    private sealed record State(WeightTensor Weight, IVolumeConv Kernel);
}
