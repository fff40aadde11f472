using Lr2vq.Codecs;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>ONNX ConvTranspose in three dimensions, with bias and activation in the same step.</summary>
/// <remarks>(x [N, C, D, H, W], w [C, O/group·Kd, Kh, Kw], bias [O]) → (y [N, O, D', H', W']), f32, plain.</remarks>
public sealed class ConvTranspose3D : VolumeOperator, IOperator<ConvTranspose3D>
{
    private ConvTranspose3D(StepAttributes attributes) : base(attributes, WeightRole.ConvTranspose)
    {
    }

    /// <inheritdoc/>
    public static ConvTranspose3D Read(StepAttributes attributes) => new(attributes);

    private protected override IVolumeConv Choose(in ConvGeometry planes, DepthWindow depth, WeightTensor weight, Epilogue epilogue, int threads) =>
        new TransposedVolumeConv(planes, depth, weight, epilogue, Lanes.Isa, threads);
}
