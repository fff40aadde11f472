using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Kernels;

/// <summary>Which form a convolution takes.</summary>
internal static class ConvKernels
{
    public static IConvKernel Choose(in ConvGeometry geometry, WeightTensor weight, Epilogue epilogue, TensorLayout input, TensorLayout output, Isa isa)
    {
        if (DepthwiseConv.Serves(geometry, input, output)) return new DepthwiseConv(geometry, weight, epilogue, isa);
        if (input == TensorLayout.Blocked && weight.AsProjected() is { } projected && ProjectedConv.Serves(projected))
            return new ProjectedConv(geometry, projected, epilogue, output, isa);
        if (WinogradConv.Serves(geometry, input, output)) return new WinogradConv(geometry, weight, epilogue, isa);
        return new DirectConv(geometry, weight, epilogue, input, output, isa);
    }
}
