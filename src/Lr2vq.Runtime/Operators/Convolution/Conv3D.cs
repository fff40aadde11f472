using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX Conv in three dimensions, with bias and activation in the same step.</summary>
/// <remarks>(x [N, C, D, H, W], w [O, C/group·Kd, Kh, Kw], bias [O]) → (y [N, O, D', H', W']), f32, plain.</remarks>
public sealed class Conv3D : VolumeOperator, IOperator<Conv3D>
{
    private Conv3D(StepAttributes attributes) : base(attributes, WeightRole.Conv)
    {
    }

    /// <inheritdoc/>
    public static Conv3D Read(StepAttributes attributes) => new(attributes);

    private protected override IVolumeConv Choose(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, int threads) =>
        IVolumeConv.Choose(planes, depth, weight, epilogue, Lanes.Isa, threads);
}
