using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>A convolution over three axes, with bias and activation in the same step.</summary>
public abstract class VolumeOperator : Operator
{
    private readonly VolumeAttributes _attributes;
    private readonly WeightRole _role;
    private WeightTensor? _weight;

    private protected VolumeOperator(StepAttributes attributes, WeightRole role) => (_attributes, _role) = (VolumeAttributes.Read(attributes), role);

    private protected abstract IVolumeConv Choose(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, int threads);

    internal sealed override void Bind(BindContext context) => _weight = context.TakeWeight(1);

    internal sealed override void Check(in StepRules rules) => _attributes.Check(rules, _role);

    internal sealed override StepPreparation Prepare(in StepShapes shapes)
    {
        if (shapes.Outputs[0].Length == 0) return default;
        WeightTensor weight = _weight ?? new ValueWeight(_role, shapes.Inputs[1].Shape, _attributes.Window.Groups);
        IVolumeConv kernel = Choose(_attributes.Window.Geometry(shapes, weight.Shape), _attributes.Depth(shapes), weight, _attributes.Window.Epilogue, shapes.Threads);
        return new StepPreparation(kernel.ScratchBytes, new State(weight, kernel));
    }

    internal sealed override unsafe void Run(in StepArguments arguments)
    {
        // Nothing is made of an empty batch.
        if (arguments.State is not State state) return;
        float* bias = arguments.Inputs.Length > 2 ? arguments.Inputs[2].F32 : null;
        if (state.Weight is ValueWeight value) value.Values = arguments.Inputs[1].F32;
        state.Kernel.Run(arguments.Inputs[0].F32, bias, arguments.Outputs[0].F32, arguments.Scratch, arguments.Team);
    }

    private sealed record State(WeightTensor Weight, IVolumeConv Kernel);
}
